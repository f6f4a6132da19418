/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes an answer behind the question, in the same buffer. An RRset is written as a whole or not at all, and its RRs are
 * counted at COUNT, which is one of the reply's sections. */
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
	size_t at, limit; /* octets written; most octets that the message may have, without the OPT */
	uint16_t additional, authorities, answers, questions; /* in reverse order of the header: see answer.c */
	uint8_t rcode;
	uint8_t flags; /* FLAG_AA, FLAG_TC */
	uint64_t limit_key; /* set by reply_count_as */
	const char *why;    /* an extended error's text, which must outlive the answer; NULL for no extended error */
	uint16_t why_code;  /* enum extended_error */
	struct compression *compression; /* memory for compression; NULL: names stay whole, for the answer will be signed */
	bool compresses;    /* compression has begun */
};

/* Adds an extended error to the answer, if its question has an OPT and it has room left. TEXT may be "". */
static inline void reply_explain(struct reply *r, enum extended_error code, const char *text)
{
	r->why_code = (uint16_t)code;
	r->why = text;
}

/* Sets what an answer counts as for dnsd/answer/rate_limit.h: SOURCE, the hash of the existing name that it comes from,
 * which a client cannot make up; and KIND, the type of its data or one of these. */
enum reply_kind { REPLY_NO_DATA = 1 << 16, REPLY_MISSING = 1 << 17, REPLY_AUTH = 1 << 18 };

static inline void reply_count_as(struct reply *r, uint64_t source, uint32_t kind)
{
	r->limit_key = source ^ kind;
}

/* What there is to say did not fit: who asks, asks again by TCP. */
static inline void reply_truncate(struct reply *r)
{
	r->flags |= FLAG_TC;
}

/* Copies SIZE octets of whole RRs. There are at least RR_FIXED, and mostly few: steps, of which the last one overlaps the
 * one before, are faster than a call. */
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
		octets_put_16(at, pointer_to(owner));
		at += RR_FIXED;
		at += octets_16(at - 2);
	}
}

/* Copies an RRset; its owner's name stands at OWNER in the message. False when it does not fit, or OWNER is beyond a
 * compression pointer's reach: nothing was written then. */
static inline bool reply_rrset(struct reply *r, uint16_t *count, const struct rrset *set, size_t owner)
{
	if (set->size > r->limit - r->at || owner > POINTER_MOST)
		return false;
	uint8_t *at = r->packet + r->at;
	reply_copy(at, set->rrs, set->size);
	r->at += set->size;
	*count = (uint16_t)(*count + set->count);
	if (owner != QUESTION_NAME) /* RRs are rendered with this owner */
		reply_own(at, at + set->size, owner);
	return true;
}

/* Writes one RR; its owner's name stands at OWNER. Returns where its RDATA begins, 0 when it does not fit. */
static inline size_t reply_rr(struct reply *r, uint16_t *count, size_t owner, uint16_t type, uint32_t ttl,
	const void *rdata, uint16_t length)
{
	if (RR_FIXED + (size_t)length > r->limit - r->at || owner > POINTER_MOST)
		return 0;
	uint8_t *at = r->packet + r->at, *end = rr_render(at, type, ttl, rdata, length);
	octets_put_16(at, pointer_to(owner));
	r->at = (size_t)(end - r->packet);
	++*count;
	return r->at - length;
}

/* The same two for types that may have names in their RDATA; these are compressed if the reply has a compression. */
bool reply_named_rrset(struct reply *, uint16_t *count, const struct rrset *, size_t owner);
size_t reply_named_rr(struct reply *, uint16_t *count, size_t owner, uint16_t type, uint32_t ttl, const void *rdata,
	uint16_t length);

#endif
