/* SPDX-License-Identifier: BSD-2-Clause */
/* How a PageKite relay asks whether a back-end may have a name:
 * SRAND.TOKEN.SIGN.PROTO.HOST.auth.ZONE A (shared contract, section 4). */
#ifndef DNSD_ANSWER_RELAY_AUTH_H
#define DNSD_ANSWER_RELAY_AUTH_H

#include "dnsd/answer/lookup_step.h"

/* Answers a question for A, of a name of which label number AUTH is "auth": an address that says yes or no. Relays since
 * 2018 let everybody in on NXDOMAIN, on no answer, and on 255.255.255.0, which elsewhere means "no
 * such user"; so whatever does not verify is 255.255.255.1. SERVFAIL when the key to the secrets is missing. */
void relay_auth_answer(struct step *, unsigned auth);

#endif
