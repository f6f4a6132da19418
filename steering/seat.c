/* SPDX-License-Identifier: BSD-2-Clause */
/* The rules by which a relay has a seat, in the order in which they decide. */
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

/* As seat_admit, without the pings. */
static void admit(const struct seating *s, const struct rule *rule, struct seat *seat)
{
	static const enum reason by_state[] = { [RELAY_INVITED] = REASON_INVITED,
		[RELAY_TESTING] = REASON_TESTING, [RELAY_DRAINING] = REASON_DRAINING,
		[RELAY_OUT] = REASON_STATE_OUT };
	const struct relay *relay = seat->offer->relay;
	seat->dark = (seat->offer->live & s->families) == 0;
	if (relay->state != RELAY_SERVICE) {
		seat->reason = by_state[relay->state];
	} else if (rule != NULL && rule->verdict == RULE_EXCLUDE) {
		seat->reason = REASON_EXCLUDED;
	} else if ((seat->offer->families & s->families) == 0) {
		seat->reason = REASON_NO_ADDRESS;
	} else if (rule != NULL) {
		seat->reason = REASON_INCLUDED;
		seat->included = seat->in = true;
	} else if (!compatible(s->pool, &s->requirement, seat)) {
		return;
	} else if (s->closed && !text_lists(s->pool->roster, relay->name)) {
		seat->reason = REASON_ROSTER;
	} else {
		seat->reason = REASON_COMPATIBLE;
		seat->in = true;
	}
}

/* Clients ping before they connect, and pass over a relay that does not answer. That makes it weak, not incompatible:
 * a pool that has no better relay gives it out. A relay that the operator included need not answer pings. */
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

static bool looks_up(const struct seat *seat)
{
	return seat->offer->health != HEALTH_DOWN && !seat->dark;
}

static bool certified(const struct seating *s, const struct seat *seat)
{
	return s->pool->certificate == 0 || seat->offer->certificate != CERTIFICATE_FOREIGN
		|| seat->included;
}

bool seat_well(const struct seating *s, const struct seat *seat)
{
	return looks_up(seat) && seat->offer->relay->weight > 0 && seat->blocker == NULL && certified(s, seat);
}

/* Why a seat that is in does not look well; REASON_COMPATIBLE if it does. */
enum reason seat_weakness(const struct seating *s, const struct seat *seat)
{
	if (!looks_up(seat))
		return REASON_DOWN;
	if (seat->offer->relay->weight == 0)
		return REASON_NO_WEIGHT;
	return seat->blocker != NULL ? REASON_PING : certified(s, seat) ? REASON_COMPATIBLE : REASON_CERTIFICATE;
}

bool seat_last_resort(const struct pool *pool, const struct tally *t)
{
	size_t least = pool->least > 1 ? (size_t)pool->least : 1;
	bool few = t->well < least && t->admitted > t->well;
	bool failing = t->ill > 0 && t->well * 100 < (t->well + t->ill) * (size_t)pool->open_below;
	return few || failing;
}

bool seat_same_resort(const struct pool *a, const struct pool *b)
{
	return a->least == b->least && a->open_below == b->open_below;
}

/* Which releases to keep where no relay suits all. */

/* Whether A is the later release, as far as one can tell: by the newest TLS that it speaks, then by version. */
static bool newer(const struct release *a, const struct release *b)
{
	if (b == NULL || a->tls == b->tls)
		return b == NULL || strverscmp(a->version, b->version) > 0;
	return a->tls > b->tls;
}

struct part {
	int64_t clients;
	const struct release *newest;
	size_t releases;
};

static struct part part_of(const struct requirement *r, const struct offer *offer)
{
	struct part part = { 0 };
	for (size_t i = 0; i < r->count; i++) {
		const struct release *release = r->releases[i];
		if (((tls_set)release->tls & offer->tls) == 0)
			continue;
		part.clients += release->clients;
		part.releases++;
		if (newer(release, part.newest))
			part.newest = release;
	}
	return part;
}

static bool better(const struct part *a, const struct part *b)
{
	if (a->releases == 0 || b->releases == 0)
		return a->releases > 0 && b->releases == 0;
	if (a->clients != b->clients)
		return a->clients > b->clients;
	return a->newest != b->newest ? newer(a->newest, b->newest) : a->releases > b->releases;
}

bool seat_compromise(struct requirement *r, const struct seat *candidates, size_t count)
{
	struct part best = { 0 };
	const struct offer *chosen = NULL;
	bool well = false;
	for (size_t i = 0; i < count; i++) {
		const struct seat *seat = &candidates[i];
		bool sound = looks_up(seat) && seat->offer->relay->weight > 0;
		struct part part = part_of(r, seat->offer);
		/* a relay that looks well comes before one that serves more */
		if (seat->reason != REASON_TLS || part.releases == 0 || sound < well)
			continue;
		if (sound > well || better(&part, &best)) {
			best = part;
			chosen = seat->offer;
		}
		well = sound;
	}
	size_t kept = 0;
	for (size_t i = 0; chosen != NULL && i < r->count; i++)
		if (((tls_set)r->releases[i]->tls & chosen->tls) != 0)
			r->releases[kept++] = r->releases[i];
	if (chosen != NULL)
		r->count = kept;
	return chosen != NULL;
}

/* How much a relay serves. */

struct service seat_service(const struct seating *s, const struct offer *offer)
{
	struct service service = { 0 };
	tls_set wanted = (tls_set)s->pool->tls;
	for (size_t i = 0; i < s->fleet->release_count; i++) {
		const struct release *release = &s->fleet->releases[i];
		if (!text_lists(release->pools, s->pool->label))
			continue;
		wanted |= (tls_set)release->tls;
		if (((tls_set)release->tls & offer->tls) == 0)
			continue;
		service.clients += release->clients;
		service.releases++;
	}
	service.versions = __builtin_popcount((unsigned)wanted & offer->tls);
	return service;
}

int seat_compare_service(const struct service *a, const struct service *b)
{
	if (a->clients != b->clients)
		return a->clients < b->clients ? -1 : 1;
	if (a->releases != b->releases)
		return a->releases < b->releases ? -1 : 1;
	return (a->versions > b->versions) - (a->versions < b->versions);
}
