/* SPDX-License-Identifier: BSD-2-Clause */
/* Members of a pool: what relays offer, their seats compared and cut to the pool's size, and when that changes by itself. */
#include "steering/steering.h"

#include <stdlib.h>
#include <string.h>

#include "steering/brownout.h"
#include "steering/choose.h"
#include "steering/label.h"
#include "steering/quorum.h"
#include "steering/seat.h"
#include "steering/successor.h"

static void take_families(struct offer *offer, uint8_t down)
{
	const char *rest = offer->relay->addresses;
	struct address address;
	for (unsigned place = 0; address_next(&rest, &address); place++) {
		unsigned family = label_family(address.family);
		offer->families |= family;
		offer->live |= (down >> place & 1) == 0 ? family : 0;
	}
	offer->down = down;
}

/* The weight now, in hundredths. It grows once a minute, so that answers change no oftener. */
static int64_t ramped(const struct relay *relay, int64_t now)
{
	int64_t age = now - relay->since;
	if (now == 0 || relay->since == 0 || age >= STEERING_RAMP || age < -STEERING_RAMP) /* since is in the future: a clock was ahead */
		return relay->weight * 100;
	return relay->weight * (25 * STEERING_RAMP + 75 * (age < 0 ? 0 : age / 60 * 60)) / STEERING_RAMP;
}

static void observe(struct offer *offer, const struct observation *from, size_t count)
{
	struct verdict verdict;
	quorum_fold(from, count, offer->relay->addresses, &verdict);
	take_families(offer, verdict.down);
	offer->certificate = verdict.certificate;
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
			.weight = ramped(relay, fleet->now) };
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

/* Gives out the relays that look well; or, where too few do, all that were admitted. */
static void settle(const struct seating *s, struct membership *m, const struct tally *t)
{
	m->last_resort = seat_last_resort(s->pool, t);
	m->members = m->last_resort ? t->admitted : t->well;
	for (struct seat *seat = m->seats; seat < m->seats + m->count; seat++) {
		if (!seat->in || seat_well(s, seat))
			continue;
		seat->in = m->last_resort;
		seat->reason = m->last_resort ? REASON_LAST_RESORT : seat_weakness(s, seat);
	}
}

struct ranked {
	struct seat *seat;
	struct service service;
	double distance;
};

static int compare_ranked(const void *left, const void *right)
{
	const struct ranked *a = left, *b = right;
	if (a->seat->included != b->seat->included)
		return a->seat->included ? -1 : 1;
	int service = seat_compare_service(&b->service, &a->service);
	if (service != 0)
		return service;
	return (a->distance > b->distance) - (a->distance < b->distance);
}

/* A pool with more members than its size gives up those that serve least of what it is for. Among equals, steering_rank
 * decides, which depends on nothing but the relay itself: few clients move, and when a member falls ill the next in
 * rank takes its place. */
static int cut_to_size(const struct seating *s, struct membership *m, struct arena *arena, struct error *e)
{
	const struct pool *pool = s->pool;
	if (pool->size <= 0 || m->last_resort || m->members <= (size_t)pool->size)
		return DONE;
	struct ranked *ranked = arena_take(arena, m->members * sizeof *ranked);
	size_t count = 0;
	if (ranked == NULL)
		return fail(e, FAILED, "out of memory");
	for (struct seat *seat = m->seats; seat < m->seats + m->count; seat++) {
		const struct relay *relay = seat->offer->relay;
		if (seat->in)
			ranked[count++] = (struct ranked){ seat, seat_service(s, seat->offer),
				steering_rank(relay) };
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
	struct tally t = { 0 };
	size_t rule_count;
	const struct rule *rules = seat_rules(s->fleet, s->pool, &rule_count);
	for (size_t i = 0; i < m->count; i++) {
		struct seat *seat = &m->seats[i];
		*seat = (struct seat){ .offer = &offers[i] };
		seat_admit(s, seat_rule(rules, rule_count, offers[i].relay), seat);
		t.admitted += seat->in;
		t.well += seat->in && seat_well(s, seat);
		t.ill += seat->in && seat_weakness(s, seat) == REASON_DOWN && offers[i].relay->weight > 0;
	}
	settle(s, m, &t);
	return cut_to_size(s, m, arena, e);
}

/* Lists the releases of ALL that are not in KEPT. */
static int leave_out(struct membership *m, const struct requirement *kept, const struct requirement *all,
	struct arena *arena, struct error *e)
{
	m->left_out = arena_take(arena, (all->count + 1) * sizeof(void *));
	if (m->left_out == NULL)
		return fail(e, FAILED, "out of memory");
	m->left_out_count = 0;
	for (size_t i = 0, k = 0; i < all->count; i++) {
		if (k < kept->count && kept->releases[k] == all->releases[i])
			k++;
		else
			m->left_out[m->left_out_count++] = all->releases[i];
	}
	return DONE;
}

/* For when no relay suits all of the pool's releases. An empty answer would help nobody, so relays are given out that
 * most clients can use. */
static int compromise(struct seating *s, const struct offer *offers, struct membership *m, struct arena *arena,
	struct error *e)
{
	struct requirement all = { 0 };
	int outcome = seat_require(s->fleet, s->pool, arena, &all, e);
	if (outcome != DONE || !seat_compromise(&s->requirement, m->seats, m->count))
		return outcome;
	outcome = seat_all(s, offers, m, arena, e);
	return outcome == DONE ? leave_out(m, &s->requirement, &all, arena, e) : outcome;
}

static int seat_pool(const struct fleet *fleet, const struct offer *offers, bool strictly, struct arena *arena,
	struct membership *m, struct error *e)
{
	struct seating s = { .fleet = fleet, .pool = m->source, .families = m->families,
		.closed = m->source->state == POOL_FROZEN || m->source->state == POOL_SHRINKING };
	int outcome = seat_require(fleet, s.pool, arena, &s.requirement, e);
	if (outcome != DONE)
		return outcome;
	outcome = seat_all(&s, offers, m, arena, e);
	if (outcome == DONE && m->members == 0 && s.closed) { /* no relay of the roster is left */
		s.closed = false; /* any compatible relay is better than none */
		outcome = seat_all(&s, offers, m, arena, e);
	}
	if (outcome == DONE && m->members == 0 && !strictly)
		outcome = compromise(&s, offers, m, arena, e);
	return outcome;
}

int steering_pool(const struct fleet *fleet, const struct offer *offers, const struct pool *pool,
	struct arena *arena, struct membership *m, struct error *e)
{
	*m = (struct membership){ .pool = pool, .bits = choose_bits(fleet, pool), .source = successor_source(fleet, pool), .count = fleet->relay_count,
		.families = label_families(pool->label, strlen(pool->label)) };
	m->seats = arena_take(arena, (m->count + 1) * sizeof *m->seats);
	if (m->seats == NULL)
		return fail(e, FAILED, "out of memory");
	if (m->source->state == POOL_RETIRED && m->source->tombstone == TOMBSTONE_EMPTY) {
		for (size_t i = 0; i < m->count; i++)
			m->seats[i] = (struct seat){ .offer = &offers[i], .reason = REASON_EMPTY };
		return DONE;
	}
	/* a successor without members is replaced by the pool's own relays; compromises come last */
	const struct pool *const sources[] = { m->source, pool };
	int outcome = DONE;
	for (int turn = 0; turn < 4 && outcome == DONE && m->members == 0; turn++) {
		if (turn % 2 == 1 && sources[0] == pool)
			continue;
		m->source = sources[turn % 2];
		outcome = seat_pool(fleet, offers, turn < 2, arena, m, e);
	}
	return outcome;
}

int64_t steering_next(const struct fleet *fleet)
{
	int64_t next = INT64_MAX, now = fleet->now;
	for (size_t i = 0; i < fleet->pool_count; i++) {
		int64_t change = brownout_next(fleet, &fleet->pools[i]);
		next = change < next ? change : next;
	}
	for (size_t i = 0; i < fleet->relay_count; i++) {
		const struct relay *relay = &fleet->relays[i];
		int64_t age = now - relay->since;
		if (relay->since == 0 || relay->state != RELAY_SERVICE || age >= STEERING_RAMP)
			continue;
		int64_t step = relay->since + (age < -STEERING_RAMP ? -STEERING_RAMP : age < 0 ? 60 : (age / 60 + 1) * 60);
		next = step < next ? step : next;
	}
	return next;
}
