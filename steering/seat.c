/* SPDX-License-Identifier: BSD-2-Clause */
#include "steering/seat.h"

#include <string.h>

int seat_require(const struct fleet *fleet, const struct pool *pool, struct arena *arena,
	struct requirement *r, struct error *e)
{
	r->releases = arena_take(arena, (fleet->release_count + 1) * sizeof(void *));
	if (r->releases == NULL)
		return fail(e, FAILED, "out of memory");
	for (size_t i = 0; i < fleet->release_count && pool->tls == 0; i++)
		if (text_lists(fleet->releases[i].pools, pool->label))
			r->releases[r->count++] = &fleet->releases[i];
	return DONE;
}

/* The first of the fleet's rules whose pool is not before LABEL. */
static size_t first_rule(const struct fleet *fleet, const char *label)
{
	size_t low = 0, high = fleet->rule_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(fleet->rules[middle].pool, label) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct rule *seat_rules(const struct fleet *fleet, const struct pool *pool, size_t *count)
{
	size_t first = first_rule(fleet, pool->label), end = first;
	while (end < fleet->rule_count && strcmp(fleet->rules[end].pool, pool->label) == 0)
		end++;
	*count = end - first;
	return end == first ? NULL : &fleet->rules[first];
}

const struct rule *seat_rule(const struct rule *rules, size_t count, const struct relay *relay)
{
	size_t low = 0, high = count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(rules[middle].relay, relay->name);
		if (order == 0)
			return &rules[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
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
	} else if (s->closed && !text_lists(s->pool->roster, relay->name)) {
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

void seat_admit(const struct seating *s, const struct rule *rule, struct seat *seat)
{
	admit(s, rule, seat);
	if (seat->in)
		listen_for_pings(&s->requirement, seat);
}

bool seat_well(const struct seat *seat)
{
	return seat->offer->health != HEALTH_DOWN && seat->offer->relay->weight > 0
		&& seat->blocker == NULL;
}

/* Why one that could be in is not well. */
enum reason seat_weakness(const struct seat *seat)
{
	if (seat->offer->health == HEALTH_DOWN)
		return REASON_DOWN;
	return seat->offer->relay->weight > 0 ? REASON_PING : REASON_NO_WEIGHT;
}
