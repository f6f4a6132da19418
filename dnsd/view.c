/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/view.h"

#include <stdlib.h>

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
		struct zone_view *zone = s->zones[i];
		uint64_t hash = hash_name(zone->name.wire), at = hash;
		while (s->slots[at & s->slot_mask].zone != NULL)
			at++;
		s->slots[at & s->slot_mask] = (struct zone_slot){ hash, zone };
		s->depths[zone->labels >> 6] |= UINT64_C(1) << (zone->labels & 63);
	}
	return DONE;
}

int snapshot_new(struct zone_view **zones, size_t count, const struct fleet *fleet, int64_t day,
	struct arena *arena, struct snapshot **snapshot, struct error *e)
{
	struct snapshot *s = calloc(1, sizeof *s);
	if (s == NULL)
		return fail(e, FAILED, "out of memory");
	s->arena = *arena;
	s->zone_count = count;
	s->zones = arena_take(&s->arena, (count + 1) * sizeof *s->zones);
	int outcome = s->zones == NULL ? fail(e, FAILED, "out of memory") : DONE;
	if (outcome == DONE && count > 0)
		memcpy(s->zones, zones, count * sizeof *zones);
	if (outcome == DONE)
		outcome = index_zones(s, e);
	if (outcome == DONE)
		outcome = pools_build(fleet, day, &s->arena, &s->pools, e);
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
	struct arena arena = s->arena;
	arena_free(&arena);
	free(s);
}
