/* SPDX-License-Identifier: BSD-2-Clause */
/* PageKite's protocol by which a relay asks whether a client may have a name: it looks up the A record of
 * SRAND.TOKEN.SIGN.PROTO.HOST.auth.ZONE. */
#ifndef DNSD_ANSWER_RELAY_AUTH_H
#define DNSD_ANSWER_RELAY_AUTH_H

#include "dnsd/answer/lookup_hop.h"

/* Answers a question for A with an address that says yes or no; label number AUTH of the name is "auth". Since 2018,
 * relays let every client in on NXDOMAIN, on no answer, and on 255.255.255.0, which used to mean "no such user"; so
 * whatever cannot be verified is answered with 255.255.255.1. SERVFAIL when there is no key to open secrets. */
void relay_auth_answer(struct hop *, unsigned auth);

#endif
