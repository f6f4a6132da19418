/* SPDX-License-Identifier: BSD-2-Clause */
/* Snapshots made and freed, and their indexes of zones by name. */
#include "dnsd/view/view.h"

#include <stdlib.h>

const struct zone_view *snapshot_find(const struct snapshot *s, const uint8_t *name, size_t size)
{
	uint64_t hash = hash_name(name, size);
	for (uint64_t i = hash;; i++) {
		const struct zone_slot *slot = &s->slots[i & s->slot_mask];
		if (slot->zone == NULL)
			return NULL;
		if (slot->hash == hash && slot->zone->name.size == size
			&& name_table_same_name(slot->zone->name.wire, name, size))
			return slot->zone;
	}
}

static int index_zones(struct snapshot *s, struct error *e)
{
	uint64_t count = 8;
	while (count < s->zone_count * 2)
		count *= 2;
	s->slot_mask = count - 1;
	s->slots = arena_take(&s->arena, count * sizeof *s->slots);
	if (s->slots == NULL)
		return fail(e, FAILED, "out of memory");
	for (size_t i = 0; i < s->zone_count; i++) {
		uint64_t at = s->zones[i]->hash;
		while (s->slots[at & s->slot_mask].zone != NULL)
			at++;
		s->slots[at & s->slot_mask] = (struct zone_slot){ s->zones[i]->hash, s->zones[i] };
	}
	return DONE;
}

/* How many labels the zone's name has more than that of the nearest zone above it; 0 where there is none above. */
static unsigned labels_below(const struct snapshot *s, const struct zone_view *zone)
{
	const uint8_t *at = zone->name.wire, *end = at + zone->name.size;
	for (unsigned labels = 1; *at != 0; labels++) {
		at = name_above(at);
		if (snapshot_find(s, at, (size_t)(end - at)) != NULL)
			return labels;
	}
	return 0;
}

static void note_above(struct snapshot *s, const struct zone_view *zone)
{
	const uint8_t *at = zone->name.wire, *end = at + zone->name.size;
	for (unsigned labels = labels_below(s, zone); labels > 1; labels--) {
		at = name_above(at);
		uint64_t hash = hash_name(at, (size_t)(end - at)), i = hash;
		while (s->above[i & s->above_mask] != 0 && s->above[i & s->above_mask] != hash)
			i++;
		s->above[i & s->above_mask] = hash;
	}
}

static int index_above(struct snapshot *s, struct error *e)
{
	uint64_t count = 0, slots = 2;
	for (size_t i = 0; i < s->zone_count; i++) {
		unsigned labels = labels_below(s, s->zones[i]);
		count += labels > 1 ? labels - 1 : 0;
	}
	if (count == 0)
		return DONE;
	while (slots < count * 2)
		slots *= 2;
	s->above = arena_take(&s->arena, slots * sizeof *s->above);
	if (s->above == NULL)
		return fail(e, FAILED, "out of memory");
	s->above_mask = slots - 1;
	for (size_t i = 0; i < s->zone_count; i++)
		note_above(s, s->zones[i]);
	return DONE;
}

static void index_depths(struct snapshot *s)
{
	size_t count[NAME_LABELS + 1] = { 0 };
	const struct zone_view *last[NAME_LABELS + 1];
	for (size_t i = 0; i < s->zone_count; i++) {
		count[s->zones[i]->labels]++;
		last[s->zones[i]->labels] = s->zones[i];
	}
	for (unsigned labels = NAME_LABELS + 1; labels-- > 0;)
		if (count[labels] > 0)
			s->depths[s->depth_count++] =
				(struct zone_depth){ labels, count[labels] == 1 ? last[labels] : NULL };
}

static uint64_t numbers; /* loader thread only */

int snapshot_new(struct zone_view **zones, size_t count, const struct key_ring *ring, const struct fleet *fleet,
	int64_t date, const struct snapshot *earlier, struct arena *arena, struct snapshot **snapshot, struct error *e)
{
	struct snapshot *s = calloc(1, sizeof *s);
	if (s == NULL)
		return fail(e, FAILED, "out of memory");
	s->number = ++numbers;
	s->arena = *arena;
	s->zone_count = count;
	s->ring = *ring;
	s->zones = arena_take(&s->arena, (count + 1) * sizeof *s->zones);
	int outcome = s->zones == NULL ? fail(e, FAILED, "out of memory") : DONE;
	if (outcome == DONE && count > 0)
		memcpy(s->zones, zones, count * sizeof *zones);
	if (outcome == DONE)
		outcome = index_zones(s, e);
	if (outcome == DONE)
		outcome = index_above(s, e);
	if (outcome == DONE) {
		index_depths(s);
		outcome = pools_build(fleet, date, earlier == NULL ? NULL : &earlier->pools, &s->arena, &s->pools, e);
	}
	*arena = s->arena; /* it may have grown */
	if (outcome != DONE) {
		free(s);
		return outcome;
	}
	for (size_t i = 0; i < count; i++)
		zones[i]->holders++;
	*arena = (struct arena){ 0 };
	*snapshot = s;
	return DONE;
}

void snapshot_free(struct snapshot *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->zone_count; i++)
		if (--s->zones[i]->holders == 0)
			zone_view_free(s->zones[i]);
	key_ring_forget(&s->ring);
	if (s->catalog != NULL)
		zone_view_free(s->catalog);
	secondaries_forget(s->secondaries, s->secondary_count);
	struct arena arena = s->arena;
	arena_free(&arena);
	free(s);
}
