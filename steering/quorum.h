/* SPDX-License-Identifier: BSD-2-Clause */
/* What several observers of one relay come to. Pure, as all of steering. */
#ifndef STEERING_QUORUM_H
#define STEERING_QUORUM_H

#include "model/model.h"
#include "lib/pings.h"

/* A prober that said nothing of a relay for so many seconds before another did has no voice. There is
 * no clock here: dates are compared with each other, so that what was said last stays when all fall
 * silent. They are the registry's dates (observation.heard), for a prober's own clock may be wrong. */
enum { QUORUM_STALE = 900 };

/* Whether it is of a prober that found something out: not the relay's own word. */
bool quorum_is_prober(const struct observation *);

struct verdict {
	enum health health;
	const char *reason; /* of one who says that it is down; "" */
	tls_set tls;        /* 0: nobody looked */
	ping_set pings;     /* 0: nobody looked */
	uint8_t down;       /* addresses that look down: a bit each, by their places in the relay's list */
	enum certificate_use certificate;
};

/* The observer "lease" is the relay's own word: when its lease ran out it is down. All others are
 * probers, and the majority of those who know decides, for each TLS version and form of ping too. A
 * tie leaves a relay up, but a capability that as many deny as see is not counted on, unless nothing
 * would be left: then the newest is believed. An address is down when most of them say so; who says that
 * the relay is, says it of each. ADDRESSES are the relay's, in the normal form. */
void quorum_fold(const struct observation *, size_t count, const char *addresses, struct verdict *);

/* When a prober was heard: by the registry's clock, where that was noted. */
int64_t quorum_date(const struct observation *);

#endif
