/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing an answer behind the question, in the same buffer. Nothing is written in part: an RRset
 * fits or it does not. */
#ifndef DNSD_REPLY_H
#define DNSD_REPLY_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "dnsd/node.h"

enum { POINTER_MOST = 0x3fff };

struct reply {
	uint8_t *packet;
	size_t at, limit; /* limit: what the message may have, room for the OPT not counted */
	uint16_t answers, authorities, additional;
	uint8_t rcode;
	bool authoritative, truncated;
	uint64_t limit_key; /* what is answered, to be counted by dnsd/rate_limit.h */
};

/* Where a name stands in the message, to be pointed at (RFC 1035 section 4.1.4). */
static inline uint16_t reply_pointer(size_t at)
{
	return (uint16_t)(0xc000 | at);
}

/* Copies an RRset whose owner stands at OWNER. False when it does not fit: nothing was written. A
 * name beyond a pointer's reach does not fit either. */
static inline bool reply_rrset(struct reply *r, const struct rrset *set, size_t owner)
{
	if (set->size > r->limit - r->at || owner > POINTER_MOST)
		return false;
	uint8_t *at = r->packet + r->at, *end = at + set->size;
	memcpy(at, set->rrs, set->size);
	r->at += set->size;
	if (owner == 12)
		return true; /* as rendered: RR_OWNER */
	while (at < end) {
		uint16_t length;
		at[0] = (uint8_t)(reply_pointer(owner) >> 8);
		at[1] = (uint8_t)reply_pointer(owner);
		at += RR_FIXED;
		length = (uint16_t)(at[-2] << 8 | at[-1]);
		at += length;
	}
	return true;
}

/* Writes one RR whose owner stands at OWNER; returns where its RDATA begins, 0 when it does not
 * fit. */
static inline size_t reply_rr(struct reply *r, size_t owner, uint16_t type, uint32_t ttl,
	const void *rdata, uint16_t length)
{
	if (RR_FIXED + (size_t)length > r->limit - r->at || owner > POINTER_MOST)
		return 0;
	uint8_t *at = r->packet + r->at, *end = rr_render(at, type, ttl, rdata, length);
	at[0] = (uint8_t)(reply_pointer(owner) >> 8);
	at[1] = (uint8_t)reply_pointer(owner);
	r->at = (size_t)(end - r->packet);
	return r->at - length;
}

#endif
