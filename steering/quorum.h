/* SPDX-License-Identifier: BSD-2-Clause */
/* What several observers of one relay come to. Pure, as all of steering. */
#ifndef STEERING_QUORUM_H
#define STEERING_QUORUM_H

#include "lib/model.h"
#include "lib/pings.h"

/* A prober that said nothing of a relay for so many seconds before another did has no voice. There is
 * no clock here: dates are compared with each other, so that what was said last stays when all fall
 * silent. */
enum { QUORUM_STALE = 900 };

/* Whether it is of a prober that found something out: not the relay's own word. */
bool quorum_is_prober(const struct observation *);

struct verdict {
	enum health health;
	const char *reason; /* of one who says that it is down; "" */
	tls_set tls;        /* 0: nobody looked */
	ping_set pings;     /* 0: nobody looked */
};

/* The observer "lease" is the relay's own word: when its lease ran out it is down. All others are
 * probers, and the majority of those who know decides, for each TLS version and form of ping too. A
 * tie leaves a relay up, but a capability that as many deny as see is not counted on, unless nothing
 * would be left: then the newest is believed. */
void quorum_fold(const struct observation *, size_t count, struct verdict *);

#endif
