/* SPDX-License-Identifier: BSD-2-Clause */
/* All pools decided together: relays in classes, seats by class, hands dealt. */
#include "steering/bulk.h"

#include <stdlib.h>
#include <string.h>

#include "steering/choose.h"
#include "steering/hands.h"
#include "steering/label.h"
#include "steering/seat.h"

enum { BULK_ADDRESSES = 8 }; /* of a relay (model/model.c) */

static int no_memory(struct error *e)
{
	return fail(e, FAILED, "out of memory");
}

/* Classes: relays that a pool can tell apart by nothing but their names. */

static uint64_t class_key(const struct offer *offer)
{
	return (uint64_t)offer->relay->state | (uint64_t)offer->families << 8 | (uint64_t)offer->live << 12
		| (uint64_t)offer->tls << 16 | (uint64_t)offer->pings << 32 | (uint64_t)offer->health << 48
		| (uint64_t)offer->certificate << 52 | (uint64_t)(offer->relay->weight > 0) << 56;
}

/* By a hash table with open addressing, at most half full. */
static int sort_into_classes(struct bulk *b, struct error *e)
{
	size_t slots = 16;
	while (slots < 2 * b->relays)
		slots *= 2;
	uint32_t *slot = arena_take(b->arena, slots * sizeof *slot); /* class + 1 */
	if (slot == NULL)
		return no_memory(e);
	for (size_t i = 0; i < b->relays; i++) {
		uint64_t key = class_key(&b->offers[i]);
		size_t at = (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (slots - 1);
		while (slot[at] != 0 && class_key(&b->offers[b->representative[slot[at] - 1]]) != key)
			at = (at + 1) & (slots - 1);
		if (slot[at] == 0) {
			b->representative[b->classes] = (uint32_t)i;
			slot[at] = (uint32_t)++b->classes;
		}
		b->class_of[i] = slot[at] - 1;
		b->class_size[slot[at] - 1]++;
	}
	return DONE;
}

static int read_addresses(struct bulk *b, struct error *e)
{
	struct address address;
	size_t count = 0;
	for (size_t i = 0; i < b->relays; i++)
		for (const char *rest = b->offers[i].relay->addresses; address_next(&rest, &address);)
			count++;
	b->addresses = arena_take(b->arena, (count + 1) * sizeof *b->addresses);
	if (b->addresses == NULL)
		return no_memory(e);
	count = 0;
	for (size_t i = 0; i < b->relays; i++) {
		b->first[i] = (uint32_t)count;
		const char *rest = b->offers[i].relay->addresses;
		while (count - b->first[i] < BULK_ADDRESSES && address_next(&rest, &address))
			b->addresses[count++] = address;
	}
	b->first[b->relays] = (uint32_t)count;
	return DONE;
}

/* Releases by pool. */

static size_t pool_index(const struct fleet *fleet, const char *label, size_t length)
{
	size_t low = 0, high = fleet->pool_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const char *other = fleet->pools[middle].label;
		int order = strncmp(other, label, length);
		if (order == 0 && other[length] == '\0')
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return SIZE_MAX;
}

/* Visits each release and each pool that it looks up. Without RELEASE, counts the visits of a pool in the entry of
 * FIRST behind the pool's own; else enters the release at the pool's FIRST and moves that on. */
static void walk_releases(const struct fleet *fleet, uint32_t *first, uint32_t *release)
{
	size_t length;
	for (size_t i = 0; i < fleet->release_count; i++) {
		const char *rest = fleet->releases[i].pools;
		for (const char *word; (word = text_word(&rest, " ", &length)) != NULL;) {
			size_t pool = pool_index(fleet, word, length);
			if (pool == SIZE_MAX)
				continue;
			if (release != NULL)
				release[first[pool]] = (uint32_t)i;
			first[pool + (release == NULL)]++;
		}
	}
}

static int sort_releases(struct bulk *b, struct error *e)
{
	size_t pools = b->fleet->pool_count;
	b->release_first = arena_take(b->arena, (pools + 2) * sizeof *b->release_first);
	if (b->release_first == NULL)
		return no_memory(e);
	walk_releases(b->fleet, b->release_first, NULL);
	for (size_t i = 0; i < pools; i++)
		b->release_first[i + 1] += b->release_first[i];
	b->release = arena_take(b->arena, (b->release_first[pools] + 1u) * sizeof *b->release);
	if (b->release == NULL)
		return no_memory(e);
	walk_releases(b->fleet, b->release_first, b->release);
	/* each start now stands at its end: move them back */
	memmove(b->release_first + 1, b->release_first, pools * sizeof *b->release_first);
	b->release_first[0] = 0;
	return DONE;
}

int bulk_begin(const struct fleet *fleet, const struct offer *offers, struct arena *arena, struct bulk *b,
	struct error *e)
{
	size_t relays = fleet->relay_count;
	*b = (struct bulk){ .fleet = fleet, .offers = offers, .arena = arena, .relays = relays };
	b->class_of = arena_take(arena, (relays + 1) * sizeof *b->class_of);
	b->representative = arena_take(arena, (relays + 1) * sizeof *b->representative);
	b->class_size = arena_take(arena, (relays + 1) * sizeof *b->class_size);
	b->first = arena_take(arena, (relays + 1) * sizeof *b->first);
	if (b->class_of == NULL || b->representative == NULL || b->class_size == NULL || b->first == NULL)
		return no_memory(e);
	int outcome = sort_into_classes(b, e);
	if (outcome == DONE)
		outcome = read_addresses(b, e);
	return outcome == DONE ? sort_releases(b, e) : outcome;
}

/* One pool. */

/* A class's or a relay's part in a pool, before all are compared. */
enum { PART_ADMITTED = 1, PART_WELL = 2, PART_ILL = 4 };

static uint8_t part(const struct seating *s, const struct offer *offer, const struct rule *rule)
{
	struct seat seat = { .offer = offer };
	seat_admit(s, rule, &seat);
	if (!seat.in)
		return 0;
	if (seat_well(s, &seat))
		return PART_ADMITTED | PART_WELL;
	return seat_weakness(s, &seat) == REASON_DOWN && offer->relay->weight > 0 ? PART_ADMITTED | PART_ILL
		: PART_ADMITTED;
}

static int require(struct bulk *b, const struct pool *pool, struct requirement *r, struct error *e)
{
	size_t index = (size_t)(pool - b->fleet->pools);
	size_t first = b->release_first[index], end = b->release_first[index + 1];
	r->releases = arena_take(b->arena, (end - first + 1) * sizeof(void *));
	if (r->releases == NULL)
		return no_memory(e);
	for (size_t i = first; i < end && pool->tls == 0; i++)
		r->releases[r->count++] = &b->fleet->releases[b->release[i]];
	return DONE;
}

static size_t relay_index(const struct fleet *fleet, const char *name)
{
	size_t low = 0, high = fleet->relay_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(fleet->relays[middle].name, name);
		if (order == 0)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return SIZE_MAX;
}

/* The pattern: a part for each class, then relay and part for each rule. */
static uint8_t *make_pattern(struct bulk *b, const struct seating *s, size_t *size)
{
	size_t rule_count;
	const struct rule *rules = seat_rules(b->fleet, s->pool, &rule_count);
	uint8_t *pattern = arena_bytes(b->arena, b->classes + rule_count * 5 + 1), *at = pattern;
	if (pattern == NULL)
		return NULL;
	for (size_t c = 0; c < b->classes; c++)
		*at++ = part(s, &b->offers[b->representative[c]], NULL);
	for (size_t i = 0; i < rule_count; i++) {
		size_t relay = relay_index(b->fleet, rules[i].relay);
		if (relay == SIZE_MAX)
			continue;
		uint32_t number = (uint32_t)relay;
		memcpy(at, &number, sizeof number);
		at[4] = part(s, &b->offers[relay], &rules[i]);
		at += 5;
	}
	*size = (size_t)(at - pattern);
	return pattern;
}

bool bulk_alike(const struct bulk_pool *a, const struct bulk_pool *b)
{
	return a->families == b->families && seat_same_resort(a->pool, b->pool) && a->pattern_size == b->pattern_size
		&& memcmp(a->pattern, b->pattern, a->pattern_size) == 0;
}

void bulk_seat(const struct bulk *b, struct bulk_pool *p)
{
	struct tally t = { 0 };
	if (p->pattern == NULL)
		return;
	for (size_t i = 0; i < b->relays; i++)
		p->in[i] = p->pattern[b->class_of[i]];
	for (size_t at = b->classes; at < p->pattern_size; at += 5) {
		uint32_t relay;
		memcpy(&relay, p->pattern + at, sizeof relay);
		p->in[relay] = p->pattern[at + 4];
	}
	for (size_t i = 0; i < b->relays; i++) {
		t.admitted += (p->in[i] & PART_ADMITTED) != 0;
		t.well += (p->in[i] & PART_WELL) != 0;
		t.ill += (p->in[i] & PART_ILL) != 0;
	}
	bool last_resort = seat_last_resort(p->pool, &t);
	for (size_t i = 0; i < b->relays; i++)
		p->in[i] = (p->in[i] & (last_resort ? PART_ADMITTED : PART_WELL)) != 0;
	p->members = last_resort ? t.admitted : t.well;
}

/* By steering_pool, where membership depends on relays' names (rosters) or on how many members there are. */
static int one_by_one(struct bulk *b, struct bulk_pool *p, struct error *e)
{
	struct arena scratch = { 0 };
	struct membership m;
	int outcome = steering_pool(b->fleet, b->offers, p->pool, &scratch, &m, e);
	for (size_t i = 0; i < b->relays && outcome == DONE; i++)
		p->in[i] = m.seats[i].in;
	p->members = outcome == DONE ? m.members : 0;
	p->source = outcome == DONE ? m.source : p->pool;
	p->pattern = NULL;
	p->pattern_size = 0;
	arena_free(&scratch);
	return outcome;
}

/* Whether any relay could be a member. Where none could, steering_pool may still find a compromise among releases. */
static bool admits(const struct bulk *b, const struct bulk_pool *p)
{
	for (size_t at = b->classes; at < p->pattern_size; at += 5)
		if (p->pattern[at + 4] != 0)
			return true;
	for (size_t i = 0; i < b->classes; i++) {
		uint32_t left = b->class_size[i], relay; /* relays of the class that no rule names */
		for (size_t at = b->classes; p->pattern[i] != 0 && at < p->pattern_size; at += 5) {
			memcpy(&relay, p->pattern + at, sizeof relay);
			left -= b->class_of[relay] == i;
		}
		if (p->pattern[i] != 0 && left > 0)
			return true;
	}
	return b->relays == 0;
}

int bulk_pool(struct bulk *b, const struct pool *pool, uint8_t *in, struct bulk_pool *p, struct error *e)
{
	*p = (struct bulk_pool){ .pool = pool, .source = pool, .in = in,
		.families = label_families(pool->label, strlen(pool->label)) };
	if (pool->state != POOL_OPEN || pool->size > 0)
		return one_by_one(b, p, e);
	struct seating s = { .fleet = b->fleet, .pool = pool, .families = p->families };
	int outcome = require(b, pool, &s.requirement, e);
	if (outcome != DONE)
		return outcome;
	p->pattern = make_pattern(b, &s, &p->pattern_size);
	if (p->pattern == NULL)
		return no_memory(e);
	return admits(b, p) ? DONE : one_by_one(b, p, e);
}

/* Choices. */

/* The addresses of a family that a member gives out; LIST has room for all of a relay's. */
static unsigned list_addresses(const struct bulk *b, const struct bulk_pool *p, uint32_t relay, uint8_t family,
	bool anyway, struct address *list)
{
	unsigned count = 0;
	for (uint32_t a = b->first[relay]; a < b->first[relay + 1]; a++)
		if (b->addresses[a].family == family
			&& choose_gives(&b->offers[relay], p->families, a - b->first[relay], anyway))
			list[count++] = b->addresses[a];
	return count;
}

static bool nobody_offers(const struct bulk *b, const struct bulk_pool *p, uint8_t family)
{
	for (size_t i = 0; i < b->relays; i++)
		if (p->in[i] != 0 && choose_offers(&b->offers[i], p->families, family, false))
			return false;
	return true;
}

int bulk_give(const struct bulk *b, const struct bulk_pool *p, uint8_t family, struct arena *arena,
	struct bulk_given *g, struct error *e)
{
	struct address list[BULK_ADDRESSES];
	bool anyway = nobody_offers(b, p, family);
	*g = (struct bulk_given){ .relays = arena_take(arena, (p->members + 1) * sizeof *g->relays),
		.addresses = arena_take(arena, ((size_t)b->first[b->relays] + 1) * sizeof *g->addresses) };
	if (g->relays == NULL || g->addresses == NULL)
		return no_memory(e);
	if ((p->families & label_family(family)) == 0)
		return DONE;
	for (uint32_t i = 0; i < b->relays; i++) {
		unsigned count = p->in[i] == 0 ? 0 : list_addresses(b, p, i, family, anyway, list);
		if (count == 0 || g->address_count + count > HANDS_ADDRESSES)
			continue;
		g->relays[g->relay_count++] = (struct hands_relay){ b->offers[i].relay, b->offers[i].weight,
			&g->addresses[g->address_count], (uint32_t)g->address_count, count };
		memcpy(&g->addresses[g->address_count], list, count * sizeof *list);
		g->address_count += count;
	}
	return DONE;
}
