/* SPDX-License-Identifier: BSD-2-Clause */
/* The frame of an answer: header, OPT, and its options (NSID, cookie, keep-alive, extended error). */
#include "dnsd/answer/answer.h"

#include <endian.h>

#include "dnsd/answer/chaos.h"
#include "dnsd/answer/sign.h"
#include "lib/clock.h"
#include "wire/type.h"

enum {
	EXTENDED_LEAST = 6, /* the option and its code, without text */
};

enum {
	COOKIE_OPTION = COOKIE_CLIENT + COOKIE_SERVER,
	NSID_MOST = 255,
	KEEPALIVE_OPTION = 2,
	OPTIONS_MOST = 4 + NSID_MOST + 4 + COOKIE_OPTION + 4 + KEEPALIVE_OPTION,
};

static bool wants_nsid(const struct worker *w, const struct query *q)
{
	return (q->wants & WANTS_NSID) != 0 && *w->settings->nsid != '\0';
}

static bool wants_cookie(const struct worker *w, const struct query *q)
{
	return q->cookie_size != 0 && w->settings->cookies.count != 0;
}

/* The most octets that the answer may have, with its OPT. */
static inline size_t limit(const struct worker *w, const struct query *q)
{
	if (q->tcp)
		return q->room;
	return q->udp_size < w->settings->udp_most ? q->udp_size : w->settings->udp_most;
}

static uint8_t *put_option(uint8_t *at, uint16_t code, const void *data, size_t size)
{
	octets_put_16(at, code);
	octets_put_16(at + 2, (uint16_t)size);
	memcpy(at + 4, data, size);
	return at + 4 + size;
}

/* Copies the OPT from a template, and sets its rcode and flags. */
static inline uint8_t *put_opt(const struct worker *w, const struct query *q, struct reply *r)
{
	uint8_t *opt = r->packet + r->at;
	memcpy(opt, w->settings->opt, OPT_SIZE);
	opt[5] = (uint8_t)(r->rcode >> 4);
	opt[7] = query_dnssec_ok(q) ? q->dnssec : 0;
	r->at += OPT_SIZE;
	r->additional++;
	return opt;
}

static inline void put_header(const struct reply *r)
{
	uint8_t *h = r->packet;
	uint64_t counts;
	memcpy(&counts, &r->additional, sizeof counts); /* four little-endian numbers, the last one first */
	counts = htobe64(counts);
	h[HEADER_FLAGS] = (uint8_t)(FLAG_QR | (h[HEADER_FLAGS] & (OPCODE_MASK | FLAG_RD)) | r->flags);
	h[HEADER_RCODE] = r->rcode & RCODE_MASK; /* CD is not copied: RFC 4035 section 3.1.6 */
	memcpy(h + HEADER_QUESTIONS, &counts, sizeof counts);
}

void answer_settle(struct server_settings *settings)
{
	memset(settings->opt, 0, OPT_SIZE);
	octets_put_16(settings->opt + 1, TYPE_OPT);
	octets_put_16(settings->opt + 3, (uint16_t)settings->udp_most);
}

ASIDE static void count_rcode(const struct worker *w, uint8_t rcode)
{
	static const enum counter by_rcode[] = { [RCODE_FORMERR] = COUNT_FORMERR,
		[RCODE_SERVFAIL] = COUNT_SERVFAIL, [RCODE_NXDOMAIN] = COUNT_NXDOMAIN,
		[RCODE_NOTIMP] = COUNT_NOTIMP, [RCODE_REFUSED] = COUNT_REFUSED };
	count_add(w->counters, rcode <= RCODE_REFUSED ? by_rcode[rcode] : COUNT_OTHER_RCODE, 1);
}

static inline size_t finish(const struct worker *w, struct query *q, const struct reply *r)
{
	put_header(r);
	count_add(w->counters, COUNT_ANSWERS, 1);
	if ((r->flags & FLAG_TC) != 0)
		count_add(w->counters, COUNT_TRUNCATED, 1);
	if (r->rcode != RCODE_NOERROR)
		count_rcode(w, r->rcode);
	q->limit_key = r->rcode == RCODE_NOERROR || r->rcode == RCODE_NXDOMAIN ? r->limit_key : r->rcode;
	return r->at;
}

/* Looks up into a buffer of its own, with no name compressed and room for any answer, and then signs that. */
ASIDE static void look_up_sealed(struct worker *w, const struct query *q, struct reply *r)
{
	struct reply whole = *r;
	whole.packet = w->signer->scratch;
	whole.limit = SIGN_MOST;
	memcpy(whole.packet, r->packet, q->question_end);
	lookup_answer(w, q, &whole);
	sign_answer(w, q, &whole, r);
}

static inline void look_up(struct worker *w, const struct query *q, struct reply *r)
{
	if (q->verdict == QUERY_ERROR) {
		r->rcode = q->rcode;
		if (q->has_question && q->type == TYPE_NXNAME)
			reply_explain(r, EXTENDED_INVALID_TYPE, "");
	} else if (q->class == CLASS_IN) {
		if (__builtin_expect(query_dnssec_ok(q), 0) && w->signer != NULL) {
			look_up_sealed(w, q, r);
			return;
		}
		r->compression = &w->compression;
		lookup_answer(w, q, r);
	} else if (q->class == CLASS_CH) {
		chaos_answer(w, q, r);
	} else {
		r->rcode = RCODE_REFUSED;
	}
}

static void take_cookie(const struct worker *w, struct query *q, uint8_t cookie[COOKIE_OPTION])
{
	uint32_t now = (uint32_t)clock_date();
	const struct cookie_secrets *secrets = &w->settings->cookies;
	struct address client = query_client(q);
	q->cookie_good = cookie_good(secrets, &client, q->cookie, q->cookie_size, now);
	cookie_make(secrets, &client, q->cookie, now, cookie);
}

/* Appends an extended error (RFC 8914 section 2) to the OPT at OPT, with its text if that fits. ROOM is how many octets
 * the message may still take. */
ASIDE static void put_extended_error(uint8_t *opt, size_t room, struct reply *r)
{
	uint8_t *at = r->packet + r->at;
	size_t length = strlen(r->why), held = (size_t)(at - opt) - OPT_SIZE;
	if (room < EXTENDED_LEAST)
		return;
	if (length > room - EXTENDED_LEAST)
		length = 0;
	octets_put_16(at, OPTION_EXTENDED_ERROR);
	octets_put_16(at + 2, (uint16_t)(2 + length));
	octets_put_16(at + 4, r->why_code);
	memcpy(at + EXTENDED_LEAST, r->why, length);
	octets_put_16(opt + OPT_SIZE - 2, (uint16_t)(held + EXTENDED_LEAST + length));
	r->at += EXTENDED_LEAST + length;
}

static inline void explain(const struct worker *w, size_t room, uint8_t *opt, struct reply *r)
{
	if (w->stale && r->why == NULL)
		reply_explain(r, EXTENDED_STALE, "the registry cannot be read");
	if (r->why != NULL)
		put_extended_error(opt, room, r);
}

/* Answers a query whose OPT asks for options. They are made first, for the answer overwrites the query's cookie. */
ASIDE static size_t answer_options(struct worker *w, struct query *q, struct reply *r)
{
	uint8_t options[OPTIONS_MOST], *end = options;
	if (wants_nsid(w, q))
		end = put_option(end, OPTION_NSID, w->settings->nsid, strlen(w->settings->nsid));
	if (wants_cookie(w, q)) {
		uint8_t cookie[COOKIE_OPTION];
		take_cookie(w, q, cookie);
		end = put_option(end, OPTION_COOKIE, cookie, COOKIE_OPTION);
	}
	if ((q->wants & WANTS_KEEPALIVE) != 0) {
		uint8_t tenths[KEEPALIVE_OPTION];
		octets_put_16(tenths, (uint16_t)w->settings->tcp_idle);
		end = put_option(end, OPTION_KEEPALIVE, tenths, KEEPALIVE_OPTION);
	}
	size_t size = (size_t)(end - options);
	if (size > r->limit - r->at) /* a long name in a small message: the answer comes first */
		size = 0;
	r->limit -= size;
	look_up(w, q, r);
	size_t room = r->limit - r->at;
	uint8_t *opt = put_opt(w, q, r);
	octets_put_16(opt + OPT_SIZE - 2, (uint16_t)size);
	memcpy(opt + OPT_SIZE, options, size);
	r->at += size;
	explain(w, room, opt, r);
	return finish(w, q, r);
}

/* Answers what is neither a question nor an error. */
ASIDE static size_t answer_aside(struct worker *w, struct query *q)
{
	if (q->verdict == QUERY_TSIG)
		return answer_tsig(w, q);
	if (q->verdict == QUERY_UPDATE)
		return answer_update(w, q);
	count_add(w->counters, COUNT_DROPPED, 1);
	return 0;
}

/* A client that may transfer without a key may also ask whether there is something to transfer: by the catalog's SOA, or
 * by IXFR over UDP, which is answered with the SOA alone (RFC 1995 section 2). */
ASIDE static void allow_by_address(struct worker *w, struct query *q)
{
	const struct zone_view *catalog = w->snapshot->catalog;
	const struct address client = query_client(q);
	bool ixfr = q->verdict == QUERY_ERROR && q->rcode == RCODE_REFUSED && q->has_question && q->type == TYPE_IXFR && !q->tcp;
	bool of_catalog = catalog != NULL && q->has_question && q->name.size == catalog->name.size
		&& memcmp(q->name.lower, catalog->name.wire, catalog->name.size) == 0;
	if ((!ixfr && !(of_catalog && q->verdict == QUERY_LOOKUP)) || q->class != CLASS_IN
		|| !networks_hold(w->settings->transfers, &client))
		return;
	if (ixfr) {
		q->type = TYPE_SOA;
		q->rcode = RCODE_NOERROR;
		q->verdict = QUERY_LOOKUP;
		lookup_find_zone(w, q);
	}
	if (of_catalog)
		q->zone = catalog;
}

size_t answer(struct worker *w, struct query *q)
{
	if (q->verdict <= QUERY_UPDATE)
		return answer_aside(w, q);
	if (__builtin_expect(w->settings->transfers != NULL, 0))
		allow_by_address(w, q);
	struct reply r = { .packet = q->packet, .at = q->question_end, .limit = limit(w, q),
		.questions = q->has_question };
	if (q->edns) {
		r.limit -= OPT_SIZE;
		if (q->wants != 0 || q->cookie_size != 0)
			return answer_options(w, q, &r);
	}
	look_up(w, q, &r);
	if (q->edns) {
		size_t room = r.limit - r.at;
		explain(w, room, put_opt(w, q, &r), &r);
	}
	return finish(w, q, &r);
}

size_t answer_truncate(struct query *q)
{
	uint8_t *h = q->packet;
	h[HEADER_FLAGS] |= FLAG_TC;
	memset(h + HEADER_ANSWERS, 0, HEADER_SIZE - HEADER_ANSWERS);
	return q->question_end;
}

size_t answer_alone(struct worker *w, struct query *q)
{
	count_add(w->counters, COUNT_QUERIES, 1);
	query_read(q);
	lookup_begin(w);
	if (q->verdict == QUERY_LOOKUP)
		lookup_find_zone(w, q);
	size_t size = answer(w, q);
	return size == 0 && q->verdict == QUERY_UPDATE && !w->forwards ? answer_failed(w, q) : size;
}

size_t respond(struct worker *w, uint8_t *packet, size_t size, size_t room,
	const struct address *client, bool tcp)
{
	struct query q;
	query_take(&q, packet, size, room, NULL, client, tcp);
	return answer_alone(w, &q);
}
