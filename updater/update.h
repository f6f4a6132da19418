/* SPDX-License-Identifier: BSD-2-Clause */
/* Dynamic updates (RFC 2136): from a message that was read to what changes, and to an rcode. */
#ifndef UPDATER_UPDATE_H
#define UPDATER_UPDATE_H

#include "updater/update_policy.h"
#include "wire/update.h"

/* Who asks, and by which key; what was found wrong, in words that may be told. */
struct update_run {
	struct update_policy policy;
	const char *key;
	struct error why; /* "" where all is well */
	bool wrote;       /* something changed */
};

/* Checks and applies within the open transaction: DONE with *rcode, FAILED when the registry failed. What is not
 * answered NOERROR changes nothing. */
int update_run(struct updater *, struct exchange *, struct update_run *, const struct update_message *,
	enum rcode *rcode, struct error *);

/* A whole message from link/forward.h: the request's body. The reply is the answer's octets. */
handler update_handle;

/* Makes the reply SERVFAIL: the registry cannot be had, or too much is asked. */
void update_trouble(struct exchange *);

/* Its answer is on the way: what was applied is not applied again if the same message comes a second time. */
void update_sent(struct updater *, const struct exchange *);

extern const struct route update_route;

#endif
