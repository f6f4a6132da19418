/* SPDX-License-Identifier: BSD-2-Clause */
/* Which questions are for evidence, who may ask them, and the TXT records that answer them. */
#include "dnsd/answer/evidence.h"

#include "model/model.h"

enum { STRING_MOST = 255, TTL = 0 };

bool evidence_named(const struct scan *name)
{
	return scan_label_is(name, 0, "_status") || scan_label_is(name, 0, "_why");
}

static bool put_string(struct hop *s, const char *text)
{
	uint8_t rdata[1 + STRING_MOST];
	size_t length = text == NULL ? 0 : strlen(text);
	if (length > STRING_MOST)
		length = STRING_MOST;
	rdata[0] = (uint8_t)length;
	if (length > 0)
		memcpy(rdata + 1, text, length);
	return reply_rr(s->reply, &s->reply->answers, s->name_at, TYPE_TXT, TTL, rdata, (uint16_t)(length + 1)) != 0;
}

static bool put_status(struct hop *s, const struct pool_view *pool, const struct membership *m, struct arena *arena)
{
	struct usage_today *today = usage_today(usage_slot_at(pool->usage));
	const struct field *state = kind_field(&pool_kind, "state", 5);
	struct text name = { 0 };
	field_write(state, m->pool, &name);
	uint32_t serial = atomic_load_explicit(&s->worker->view->serial, memory_order_relaxed);
	bool done = put_string(s, arena_format(arena,
		"pool=%s state=%s members=%zu relays=%zu last-resort=%s revision=%u ttl=%lld "
		"queries=%llu networks=%llu",
		m->pool->label, name.bytes == NULL ? "?" : name.bytes, m->members, m->count,
		m->last_resort ? "yes" : "no", serial, (long long)m->pool->ttl,
		(unsigned long long)atomic_load_explicit(&today->queries, memory_order_relaxed),
		(unsigned long long)atomic_load_explicit(&today->networks, memory_order_relaxed)));
	text_free(&name);
	return done;
}

static bool put_reasons(struct hop *s, const struct membership *m, struct arena *arena)
{
	for (const struct seat *seat = m->seats; seat < m->seats + m->count; seat++) {
		char *reason = steering_reason(m, seat, arena);
		char *text = arena_format(arena, "%s %s: %s", seat->offer->relay->name,
			seat->in ? "in" : "out", reason == NULL ? "?" : reason);
		if (!put_string(s, text))
			return false;
	}
	return m->count > 0 || put_string(s, "there are no relays");
}

bool evidence_allowed(const struct hop *s)
{
	struct address client = query_client(s->query);
	return networks_hold(atomic_load_explicit(&s->worker->settings->evidence, memory_order_acquire), &client);
}

void evidence_refuse(struct hop *s)
{
	struct reply *r = s->reply;
	if (r->answers > 0)
		return;
	r->rcode = RCODE_REFUSED;
	reply_explain(r, EXTENDED_PROHIBITED, "");
	r->flags = 0;
}

void evidence_answer(struct hop *s, const struct pool_view *pool)
{
	const struct pools *pools = &s->worker->snapshot->pools;
	const struct pool *row = &pools->fleet.pools[pool - pools->pool];
	struct reply *r = s->reply;
	struct arena arena = { 0 };
	struct membership m;
	size_t at = r->at;
	uint16_t answers = r->answers;
	if (steering_pool(&pools->fleet, pools->offers, row, &arena, &m, NULL) != DONE) {
		r->rcode = RCODE_SERVFAIL;
	} else if (!(scan_label_is(s->name, 0, "_status") ? put_status(s, pool, &m, &arena)
			: put_reasons(s, &m, &arena))) {
		r->at = at; /* no part of an RRset */
		r->answers = answers;
		hop_truncate(s);
	}
	arena_free(&arena);
}
