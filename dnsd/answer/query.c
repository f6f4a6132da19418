/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads messages: plain ones by a few comparisons, all others step by step. */
#include "dnsd/answer/query.h"

#include "dnsd/answer/cookie.h"
#include "dnsd/store/node.h"
#include "lib/cursor.h"
#include "wire/octets.h"
#include "wire/tsig.h"
#include "wire/update.h"
#include "wire/type.h"

static void refuse(struct query *q, enum rcode rcode)
{
	q->verdict = QUERY_ERROR;
	q->rcode = (uint8_t)rcode;
}

/* RFC 6891 section 6.1.2; options that we do not know are passed over. */
static bool read_options(struct query *q, struct cursor *c, uint16_t length)
{
	const uint8_t *bytes = cursor_skip(c, length);
	if (bytes == NULL)
		return false;
	struct cursor options = cursor_reading(bytes, length);
	while (cursor_left(&options) > 0) {
		uint16_t code = cursor_u16(&options), size = cursor_u16(&options);
		const uint8_t *data = cursor_skip(&options, size);
		if (data == NULL)
			return false;
		if (code == OPTION_NSID)
			q->wants |= WANTS_NSID;
		if (code == OPTION_KEEPALIVE && q->tcp && size == 0) /* RFC 7828 section 3.2.1 */
			q->wants |= WANTS_KEEPALIVE;
		if (code != OPTION_COOKIE || q->cookie_size != 0) /* of several, the first (RFC 7873 5.2) */
			continue;
		if (size != COOKIE_CLIENT && (size < COOKIE_LEAST || size > COOKIE_MOST)) {
			refuse(q, RCODE_FORMERR); /* RFC 7873 section 5.2.2; the OPT is whole nevertheless */
			continue;
		}
		q->cookie = data;
		q->cookie_size = (uint8_t)size;
	}
	return !options.broken;
}

/* Reads the records behind the question. One OPT is understood, a second one is an error (RFC 6891 section 6.1.1);
 * other records are ignored, for a query has no use for them. */
static bool read_additional(struct query *q, struct cursor *c, unsigned records)
{
	uint8_t version = 0;
	bool signed_message = false;
	for (unsigned i = 0; i < records && !c->broken; i++) { /* many may be claimed and few be there */
		bool root = cursor_left(c) > 0 && *c->at == 0;
		cursor_skip_name(c);
		const struct record_fixed fixed = record_fixed(c);
		if (fixed.type != TYPE_OPT) {
			signed_message |= fixed.type == TYPE_TSIG;
			cursor_skip(c, fixed.length);
			continue;
		}
		if (!root || q->edns || !read_options(q, c, fixed.length))
			return false;
		q->edns = true;
		q->udp_size = fixed.class < UDP_LEAST ? UDP_LEAST : fixed.class; /* RFC 6891 section 6.1.2 */
		q->dnssec = (uint8_t)(fixed.ttl >> 8 & DNSSEC_FLAGS);
		version = (uint8_t)(fixed.ttl >> 16);
	}
	if (c->broken || cursor_left(c) > 0)
		return false;
	if (signed_message) /* RFC 8945 section 5.1: nothing else matters before */
		q->verdict = QUERY_TSIG;
	else if (version > 0)
		refuse(q, RCODE_BADVERS);
	return true;
}

/* Reads an OPT with root owner, version 0 and no options at the message's end, as most resolvers send it; size, extended
 * rcode and flags may have any value. */
static inline bool read_plain_opt(struct query *q, const uint8_t *opt)
{
	const uint64_t looked_at = UINT64_C(0x00ff000000ffffff), wanted = (uint64_t)TYPE_OPT << 16;
	if ((hash_load(opt) & looked_at) != wanted || (opt[9] | opt[10]) != 0)
		return false;
	uint16_t size = octets_16(opt + 3);
	q->edns = true;
	q->udp_size = size < UDP_LEAST ? UDP_LEAST : size;
	q->dnssec = opt[7] & DNSSEC_FLAGS;
	return true;
}

ASIDE static void check_question(struct query *q)
{
	switch (q->type) {
	case TYPE_OPT:
	case TYPE_TKEY:
	case TYPE_TSIG:
	case TYPE_NXNAME: /* RFC 9824 section 3.5 */
	case 0:
		refuse(q, RCODE_FORMERR);
		break;
	case TYPE_AXFR:
	case TYPE_IXFR:
		refuse(q, RCODE_REFUSED);
		break;
	case TYPE_MAILA:
	case TYPE_MAILB:
		refuse(q, RCODE_NOTIMP);
		break;
	default:
		break;
	}
}

/* Whether the header is that of a plain query: QR clear, opcode QUERY, one question, no answers, no
 * authorities. One comparison for what nearly all messages are. */
static inline bool plain_header(const uint8_t *packet)
{
	const uint64_t looked_at = UINT64_C(0xffffffffffff00f8), wanted = UINT64_C(0x0000000001000000);
	return (hash_load(packet + 2) & looked_at) == wanted;
}

/* The updater decides who may update; but an UPDATE that is not signed is refused here (RFC 2136 section 3.3). */
ASIDE static void judge_update(struct query *q)
{
	struct tsig_context t;
	enum tsig_found found = tsig_find(q->packet, q->size, &t);
	if (found == TSIG_THERE)
		q->verdict = QUERY_UPDATE;
	else
		refuse(q, found == TSIG_WRONG ? RCODE_FORMERR : RCODE_REFUSED);
}

/* Judges a header that is not plain. The verdict stays QUERY_LOOKUP where only the authority section makes it odd, for
 * IXFR has one. */
static void judge_header(struct query *q)
{
	const uint8_t *packet = q->packet;
	if ((packet[HEADER_FLAGS] & OPCODE_MASK) == OPCODE_UPDATE << OPCODE_SHIFT)
		judge_update(q);
	else if ((packet[HEADER_FLAGS] & OPCODE_MASK) != 0) /* other opcodes may have any format behind the header */
		refuse(q, RCODE_NOTIMP);
	else if (octets_16(packet + HEADER_QUESTIONS) != 1 || octets_16(packet + HEADER_ANSWERS) != 0)
		refuse(q, RCODE_FORMERR);
}

static inline __attribute__((always_inline)) bool read_question(struct query *q)
{
	const uint8_t *packet = q->packet;
	if (q->size < HEADER_SIZE + 5
		|| !scan_name(packet + HEADER_SIZE, q->size - HEADER_SIZE - 4, &q->name))
		return false;
	size_t end = HEADER_SIZE + (size_t)q->name.size;
	q->type = octets_16(packet + end);
	q->class = octets_16(packet + end + 2);
	q->question_end = (uint16_t)(end + 4);
	q->has_question = true;
	return true;
}

static void forget_question(struct query *q)
{
	q->has_question = false;
	q->question_end = HEADER_SIZE;
}

ASIDE static void read_rest(struct query *q)
{
	unsigned authorities = octets_16(q->packet + HEADER_AUTHORITIES), additional = octets_16(q->packet + HEADER_ADDITIONALS);
	if (authorities != 0 && (q->type != TYPE_IXFR || authorities != 1)) {
		refuse(q, RCODE_FORMERR);
		return;
	}
	struct cursor c = cursor_reading(q->packet + q->question_end, q->size - q->question_end);
	if (!read_additional(q, &c, authorities + additional)) {
		q->edns = false; /* it may be half read */
		refuse(q, RCODE_FORMERR);
	}
}

/* RFC 7873 section 5.4: a client may ask for a cookie alone. */
static void read_no_question(struct query *q)
{
	forget_question(q);
	if (octets_16(q->packet + HEADER_ANSWERS) != 0)
		return;
	q->type = 0;
	refuse(q, RCODE_NOERROR);
	read_rest(q);
	if (q->cookie_size == 0)
		refuse(q, RCODE_FORMERR);
}

/* Reads a message whose header is not plain. False when nothing more is to be read. */
ASIDE static bool read_odd_header(struct query *q)
{
	if ((q->packet[HEADER_FLAGS] & FLAG_QR) != 0) {
		q->verdict = QUERY_DROP;
		return false;
	}
	judge_header(q);
	if (q->verdict != QUERY_ERROR || (q->packet[HEADER_FLAGS] & OPCODE_MASK) != 0)
		return q->verdict == QUERY_LOOKUP;
	if (octets_16(q->packet + HEADER_QUESTIONS) == 0)
		read_no_question(q);
	else if (octets_16(q->packet + HEADER_QUESTIONS) != 1 || !read_question(q))
		forget_question(q);
	return false;
}

void query_read(struct query *q)
{
	const uint8_t *packet = q->packet;
	q->has_question = q->edns = q->cookie_good = false;
	q->dnssec = 0;
	q->wants = q->cookie_size = 0;
	q->rcode = RCODE_NOERROR;
	q->udp_size = UDP_LEAST;
	q->question_end = HEADER_SIZE;
	q->verdict = q->size < HEADER_SIZE ? QUERY_DROP : QUERY_LOOKUP;
	if (q->verdict == QUERY_DROP)
		return;
	bool plain = plain_header(packet);
	if (!plain && !read_odd_header(q))
		return;
	if (!read_question(q)) {
		forget_question(q);
		refuse(q, RCODE_FORMERR);
		return;
	}
	if (q->type >= TYPE_OPT || q->type == 0)
		check_question(q);
	size_t left = q->size - q->question_end;
	unsigned additional = octets_16(packet + HEADER_ADDITIONALS);
	if (plain && additional == 0 && left == 0)
		return;
	if (!plain || additional != 1 || left != OPT_SIZE || !read_plain_opt(q, packet + q->question_end))
		read_rest(q);
}
