/* SPDX-License-Identifier: BSD-2-Clause */
/* The picture from which every query is answered. Two halves: zones and pools in a snapshot that is
 * built aside and swapped; hosts in a table that is patched in place. Readers are in RCU (QSBR)
 * read-side sections and never wait; the loader thread alone writes. */
#ifndef DNSD_VIEW_VIEW_H
#define DNSD_VIEW_VIEW_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "dnsd/view/hosts.h"
#include "dnsd/view/key_ring.h"
#include "dnsd/view/pool_view.h"
#include "dnsd/view/zone_view.h"

struct zone_slot {
	uint64_t hash;
	struct zone_view *zone; /* NULL: empty */
};

struct zone_depth {
	unsigned labels; /* how many labels these zones' names have */
	const struct zone_view *only; /* the only such zone; NULL if there are several */
};

struct snapshot {
	uint64_t number; /* different for each snapshot of this process */
	struct zone_view **zones; /* in the order of their names as text */
	size_t zone_count;
	struct zone_slot *slots;
	uint64_t slot_mask;
	struct zone_depth depths[NAME_LABELS + 1]; /* one for each number of labels that some zone has, the deepest first */
	unsigned depth_count;
	uint64_t *above; /* a hash set of names within one of our zones, below which there is another one; 0: a free slot */
	uint64_t above_mask; /* 0: there are no such names */
	struct pools pools;
	struct key_ring ring;
	struct zone_view *catalog; /* for those who may transfer; NULL: there is none */
	struct secondary_view *secondaries;
	size_t secondary_count;
	struct arena arena; /* holds all but the zones */
};

struct view {
	struct snapshot *_Atomic snapshot; /* never NULL once queries are answered */
	struct hosts *_Atomic hosts;        /* swapped only when all of it is read anew */
	_Atomic uint32_t serial; /* of every zone (RFC 1982): the registry's revision plus offset */
	_Atomic uint32_t offset; /* 0, unless the registry went back (registry/serial.h) */
	_Atomic bool stale;      /* the registry could not be read the last time */
};

static inline const struct snapshot *view_snapshot(const struct view *view)
{
	return atomic_load_explicit(&view->snapshot, memory_order_consume);
}

static inline const struct name_table *view_hosts(const struct view *view)
{
	return &atomic_load_explicit(&view->hosts, memory_order_consume)->names;
}

/* Makes a snapshot of zones, keys, and pools, which are computed from the fleet for a date in seconds. EARLIER is the
 * snapshot that it will replace, or NULL. The snapshot holds the zones from now on, and takes over ARENA, in which fleet
 * and keys live. FAILED when memory is out: then zones and arena stay the caller's. */
int snapshot_new(struct zone_view **zones, size_t count, const struct key_ring *, const struct fleet *,
	int64_t date, const struct snapshot *earlier, struct arena *arena, struct snapshot **, struct error *);

/* Frees the snapshot, and the zones that no other snapshot holds; no reader may be left. NULL is ignored. */
void snapshot_free(struct snapshot *);

/* The zone of exactly this name, SIZE octets in lower-case wire form; NULL when there is none. */
const struct zone_view *snapshot_find(const struct snapshot *, const uint8_t *name, size_t size);

/* Whether the name of this hash, in a zone of ours, has another zone of ours below it. Then it exists, even if it owns
 * nothing (RFC 8020). */
static inline bool snapshot_has_below(const struct snapshot *s, uint64_t hash)
{
	if (s->above_mask == 0)
		return false;
	for (uint64_t i = hash;; i++) {
		uint64_t slot = s->above[i & s->above_mask];
		if (slot == 0 || slot == hash)
			return slot == hash;
	}
}

/* The zone with the longest name, of at most MOST labels, that the name is at or below; NULL when there is none. */
static inline const struct zone_view *snapshot_zone(const struct snapshot *s, const struct scan *name,
	unsigned most)
{
	for (const struct zone_depth *d = s->depths, *end = d + s->depth_count; d < end; d++) {
		if (d->labels > most)
			continue;
		size_t size;
		const uint8_t *suffix = scan_suffix(name, name->labels - d->labels, &size);
		const struct zone_view *zone = d->only;
		if (zone == NULL)
			zone = snapshot_find(s, suffix, size);
		else if (zone->name.size != size || !name_table_same_name(zone->name.wire, suffix, size))
			zone = NULL;
		if (zone != NULL)
			return zone;
	}
	return NULL;
}

#endif
