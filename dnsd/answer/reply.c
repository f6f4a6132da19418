/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes RRs whose RDATA may hold names, compressed unless the answer will be signed. */
#include "dnsd/answer/reply.h"

size_t reply_named_rr(struct reply *r, uint16_t *count, size_t owner, uint16_t type, uint32_t ttl, const void *rdata,
	uint16_t length)
{
	if (r->compression == NULL)
		return reply_rr(r, count, owner, type, ttl, rdata, length);
	if (!r->compresses)
		compress_begin(r->compression, r->packet, QUESTION_NAME);
	r->compresses = true;
	size_t at = r->at, before = at + RR_FIXED;
	if (reply_rr(r, count, owner, type, ttl, NULL, 0) == 0)
		return 0;
	size_t end = compress_rdata(r->compression, r->packet, before, r->limit, type, rdata, length);
	if (end == 0) {
		--*count;
		r->at = at;
		r->compresses = false; /* it may know names that were not written after all */
		return 0;
	}
	octets_put_16(r->packet + before - 2, (uint16_t)(end - before));
	r->at = end;
	return before;
}

bool reply_named_rrset(struct reply *r, uint16_t *count, const struct rrset *set, size_t owner)
{
	if (r->compression == NULL)
		return reply_rrset(r, count, set, owner);
	size_t at = r->at;
	uint16_t before = *count, length;
	for (const uint8_t *rr = set->rrs, *end = rr + set->size; rr < end; rr += RR_FIXED + length) {
		const uint8_t *rdata = rr_rdata(rr, &length);
		if (reply_named_rr(r, count, owner, set->type, rr_ttl(rr), rdata, length) == 0) {
			r->at = at;
			*count = before;
			r->compresses = false;
			return false;
		}
	}
	return true;
}
