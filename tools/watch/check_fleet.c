/* SPDX-License-Identifier: BSD-2-Clause */
/* What `windsock check` finds in the fleet, by the survey alone: pools, relays, probers. */
#include <string.h>

#include "lib/address.h"
#include "steering/quorum.h"
#include "tools/watch/check.h"

/* Says why the relays that a pool gives out as its last resort do not look well: "r1 looks down: refused; r2 has weight
 * 0". */
static const char *weaknesses(const struct membership *m, size_t *weak, struct arena *arena)
{
	const char *all = "";
	*weak = 0;
	for (size_t i = 0; i < m->count; i++) {
		const struct seat *seat = &m->seats[i];
		if (seat->reason != REASON_LAST_RESORT)
			continue;
		char *why = steering_reason(m, seat, arena), *rest = why == NULL ? NULL : strstr(why, ", and ");
		if (rest != NULL)
			*rest = '\0'; /* cuts off what the reason says of all other relays, which is said below */
		all = arena_format(arena, "%s%s%s %s", all, *weak > 0 ? "; " : "", seat->offer->relay->name,
			why == NULL ? "?" : why);
		if (all == NULL)
			return "?";
		(*weak)++;
	}
	return all;
}

static bool all_down(const struct membership *m)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->seats[i].in && m->seats[i].offer->health != HEALTH_DOWN)
			return false;
	return true;
}

const char *check_last_resort(const struct membership *m, bool *any_well, struct arena *arena)
{
	size_t weak;
	const char *why = weaknesses(m, &weak, arena);
	*any_well = weak < m->members;
	if (!*any_well && all_down(m))
		return arena_format(arena, "all relays of pool %s look down", m->pool->label);
	return arena_format(arena, "%zu of %zu relays of pool %s %s well, and all are given out: %s", m->members - weak,
		m->members, m->pool->label, m->members - weak == 1 ? "is" : "are", why);
}

static bool is_silent_by_order(const struct pool *pool)
{
	return pool->state == POOL_RETIRED && pool->tombstone == TOMBSTONE_EMPTY;
}

/* Adds the worst finding about a pool. A retired pool that still answers is judged, too, but not by its size. */
static void check_pool(struct findings *v, const struct membership *m, struct arena *arena)
{
	const char *label = m->pool->label;
	bool any_well, retired = m->pool->state == POOL_RETIRED;
	if (m->members == 0 && !is_silent_by_order(m->pool) && !is_silent_by_order(m->source))
		find(v, LEVEL_CRITICAL, arena_format(arena, "pool %s has no compatible relay", label));
	else if (m->members == 0)
		return;
	else if (m->left_out_count > 0)
		find(v, LEVEL_CRITICAL, arena_format(arena, "no relay suits all releases of pool %s: it leaves out %s", label,
			steering_left_out(m, arena)));
	else if (m->last_resort) {
		const char *what = check_last_resort(m, &any_well, arena);
		find(v, any_well ? LEVEL_WARNING : LEVEL_CRITICAL, what);
	} else if (*m->pool->paused != '\0')
		find(v, LEVEL_WARNING, arena_format(arena, "pool %s does not shrink: %s", label, m->pool->paused));
	else if (!retired && m->pool->least > (int64_t)m->members)
		find(v, LEVEL_WARNING, arena_format(arena, "pool %s has %zu relay%s, and wants %lld at least", label, m->members,
			m->members == 1 ? "" : "s", (long long)m->pool->least));
	else if (!retired && m->members == 1)
		find(v, LEVEL_WARNING, arena_format(arena, "pool %s has one relay only", label));
}

/* Whether this is its prober's newest observation; of equally new ones, the first. */
static bool is_newest(const struct fleet *fleet, const struct observation *o)
{
	for (size_t i = 0; i < fleet->observation_count; i++) {
		const struct observation *other = &fleet->observations[i];
		if (strcmp(other->observer, o->observer) == 0
			&& (quorum_date(other) > quorum_date(o) || (quorum_date(other) == quorum_date(o) && other < o)))
			return false;
	}
	return true;
}

/* A prober repeats its observations every minute. One that does not is dead, and its observations are old. */
void check_probers(struct findings *v, const struct survey *s, struct arena *arena)
{
	const struct observation *newest = NULL;
	for (size_t i = 0; i < s->fleet.observation_count; i++) {
		const struct observation *o = &s->fleet.observations[i];
		if (quorum_is_prober(o) && (newest == NULL || quorum_date(o) > quorum_date(newest)))
			newest = o;
	}
	if (newest == NULL)
		return;
	int64_t silence = s->fleet.now - quorum_date(newest);
	if (silence > QUORUM_STALE) {
		find(v, LEVEL_CRITICAL, arena_format(arena, "nobody probes: the last word on any relay is %s's, %lld %s ago",
			newest->observer, (long long)(silence < 7200 ? silence / 60 : silence / 3600),
			silence < 7200 ? "minutes" : "hours"));
		return;
	}
	for (size_t i = 0; i < s->fleet.observation_count; i++) {
		const struct observation *o = &s->fleet.observations[i];
		silence = s->fleet.now - quorum_date(o);
		if (quorum_is_prober(o) && silence > QUORUM_STALE && is_newest(&s->fleet, o))
			find(v, LEVEL_WARNING, arena_format(arena, "prober %s has been silent for %lld minutes", o->observer,
				(long long)silence / 60));
	}
}

/* Warns of addresses that look down while the relay answers at others. */
static void check_addresses(struct findings *v, const struct offer *offer, struct arena *arena)
{
	const char *rest = offer->relay->addresses;
	char text[ADDRESS_TEXT];
	struct address address;
	for (unsigned place = 0; offer->health != HEALTH_DOWN && address_next(&rest, &address); place++) {
		if ((offer->down >> place & 1) == 0)
			continue;
		address_write(&address, text);
		find(v, LEVEL_WARNING, arena_format(arena, "relay %s looks down at %s, which is not given out",
			offer->relay->name, text));
	}
}

static void check_relays(struct findings *v, const struct survey *s, struct arena *arena)
{
	char said[TLS_TEXT], seen[TLS_TEXT];
	for (size_t i = 0; i < s->fleet.relay_count; i++) {
		const struct offer *offer = &s->offers[i];
		const struct relay *relay = offer->relay;
		tls_set lost = (tls_set)relay->tls & (tls_set)~offer->tls;
		if (relay->state != RELAY_SERVICE)
			continue;
		if (offer->health == HEALTH_DOWN)
			find(v, LEVEL_WARNING, arena_format(arena, "relay %s looks down%s%s", relay->name,
				*offer->health_reason == '\0' ? "" : ": ", offer->health_reason));
		check_addresses(v, offer, arena);
		if (offer->certificate == CERTIFICATE_FOREIGN)
			find(v, LEVEL_WARNING, arena_format(arena, "relay %s is of no use to clients that check certificates: "
				"it has none for a zone here, or no way to it by CONNECT", relay->name));
		if (!offer->tls_observed || lost == 0)
			continue;
		tls_write(lost, said);
		tls_write(offer->tls, seen);
		find(v, LEVEL_WARNING, arena_format(arena, "relay %s speaks %s, and no longer %s, as --tls says",
			relay->name, seen, said));
	}
}

/* Warns of probers whose clocks differ from ours. One that is ahead makes the others' observations look old. */
static void check_clocks(struct findings *v, const struct survey *s, struct arena *arena)
{
	enum { TOLERANCE = 120 };
	const char *told = "";
	for (size_t i = 0; i < s->fleet.observation_count; i++) {
		const struct observation *o = &s->fleet.observations[i];
		int64_t ahead = o->at - s->fleet.now;
		int64_t behind = o->heard > s->fleet.now + TOLERANCE ? 0 : o->heard - o->at;
		if (!quorum_is_prober(o) || text_lists(told, o->observer) || (ahead <= TOLERANCE && behind <= TOLERANCE))
			continue;
		const char *more = arena_format(arena, "%s %s", told, o->observer);
		told = more == NULL ? told : more;
		find(v, LEVEL_WARNING, arena_format(arena, "the clock of prober %s is %lld s %s", o->observer,
			(long long)(ahead > TOLERANCE ? ahead : behind), ahead > TOLERANCE ? "ahead" : "behind"));
	}
}

void check_fleet(struct findings *v, const struct survey *s, struct arena *arena)
{
	for (size_t i = 0; i < s->fleet.pool_count; i++)
		check_pool(v, &s->memberships[i], arena);
	check_relays(v, s, arena);
	check_relays_certificates(v, s, arena);
	check_clocks(v, s, arena);
	check_probers(v, s, arena);
}
