/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions signed by TSIG: verified before anything else, and answered signed (RFC 8945 section 5). Which error a record
 * has, tsig_verify (wire/tsig.c) decides. */
#include "dnsd/answer/answer.h"
#include "dnsd/view/view.h"
#include "lib/clock.h"
#include "wire/octets.h"

/* Octets that the answer's record will take at most: behind an error, its own time may follow. */
static size_t record_size(const struct tsig_context *t)
{
	return t->key_name.size + 10u + t->algorithm_name.size + 16 + TSIG_MAC + 6;
}

/* The message without the record. */
static void strip(struct query *q, const struct tsig_context *t)
{
	unsigned records = octets_16(q->packet + HEADER_ADDITIONALS) - 1u;
	octets_put_16(q->packet + HEADER_ADDITIONALS, (uint16_t)records);
	q->size = t->at;
	query_read(q);
}

const struct ring_key *answer_verify(const struct worker *w, const struct query *q, struct tsig_context *t,
	uint64_t now)
{
	const struct ring_key *key = key_ring_find(&w->snapshot->ring, &t->key_name);
	t->key = key == NULL ? NULL : &key->tsig;
	bool well = key == NULL ? tsig_verify(t, q->packet, now)
		: tsig_verify_either(t, &key->former, (uint64_t)key->former_until, q->packet, now);
	return well ? key : NULL;
}

/* By UDP, a transfer's answer may be the SOA alone: who has an older one comes back by TCP (RFC 1995 section 2). */
static void take_ixfr(struct query *q, const struct ring_key *key)
{
	if (q->tcp || q->type != TYPE_IXFR || !key->transfer)
		return;
	q->type = TYPE_SOA;
	q->rcode = RCODE_NOERROR;
	q->verdict = QUERY_LOOKUP;
}

/* Keeps room for the record. False where not even the question would have room beside it. */
static bool reserve(const struct worker *w, struct query *q, size_t record)
{
	size_t least = q->question_end + OPT_SIZE + record;
	if (q->udp_size > w->settings->udp_most)
		q->udp_size = w->settings->udp_most;
	if (q->room < least || (!q->tcp && q->udp_size < least))
		return false;
	q->room -= record;
	q->udp_size = (uint16_t)(q->tcp ? q->udp_size : q->udp_size - record);
	return true;
}

/* A zone that only they see who may transfer. */
static void find_catalog(const struct worker *w, struct query *q)
{
	const struct name *name = &w->snapshot->catalog->name;
	if (q->verdict == QUERY_LOOKUP && q->name.size == name->size && memcmp(q->name.lower, name->wire, name->size) == 0)
		q->zone = w->snapshot->catalog;
}

static void refuse(struct query *q, enum rcode rcode)
{
	q->verdict = QUERY_ERROR;
	q->rcode = (uint8_t)rcode;
}

/* The rcode alone, signed as far as it can be. */
static size_t answer_rcode(struct worker *w, struct query *q, struct tsig_context *t, enum rcode rcode, uint64_t now)
{
	strip(q, t);
	if (!reserve(w, q, record_size(t)))
		return 0;
	refuse(q, rcode);
	size_t size = answer(w, q);
	tsig_sign(t, q->packet, &size, now, true);
	return size;
}

size_t answer_update(struct worker *w, struct query *q)
{
	struct tsig_context t;
	uint64_t now = (uint64_t)clock_date();
	tsig_find(q->packet, q->size, &t); /* query_read has found it */
	if (!answer_verify(w, q, &t, now))
		return answer_rcode(w, q, &t, RCODE_NOTAUTH, now);
	w->update_key = t.key;
	return 0;
}

size_t answer_failed(struct worker *w, struct query *q)
{
	struct tsig_context t;
	uint64_t now = (uint64_t)clock_date();
	tsig_find(q->packet, q->size, &t);
	answer_verify(w, q, &t, now);
	return answer_rcode(w, q, &t, RCODE_SERVFAIL, now);
}

size_t answer_refused(struct worker *w, struct query *q)
{
	struct tsig_context t;
	uint64_t now = (uint64_t)clock_date();
	lookup_begin(w);
	query_read(q);
	bool is_signed = q->verdict == QUERY_TSIG || q->verdict == QUERY_UPDATE;
	if (is_signed && tsig_find(q->packet, q->size, &t) == TSIG_THERE)
		return answer_rcode(w, q, &t, answer_verify(w, q, &t, now) == NULL ? RCODE_NOTAUTH : RCODE_REFUSED, now);
	if (q->verdict == QUERY_LOOKUP)
		refuse(q, RCODE_REFUSED);
	return answer(w, q);
}

size_t answer_tsig(struct worker *w, struct query *q)
{
	struct tsig_context t;
	uint64_t now = (uint64_t)clock_date();
	if (tsig_find(q->packet, q->size, &t) != TSIG_THERE) {
		refuse(q, RCODE_FORMERR);
		return answer(w, q);
	}
	const struct ring_key *key = answer_verify(w, q, &t, now);
	strip(q, &t);
	if (!reserve(w, q, record_size(&t)))
		return 0;
	if (key == NULL)
		refuse(q, RCODE_NOTAUTH);
	else
		take_ixfr(q, key);
	if (q->verdict == QUERY_LOOKUP)
		lookup_find_zone(w, q);
	if (key != NULL && key->transfer && w->snapshot->catalog != NULL)
		find_catalog(w, q);
	size_t size = answer(w, q);
	q->cookie_good |= key != NULL; /* it is where it says it is */
	tsig_sign(&t, q->packet, &size, now, true);
	return size;
}
