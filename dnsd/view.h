/* SPDX-License-Identifier: BSD-2-Clause */
/* The picture from which every query is answered. Two halves: zones and pools in a snapshot that is
 * built aside and swapped; hosts in a table that is patched in place. Readers are in RCU (QSBR)
 * read-side sections and never wait; the loader thread alone writes. */
#ifndef DNSD_VIEW_H
#define DNSD_VIEW_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "dnsd/hosts.h"
#include "dnsd/pool_view.h"
#include "dnsd/zone_view.h"

struct zone_slot {
	uint64_t hash;
	struct zone_view *zone; /* NULL: empty */
};

struct snapshot {
	struct zone_view **zones; /* in the order of their names as text */
	size_t zone_count;
	struct zone_slot *slots;
	uint64_t slot_mask;
	uint64_t depths[2]; /* bit n of both: there are zones of n labels */
	struct pools pools;
	struct arena arena; /* of all but the zones */
};

struct view {
	struct snapshot *_Atomic snapshot; /* never NULL once queries are answered */
	struct hosts *_Atomic hosts;        /* swapped only when all of it is read anew */
	_Atomic uint32_t serial; /* of every zone (RFC 1982): the registry's revision */
};

static inline const struct snapshot *view_snapshot(const struct view *view)
{
	return atomic_load_explicit(&view->snapshot, memory_order_consume);
}

static inline const struct table *view_hosts(const struct view *view)
{
	return &atomic_load_explicit(&view->hosts, memory_order_consume)->names;
}

/* A snapshot of these zones, which it holds from now on, and pools, computed from the fleet for a
 * day. ARENA, in which the fleet lives, becomes the snapshot's. FAILED when memory is out: then
 * zones and arena stay the caller's. */
int snapshot_new(struct zone_view **zones, size_t count, const struct fleet *, int64_t day,
	struct arena *arena, struct snapshot **, struct error *);

/* Gives its zones back and frees it; no reader may be left. NULL is passed over. */
void snapshot_free(struct snapshot *);

/* The zone of this depth in labels that is a suffix of the name; NULL. */
static inline struct zone_view *snapshot_zone_at(const struct snapshot *s, const struct scan *name,
	unsigned depth)
{
	size_t size;
	const uint8_t *suffix = scan_suffix(name, name->labels - depth, &size);
	uint64_t hash = scan_hash(name, name->labels - depth);
	for (uint64_t i = hash;; i++) {
		const struct zone_slot *slot = &s->slots[i & s->slot_mask];
		if (slot->zone == NULL)
			return NULL;
		if (slot->hash == hash && slot->zone->name.size == size
			&& table_same_name(slot->zone->name.wire, suffix, size))
			return slot->zone;
	}
}

/* The same among depths FROM to FROM + 63, of MOST at most. */
static inline struct zone_view *snapshot_zone_among(const struct snapshot *s, const struct scan *name,
	unsigned from, unsigned most)
{
	uint64_t depths = s->depths[from >> 6] & UINT64_MAX >> (63 - (most - from));
	while (depths != 0) {
		unsigned bit = 63 - (unsigned)__builtin_clzll(depths);
		struct zone_view *zone = snapshot_zone_at(s, name, from + bit);
		if (zone != NULL)
			return zone;
		depths ^= UINT64_C(1) << bit;
	}
	return NULL;
}

/* The longest zone that is a suffix of the name, of MOST labels at most; NULL. */
static inline struct zone_view *snapshot_zone(const struct snapshot *s, const struct scan *name,
	unsigned most)
{
	if (most < 64)
		return snapshot_zone_among(s, name, 0, most);
	struct zone_view *zone = snapshot_zone_among(s, name, 64, most);
	return zone != NULL ? zone : snapshot_zone_among(s, name, 0, 63);
}

#endif
