/* SPDX-License-Identifier: BSD-2-Clause */
/* All pools decided at once, for the name server: the same members and choices as steering_pool and steering_choose
 * find for one pool and one bucket, without the reasons. Relays that differ in nothing but their names are judged
 * once, as a class. Choices are dealt by steering/hands.h. Pure. */
#ifndef STEERING_BULK_H
#define STEERING_BULK_H

#include "steering/hands.h"
#include "steering/steering.h"

/* Borrows fleet, offers and arena. */
struct bulk {
	const struct fleet *fleet;
	const struct offer *offers;
	struct arena *arena;
	size_t relays, classes;
	uint32_t *class_of;       /* each relay's class */
	uint32_t *representative; /* each class's first relay */
	uint32_t *class_size;
	struct address *addresses;
	uint32_t *first;          /* each relay's addresses are from first[relay] to first[relay + 1] */
	uint32_t *release;        /* releases by pool: pool p's are from release_first[p] on */
	uint32_t *release_first;
};

/* One pool's members. */
struct bulk_pool {
	const struct pool *pool, *source; /* as a membership's */
	unsigned families;
	size_t members;
	uint8_t *in;      /* one octet for each relay: 1 if it is a member */
	uint8_t *pattern; /* what bulk_seat makes IN of; NULL: bulk_pool has filled IN */
	size_t pattern_size;
};

/* Finds what all pools have in common: classes, addresses, and each pool's releases. FAILED when memory is out. */
int bulk_begin(const struct fleet *, const struct offer *offers, struct arena *, struct bulk *, struct error *);

/* Prepares one pool, of the fleet. IN has room for an octet for each relay, and holds the members after bulk_seat.
 * PATTERN is the arena's. FAILED when memory is out. */
int bulk_pool(struct bulk *, const struct pool *, uint8_t *in, struct bulk_pool *, struct error *);

/* Whether two pools are sure to have the same members, by all that bulk_seat looks at. Both have a pattern. */
bool bulk_alike(const struct bulk_pool *, const struct bulk_pool *);

/* Fills IN and counts the members, unless bulk_pool has done so. */
void bulk_seat(const struct bulk *, struct bulk_pool *);

/* What a pool gives out of one address family: its members, and their addresses in the same order. Empty where the
 * pool's label does not answer that family. */
struct bulk_given {
	struct hands_relay *relays;
	struct address *addresses;
	size_t relay_count, address_count;
};

/* The arrays are ARENA's. FAILED when memory is out. */
int bulk_give(const struct bulk *, const struct bulk_pool *, uint8_t family, struct arena *, struct bulk_given *,
	struct error *);

#endif
