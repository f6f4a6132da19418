/* SPDX-License-Identifier: BSD-2-Clause */
#include "steering/steering.h"

#include <stdlib.h>
#include <string.h>

#include "steering/choose.h"
#include "steering/label.h"
#include "steering/quorum.h"

static unsigned families_of(const char *addresses)
{
	unsigned families = 0;
	struct address address;
	while (address_next(&addresses, &address))
		families |= address.family == ADDRESS_V4 ? FAMILY_4 : FAMILY_6;
	return families;
}

/* By the minute, so that answers change no oftener. */
static int64_t ramped(const struct relay *relay, int64_t now)
{
	int64_t age = now - relay->since;
	if (now == 0 || relay->since == 0 || age >= STEERING_RAMP)
		return relay->weight * 100;
	return relay->weight * (25 * STEERING_RAMP + 75 * (age < 0 ? 0 : age / 60 * 60)) / STEERING_RAMP;
}

static void observe(struct offer *offer, const struct observation *from, size_t count)
{
	struct verdict verdict;
	quorum_fold(from, count, &verdict);
	offer->health = verdict.health;
	offer->health_reason = verdict.reason;
	offer->pings = verdict.pings;
	offer->tls_observed = verdict.tls != 0;
	if (offer->tls_observed)
		offer->tls = verdict.tls;
}

int steering_offers(const struct fleet *fleet, struct arena *arena, struct offer **offers,
	struct error *e)
{
	struct offer *all = arena_take(arena, (fleet->relay_count + 1) * sizeof *all);
	if (all == NULL)
		return fail(e, FAILED, "out of memory");
	size_t at = 0;
	for (size_t i = 0; i < fleet->relay_count; i++) {
		const struct relay *relay = &fleet->relays[i];
		all[i] = (struct offer){ .relay = relay, .tls = (tls_set)relay->tls, .health_reason = "",
			.families = families_of(relay->addresses), .weight = ramped(relay, fleet->now) };
		/* both arrays are in the order of relay names */
		while (at < fleet->observation_count
			&& strcmp(fleet->observations[at].relay, relay->name) < 0)
			at++;
		size_t end = at;
		while (end < fleet->observation_count
			&& strcmp(fleet->observations[end].relay, relay->name) == 0)
			end++;
		observe(&all[i], end == at ? NULL : &fleet->observations[at], end - at);
		at = end;
	}
	*offers = all;
	return DONE;
}

static bool lists(const char *words, const char *word)
{
	size_t length, wide = strlen(word);
	for (const char *w; (w = text_word(&words, " ", &length)) != NULL;)
		if (length == wide && memcmp(w, word, wide) == 0)
			return true;
	return false;
}

struct requirement {
	const struct release **releases; /* that look the pool up */
	size_t count;
};

static int require(const struct fleet *fleet, const struct pool *pool, struct arena *arena,
	struct requirement *r, struct error *e)
{
	r->releases = arena_take(arena, (fleet->release_count + 1) * sizeof(void *));
	if (r->releases == NULL)
		return fail(e, FAILED, "out of memory");
	for (size_t i = 0; i < fleet->release_count && pool->tls == 0; i++)
		if (lists(fleet->releases[i].pools, pool->label))
			r->releases[r->count++] = &fleet->releases[i];
	return DONE;
}

static bool compatible(const struct pool *pool, const struct requirement *r, struct seat *seat)
{
	tls_set tls = seat->offer->tls;
	bool needs = pool->tls != 0 || r->count > 0;
	seat->reason = tls == 0 ? REASON_TLS_UNKNOWN : REASON_TLS;
	if (needs && tls == 0)
		return false;
	if (pool->tls != 0 && ((tls_set)pool->tls & tls) == 0)
		return false;
	for (size_t i = 0; i < r->count; i++)
		if (((tls_set)r->releases[i]->tls & tls) == 0) {
			seat->blocker = r->releases[i];
			return false;
		}
	return true;
}

static const struct rule *rule_for(const struct fleet *fleet, const struct pool *pool,
	const struct relay *relay)
{
	for (size_t i = 0; i < fleet->rule_count; i++)
		if (strcmp(fleet->rules[i].pool, pool->label) == 0
			&& strcmp(fleet->rules[i].relay, relay->name) == 0)
			return &fleet->rules[i];
	return NULL;
}

/* A pool to be seated: what it needs, and whether only its roster may be in it. */
struct seating {
	const struct fleet *fleet;
	const struct pool *pool; /* the source of the membership */
	struct requirement requirement;
	unsigned families;
	bool closed;
};

/* Decides but for health and weight, which depend on the others. */
static void admit(const struct seating *s, const struct rule *rule, struct seat *seat)
{
	static const enum reason by_state[] = { [RELAY_INVITED] = REASON_INVITED,
		[RELAY_TESTING] = REASON_TESTING, [RELAY_DRAINING] = REASON_DRAINING,
		[RELAY_OUT] = REASON_STATE_OUT };
	const struct relay *relay = seat->offer->relay;
	if (relay->state != RELAY_SERVICE) {
		seat->reason = by_state[relay->state];
	} else if (rule != NULL && rule->verdict == RULE_EXCLUDE) {
		seat->reason = REASON_EXCLUDED;
	} else if ((seat->offer->families & s->families) == 0) {
		seat->reason = REASON_NO_ADDRESS;
	} else if (rule != NULL) {
		seat->reason = REASON_INCLUDED;
		seat->in = true;
	} else if (!compatible(s->pool, &s->requirement, seat)) {
		return;
	} else if (s->closed && !lists(s->pool->roster, relay->name)) {
		seat->reason = REASON_ROSTER;
	} else {
		seat->reason = REASON_COMPATIBLE;
		seat->in = true;
	}
}

/* Clients ping before they connect, and pass over who does not answer. That is no incompatibility: a
 * pool without any other gives it out all the same. What the operator included is not asked. */
static void listen_for_pings(const struct requirement *r, struct seat *seat)
{
	for (size_t i = 0; i < r->count && seat->reason == REASON_COMPATIBLE && seat->offer->pings != 0; i++)
		if ((seat->offer->pings >> r->releases[i]->ping & 1) == 0) {
			seat->blocker = r->releases[i];
			return;
		}
}

static bool well(const struct seat *seat)
{
	return seat->offer->health != HEALTH_DOWN && seat->offer->relay->weight > 0
		&& seat->blocker == NULL;
}

/* Why one that could be in is not well. */
static enum reason weakness(const struct seat *seat)
{
	if (seat->offer->health == HEALTH_DOWN)
		return REASON_DOWN;
	return seat->offer->relay->weight > 0 ? REASON_PING : REASON_NO_WEIGHT;
}

/* Gives out all that are admitted where too few of them look well, else those that do. */
static void settle(const struct pool *pool, struct membership *m, size_t admitted, size_t fit)
{
	size_t least = pool->least > 1 ? (size_t)pool->least : 1;
	m->last_resort = fit < least && admitted > fit;
	m->members = m->last_resort ? admitted : fit;
	for (struct seat *seat = m->seats; seat < m->seats + m->count; seat++) {
		if (!seat->in || well(seat))
			continue;
		seat->in = m->last_resort;
		seat->reason = m->last_resort ? REASON_LAST_RESORT : weakness(seat);
	}
}

struct ranked {
	struct seat *seat;
	double distance;
};

static int compare_ranked(const void *left, const void *right)
{
	const struct ranked *a = left, *b = right;
	bool a_included = a->seat->reason == REASON_INCLUDED, b_included = b->seat->reason == REASON_INCLUDED;
	if (a_included != b_included)
		return a_included ? -1 : 1;
	return (a->distance > b->distance) - (a->distance < b->distance);
}

/* Of more members than the pool wants, those go that stand last in an order which nothing but the
 * members themselves decides: so few clients move, and when one falls ill the next takes its place. */
static int cut_to_size(const struct pool *pool, struct membership *m, struct arena *arena, struct error *e)
{
	if (pool->size <= 0 || m->last_resort || m->members <= (size_t)pool->size)
		return DONE;
	struct ranked *ranked = arena_take(arena, m->members * sizeof *ranked);
	size_t count = 0;
	if (ranked == NULL)
		return fail(e, FAILED, "out of memory");
	for (struct seat *seat = m->seats; seat < m->seats + m->count; seat++) {
		const struct relay *relay = seat->offer->relay;
		if (seat->in)
			ranked[count++] = (struct ranked){ seat, steering_distance(relay, relay->weight, 0, 0) };
	}
	qsort(ranked, count, sizeof *ranked, compare_ranked);
	m->members = (size_t)pool->size;
	for (size_t i = m->members; i < count; i++) {
		ranked[i].seat->in = false;
		ranked[i].seat->reason = REASON_SIZE;
	}
	return DONE;
}

static int seat_all(const struct seating *s, const struct offer *offers, struct membership *m,
	struct arena *arena, struct error *e)
{
	size_t admitted = 0, fit = 0;
	for (size_t i = 0; i < m->count; i++) {
		struct seat *seat = &m->seats[i];
		*seat = (struct seat){ .offer = &offers[i] };
		admit(s, rule_for(s->fleet, s->pool, offers[i].relay), seat);
		if (seat->in)
			listen_for_pings(&s->requirement, seat);
		admitted += seat->in;
		fit += seat->in && well(seat);
	}
	settle(s->pool, m, admitted, fit);
	return cut_to_size(s->pool, m, arena, e);
}

static int seat_pool(const struct fleet *fleet, const struct offer *offers, struct arena *arena,
	struct membership *m, struct error *e)
{
	struct seating s = { .fleet = fleet, .pool = m->source, .families = m->families,
		.closed = m->source->state == POOL_FROZEN || m->source->state == POOL_SHRINKING };
	int outcome = require(fleet, s.pool, arena, &s.requirement, e);
	if (outcome != DONE)
		return outcome;
	outcome = seat_all(&s, offers, m, arena, e);
	if (outcome == DONE && m->members == 0 && s.closed) { /* nobody of the roster is left */
		s.closed = false; /* any compatible one is better */
		outcome = seat_all(&s, offers, m, arena, e);
	}
	return outcome;
}

const struct pool *steering_successor(const struct fleet *fleet, const struct pool *pool)
{
	if (pool->successor == NULL || *pool->successor == '\0')
		return NULL;
	for (size_t i = 0; i < fleet->pool_count; i++)
		if (strcmp(fleet->pools[i].label, pool->successor) == 0 && &fleet->pools[i] != pool)
			return &fleet->pools[i];
	return NULL;
}

/* The pool whose relays a retired one answers with: successors may be retired, too. */
static const struct pool *source_of(const struct fleet *fleet, const struct pool *pool)
{
	const struct pool *source = pool;
	for (size_t steps = 0; steps < fleet->pool_count; steps++) {
		const struct pool *next = source->state == POOL_RETIRED
				&& source->tombstone == TOMBSTONE_SUCCESSOR ? steering_successor(fleet, source) : NULL;
		if (next == NULL)
			return source;
		source = next;
	}
	return pool; /* they lead in a circle */
}

int steering_pool(const struct fleet *fleet, const struct offer *offers, const struct pool *pool,
	struct arena *arena, struct membership *m, struct error *e)
{
	*m = (struct membership){ .pool = pool, .source = source_of(fleet, pool), .count = fleet->relay_count,
		.families = label_families(pool->label, strlen(pool->label)) };
	m->seats = arena_take(arena, (m->count + 1) * sizeof *m->seats);
	if (m->seats == NULL)
		return fail(e, FAILED, "out of memory");
	if (m->source->state == POOL_RETIRED && m->source->tombstone == TOMBSTONE_EMPTY) {
		for (size_t i = 0; i < m->count; i++)
			m->seats[i] = (struct seat){ .offer = &offers[i], .reason = REASON_EMPTY };
		return DONE;
	}
	int outcome = seat_pool(fleet, offers, arena, m, e);
	if (outcome != DONE || m->members > 0 || m->source == pool)
		return outcome;
	m->source = pool; /* a successor without anybody: the pool's own relays are better */
	return seat_pool(fleet, offers, arena, m, e);
}

bool steering_browned_out(const struct fleet *fleet, const struct pool *pool, unsigned bucket)
{
	if (pool->brownout <= 0 || fleet->now == 0 || fleet->now >= pool->brownout_until
		|| steering_successor(fleet, pool) == NULL)
		return false;
	/* so many buckets, those that stand first in the pool's own order of them */
	unsigned wanted = ((unsigned)pool->brownout * STEERING_BUCKETS + 99) / 100, before = 0;
	uint64_t own = steering_place(pool->label, bucket);
	for (unsigned other = 0; other < STEERING_BUCKETS; other++) {
		uint64_t place = steering_place(pool->label, other);
		before += place < own || (place == own && other < bucket);
	}
	return before < wanted;
}

int64_t steering_next(const struct fleet *fleet)
{
	int64_t next = INT64_MAX, now = fleet->now;
	for (size_t i = 0; i < fleet->pool_count; i++) {
		const struct pool *pool = &fleet->pools[i];
		if (pool->brownout > 0 && pool->brownout_until > now && pool->brownout_until < next)
			next = pool->brownout_until;
	}
	for (size_t i = 0; i < fleet->relay_count; i++) {
		const struct relay *relay = &fleet->relays[i];
		int64_t age = now - relay->since;
		if (relay->since == 0 || relay->state != RELAY_SERVICE || age >= STEERING_RAMP)
			continue;
		int64_t step = relay->since + (age < 0 ? 60 : (age / 60 + 1) * 60);
		next = step < next ? step : next;
	}
	return next;
}

static char *tls_reason(const struct membership *m, const struct seat *seat, struct arena *arena)
{
	char offered[TLS_TEXT], needed[TLS_TEXT];
	tls_write(seat->offer->tls, offered);
	if (seat->blocker == NULL) {
		tls_write((tls_set)m->source->tls, needed);
		return arena_format(arena, "speaks %s, but the pool requires %s", offered, needed);
	}
	tls_write((tls_set)seat->blocker->tls, needed);
	return arena_format(arena, "speaks %s, but %s %s needs %s", offered, seat->blocker->product,
		seat->blocker->version, needed);
}

static char *weak_reason(const struct seat *seat, struct arena *arena)
{
	const char *why = seat->offer->health_reason;
	switch (weakness(seat)) {
	case REASON_DOWN:
		return arena_format(arena, "looks down%s%s", *why == '\0' ? "" : ": ", why);
	case REASON_PING:
		return arena_format(arena, "does not answer %s, the ping of %s %s",
			ping_name((int)seat->blocker->ping), seat->blocker->product, seat->blocker->version);
	default:
		return arena_text(arena, "has weight 0");
	}
}

char *steering_reason(const struct membership *m, const struct seat *seat, struct arena *arena)
{
	char tls[TLS_TEXT];
	switch (seat->reason) {
	case REASON_COMPATIBLE:
		tls_write(seat->offer->tls, tls);
		return arena_format(arena, "speaks %s%s", tls,
			seat->offer->tls_observed ? "" : ", says the operator");
	case REASON_INCLUDED:
		return arena_text(arena, "the operator included it");
	case REASON_LAST_RESORT:
		return arena_format(arena, "%s, and %s", weak_reason(seat, arena),
			weakness(seat) == REASON_DOWN ? "so do all others" : "no other is better");
	case REASON_EXCLUDED:
		return arena_text(arena, "the operator excluded it");
	case REASON_INVITED:
		return arena_text(arena, "is invited and has not registered yet");
	case REASON_TESTING:
		return arena_text(arena, "is being tested");
	case REASON_DRAINING:
		return arena_text(arena, "is draining");
	case REASON_STATE_OUT:
		return arena_text(arena, "is out of service");
	case REASON_NO_ADDRESS:
		return arena_format(arena, "has no %s address",
			m->families == FAMILY_4 ? "IPv4" : m->families == FAMILY_6 ? "IPv6" : "IP");
	case REASON_ROSTER:
		return arena_format(arena, "was no member when the pool was %s",
			m->source->state == POOL_FROZEN ? "frozen" : "told to shrink");
	case REASON_SIZE:
		return arena_format(arena, "the pool wants %lld members, and has them",
			(long long)m->source->size);
	case REASON_EMPTY:
		return arena_text(arena, "the pool is retired and answers nothing");
	case REASON_TLS_UNKNOWN:
		return arena_text(arena, "nobody knows what TLS versions it speaks");
	case REASON_TLS:
		return tls_reason(m, seat, arena);
	case REASON_DOWN:
	case REASON_NO_WEIGHT:
	case REASON_PING:
		return weak_reason(seat, arena);
	}
	return arena_text(arena, "?");
}
