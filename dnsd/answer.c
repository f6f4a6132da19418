/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/answer.h"

#include <arpa/inet.h>

#include "dnsd/chaos.h"
#include "lib/clock.h"

enum {
	FLAG_QR = 0x80, FLAG_AA = 0x04, FLAG_TC = 0x02, FLAG_RD = 0x01, FLAG_CD = 0x10,
	OPCODE_MASK = 0x78,
	OPTION_NSID = 3, OPTION_COOKIE = 10,
	MESSAGE_MOST = 65535,
};

enum { COOKIE_OPTION = COOKIE_CLIENT + COOKIE_SERVER };

static bool wants_nsid(const struct worker *w, const struct query *q)
{
	return q->wants_nsid && *w->settings->nsid != '\0';
}

static bool wants_cookie(const struct worker *w, const struct query *q)
{
	return q->cookie_size != 0 && w->settings->cookies.count != 0;
}

static size_t options_size(const struct worker *w, const struct query *q)
{
	return (wants_nsid(w, q) ? 4 + strlen(w->settings->nsid) : 0)
		+ (wants_cookie(w, q) ? 4 + (size_t)COOKIE_OPTION : 0);
}

/* What the message may take, the OPT included. */
static size_t limit(const struct worker *w, const struct query *q)
{
	size_t most = q->tcp ? MESSAGE_MOST
		: q->udp_size < w->settings->udp_most ? q->udp_size
						      : w->settings->udp_most;
	return most < q->room ? most : q->room;
}

static void put16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static uint8_t *put_option(uint8_t *at, size_t code, const void *data, size_t size)
{
	put16(at, code);
	put16(at + 2, size);
	memcpy(at + 4, data, size);
	return at + 4 + size;
}

/* The OPT's head is one template but for rcode and DO. COOKIE is the option's data, if it is wanted. */
static void put_opt(const struct worker *w, const struct query *q, const uint8_t *cookie, struct reply *r)
{
	uint8_t *opt = r->packet + r->at, *at = opt + OPT_SIZE;
	memcpy(opt, w->settings->opt, OPT_SIZE);
	opt[5] = (uint8_t)(r->rcode >> 4);
	opt[7] = q->dnssec_ok ? 0x80 : 0;
	if (wants_nsid(w, q))
		at = put_option(at, OPTION_NSID, w->settings->nsid, strlen(w->settings->nsid));
	if (wants_cookie(w, q))
		at = put_option(at, OPTION_COOKIE, cookie, COOKIE_OPTION);
	put16(opt + 9, (size_t)(at - opt) - OPT_SIZE);
	r->at = (size_t)(at - r->packet);
	r->additional++;
}

/* The answer is written over the question's options: the cookie is looked at before. */
static void take_cookie(const struct worker *w, struct query *q, uint8_t cookie[COOKIE_OPTION])
{
	uint32_t now = (uint32_t)clock_date();
	const struct cookie_secrets *secrets = &w->settings->cookies;
	struct address client = query_client(q);
	q->cookie_good = cookie_good(secrets, &client, q->cookie, q->cookie_size, now);
	cookie_make(secrets, &client, q->cookie, now, cookie);
}

static void put_header(const struct query *q, const struct reply *r)
{
	uint8_t *h = r->packet;
	const uint16_t counts[4] = { htons(q->has_question), htons(r->answers), htons(r->authorities),
		htons(r->additional) };
	h[2] = (uint8_t)(FLAG_QR | (h[2] & (OPCODE_MASK | FLAG_RD)) | (r->authoritative ? FLAG_AA : 0)
		| (r->truncated ? FLAG_TC : 0));
	h[3] = (uint8_t)((h[3] & FLAG_CD) | (r->rcode & 15));
	memcpy(h + 4, counts, sizeof counts);
}

void answer_settle(struct server_settings *settings)
{
	const uint8_t opt[OPT_SIZE] = { 0, 0, TYPE_OPT, (uint8_t)(settings->udp_most >> 8),
		(uint8_t)settings->udp_most };
	memcpy(settings->opt, opt, sizeof opt);
}

static void count(const struct worker *w, const struct reply *r)
{
	static const enum counter by_rcode[] = { [RCODE_FORMERR] = COUNT_FORMERR,
		[RCODE_SERVFAIL] = COUNT_SERVFAIL, [RCODE_NXDOMAIN] = COUNT_NXDOMAIN,
		[RCODE_NOTIMP] = COUNT_NOTIMP, [RCODE_REFUSED] = COUNT_REFUSED };
	count_add(w->counters, COUNT_ANSWERS, 1);
	if (r->truncated)
		count_add(w->counters, COUNT_TRUNCATED, 1);
	if (r->rcode != RCODE_NOERROR)
		count_add(w->counters,
			r->rcode <= RCODE_REFUSED ? by_rcode[r->rcode] : COUNT_OTHER_RCODE, 1);
}

size_t answer(struct worker *w, struct query *q)
{
	if (q->verdict == QUERY_DROP) {
		count_add(w->counters, COUNT_DROPPED, 1);
		return 0;
	}
	struct reply r = { .packet = q->packet, .at = q->question_end, .limit = limit(w, q) };
	uint8_t cookie[COOKIE_OPTION];
	if (q->edns)
		r.limit -= OPT_SIZE + options_size(w, q);
	if (wants_cookie(w, q))
		take_cookie(w, q, cookie);
	if (q->verdict == QUERY_ERROR)
		r.rcode = q->rcode;
	else if (q->class == CLASS_IN)
		lookup_answer(w, q, &r);
	else if (q->class == CLASS_CH)
		chaos_answer(w, q, &r);
	else
		r.rcode = RCODE_REFUSED;
	if (q->edns)
		put_opt(w, q, cookie, &r);
	put_header(q, &r);
	count(w, &r);
	q->limit_key = r.rcode == RCODE_NOERROR || r.rcode == RCODE_NXDOMAIN ? r.limit_key : r.rcode;
	return r.at;
}

size_t answer_truncate(struct query *q)
{
	uint8_t *h = q->packet;
	h[2] |= FLAG_TC;
	memset(h + 6, 0, 6);
	return q->question_end;
}

size_t respond(struct worker *w, uint8_t *packet, size_t size, size_t room,
	const struct address *client, bool tcp)
{
	struct query q;
	q.packet = packet;
	q.size = size;
	q.room = room;
	q.peer = NULL;
	q.client = client;
	q.tcp = tcp;
	count_add(w->counters, COUNT_QUERIES, 1);
	query_read(&q);
	return answer(w, &q);
}
