/* SPDX-License-Identifier: BSD-2-Clause */
/* Several observers' observations of one relay, folded into one verdict. Pure, as all of steering. */
#ifndef STEERING_QUORUM_H
#define STEERING_QUORUM_H

#include "model/model.h"
#include "lib/pings.h"

/* A prober has no vote when another prober was heard of this relay so many seconds later. Dates are compared with each
 * other, not with a clock, so that the last verdict stays when all probers fall silent. They are the registry's dates
 * (observation.heard), for a prober's own clock may be wrong. */
enum { QUORUM_STALE = 900 };

/* Whether the observation is a prober's, not the relay's own word, and says up or down. */
bool quorum_is_prober(const struct observation *);

struct verdict {
	enum health health;
	const char *reason; /* why it is down, by the newest observer that says so; "". The observation's */
	tls_set tls;        /* 0: nobody looked */
	ping_set pings;     /* 0: nobody looked */
	uint8_t down;       /* addresses that look down: a bit each, by their places in the relay's list */
	enum certificate_use certificate;
};

/* The observer "lease" is the relay's own word: a relay whose lease ran out is down. All other observers are probers,
 * and the majority of those with a vote decides, also on each TLS version and each form of ping. In a tie, a relay is
 * up, but a TLS version or ping is not counted on, unless none would be left: then the newest observation is believed.
 * An address is down when most say so; a prober that says the relay is down says so of each address. ADDRESSES are the
 * relay's, in the normal form. */
void quorum_fold(const struct observation *, size_t count, const char *addresses, struct verdict *);

/* When a prober was heard: by the registry's clock, where that was noted. */
int64_t quorum_date(const struct observation *);

#endif
