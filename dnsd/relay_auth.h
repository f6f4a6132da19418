/* SPDX-License-Identifier: BSD-2-Clause */
/* How a PageKite relay asks whether a back-end may have a name:
 * SRAND.TOKEN.SIGN.PROTO.HOST.auth.ZONE A (shared contract, section 4). */
#ifndef DNSD_RELAY_AUTH_H
#define DNSD_RELAY_AUTH_H

#include "dnsd/lookup.h"

/* Answers a name of which label number AUTH is "auth": an address that says yes or no. Relays since
 * 2018 let everybody in on NXDOMAIN, on no answer, and on 255.255.255.0, which elsewhere means "no
 * such user"; so whatever does not verify is 255.255.255.1. False when there is no data: for other
 * types. SERVFAIL when the key to the secrets is missing. */
bool relay_auth_answer(struct worker *, const struct query *, const struct scan *name, unsigned auth,
	struct reply *);

#endif
