/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/answer.h"

#include <arpa/inet.h>

#include "dnsd/chaos.h"

enum {
	FLAG_QR = 0x80, FLAG_AA = 0x04, FLAG_TC = 0x02, FLAG_RD = 0x01, FLAG_CD = 0x10,
	OPCODE_MASK = 0x78,
	OPTION_NSID = 3,
	MESSAGE_MOST = 65535,
};

static size_t nsid_size(const struct worker *w, const struct query *q)
{
	return q->wants_nsid && *w->settings->nsid != '\0' ? 4 + strlen(w->settings->nsid) : 0;
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

/* The OPT's head is one template but for rcode and DO. */
static void put_opt(const struct worker *w, const struct query *q, struct reply *r)
{
	uint8_t *at = r->packet + r->at;
	memcpy(at, w->settings->opt, OPT_SIZE);
	at[5] = (uint8_t)(r->rcode >> 4);
	at[7] = q->dnssec_ok ? 0x80 : 0;
	r->at += OPT_SIZE;
	r->additional++;
	size_t options = nsid_size(w, q);
	if (options == 0)
		return;
	put16(at + 9, options);
	put16(at + 11, OPTION_NSID);
	put16(at + 13, options - 4);
	memcpy(at + 15, w->settings->nsid, options - 4);
	r->at += options;
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
	if (q->edns)
		r.limit -= OPT_SIZE + nsid_size(w, q);
	if (q->verdict == QUERY_ERROR)
		r.rcode = q->rcode;
	else if (q->class == CLASS_IN)
		lookup_answer(w, q, &r);
	else if (q->class == CLASS_CH)
		chaos_answer(w, q, &r);
	else
		r.rcode = RCODE_REFUSED;
	if (q->edns)
		put_opt(w, q, &r);
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
	q.client = client;
	q.tcp = tcp;
	count_add(w->counters, COUNT_QUERIES, 1);
	query_read(&q);
	return answer(w, &q);
}
