/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes of an answer a signed one (RFC 4035 section 3.1): behind the RRsets of each section come their
 * RRSIGs, and what is denied is proved by one NSEC made for the name that was asked for (RFC 9824). */
#ifndef DNSD_ANSWER_SIGN_H
#define DNSD_ANSWER_SIGN_H

#include "dnsd/answer/query.h"
#include "dnsd/answer/reply.h"
#include "dnsd/answer/worker.h"

enum { SIGN_MOST = MESSAGE_MOST };

/* The answer that lookup_answer wrote to a question with DO, into SIGNER's scratch of SIGN_MOST octets with all names
 * whole, written anew into the message itself. What does not fit is truncated; what there is no budget for, too, or
 * SERVFAIL over TCP; but a pool's answer then has members that were dealt to others, whose signature was made ahead. The
 * worker has a signer. */
void sign_answer(struct worker *, const struct query *, const struct reply *from, struct reply *);

/* Sees to it that an RRset of the zone has signatures, as it is answered: OWNER is lower case, the RRs are
 * rendered as in a node. False when they could not be made. */
bool sign_ahead(struct signer *, const struct zone_view *, const uint8_t *owner, size_t owner_size,
	const struct rrset *);

#endif
