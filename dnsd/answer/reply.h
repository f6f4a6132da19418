/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing an answer behind the question, in the same buffer. Nothing is written in part: an RRset
 * fits or it does not; and what is written is counted, at COUNT: the counter of one of the reply's sections. */
#ifndef DNSD_ANSWER_REPLY_H
#define DNSD_ANSWER_REPLY_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "dnsd/store/node.h"
#include "wire/compress.h"
#include "wire/header.h"

struct reply {
	uint8_t *packet;
	size_t at, limit; /* limit: what the message may have, room for the OPT not counted */
	uint16_t additional, authorities, answers, questions; /* backwards: see answer.c */
	uint8_t rcode;
	uint8_t flags; /* FLAG_AA, FLAG_TC */
	uint64_t limit_key; /* what is answered, to be counted by dnsd/answer/rate_limit.h: reply_count_as */
	const char *why;    /* NULL, or an extended error's text; it outlives the answer */
	uint16_t why_code;  /* enum extended_error */
	struct compression *compression; /* room for it; NULL: names stay whole, for the answer will be sealed */
	bool compresses;    /* it has begun */
};

/* Adds an extended error to the answer, if its question has an OPT and it has room left. TEXT may be "". */
static inline void reply_explain(struct reply *r, enum extended_error code, const char *text)
{
	r->why_code = (uint16_t)code;
	r->why = text;
}

/* What an answer is counted as (dnsd/answer/rate_limit.h): the hash of the name that it comes from, which is there and not made up
 * by who asks, and what kind of answer it is: the type of its data, or one of these. */
enum reply_kind { REPLY_NO_DATA = 1 << 16, REPLY_MISSING = 1 << 17, REPLY_AUTH = 1 << 18 };

static inline void reply_count_as(struct reply *r, uint64_t source, uint32_t kind)
{
	r->limit_key = source ^ kind;
}

/* Where a name stands in the message, to be pointed at (RFC 1035 section 4.1.4). */
static inline uint16_t reply_pointer(size_t at)
{
	return (uint16_t)(0xc000 | at);
}

/* Copies whole RRs, SIZE octets of them. They are RR_FIXED octets at least, and mostly few: steps
 * whose last one overlaps the one before beat a call. */
static inline void reply_copy(uint8_t *to, const uint8_t *from, size_t size)
{
	enum { HALF = 8, STEP = 16 };
	if (size < STEP) {
		memcpy(to, from, HALF);
		memcpy(to + size - HALF, from + size - HALF, HALF);
		return;
	}
	for (size_t i = 0; i < size - STEP; i += STEP)
		memcpy(to + i, from + i, STEP);
	memcpy(to + size - STEP, from + size - STEP, STEP);
}

/* Makes the owners of the RRs from AT to END point to OWNER. */
static inline void reply_own(uint8_t *at, const uint8_t *end, size_t owner)
{
	while (at < end) {
		octets_put_16(at, reply_pointer(owner));
		at += RR_FIXED;
		at += octets_16(at - 2);
	}
}

/* Copies an RRset whose owner stands at OWNER. False when it does not fit: nothing was written. A
 * name beyond a pointer's reach does not fit either. */
static inline bool reply_rrset(struct reply *r, uint16_t *count, const struct rrset *set, size_t owner)
{
	if (set->size > r->limit - r->at || owner > POINTER_MOST)
		return false;
	uint8_t *at = r->packet + r->at;
	reply_copy(at, set->rrs, set->size);
	r->at += set->size;
	*count = (uint16_t)(*count + set->count);
	if (owner != QUESTION_NAME) /* of which they are rendered */
		reply_own(at, at + set->size, owner);
	return true;
}

/* Writes one RR whose owner stands at OWNER; returns where its RDATA begins, 0 when it does not
 * fit. */
static inline size_t reply_rr(struct reply *r, uint16_t *count, size_t owner, uint16_t type, uint32_t ttl,
	const void *rdata, uint16_t length)
{
	if (RR_FIXED + (size_t)length > r->limit - r->at || owner > POINTER_MOST)
		return 0;
	uint8_t *at = r->packet + r->at, *end = rr_render(at, type, ttl, rdata, length);
	octets_put_16(at, reply_pointer(owner));
	r->at = (size_t)(end - r->packet);
	++*count;
	return r->at - length;
}

/* The same two for what may have names in its RDATA, which are compressed where that is wanted. */
bool reply_named_rrset(struct reply *, uint16_t *count, const struct rrset *, size_t owner);
size_t reply_named_rr(struct reply *, uint16_t *count, size_t owner, uint16_t type, uint32_t ttl, const void *rdata,
	uint16_t length);

#endif
