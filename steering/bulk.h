/* SPDX-License-Identifier: BSD-2-Clause */
/* All pools at once, for those who answer from them: the same decisions and choices as steering_pool and
 * steering_choose make one by one, without the reasons. Relays that nothing tells apart are looked at
 * once; choices are dealt by steering/hands.h. Pure. */
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

/* Who is in one pool. Two pools of which pattern and families are equal have the same members. */
struct bulk_pool {
	const struct pool *pool, *source; /* as a membership's */
	unsigned families;
	size_t members;
	uint8_t *in;      /* one octet a relay: whether it is in */
	uint8_t *pattern; /* what IN is made of; NULL: IN was filled at once */
	size_t pattern_size;
};

int bulk_begin(const struct fleet *, const struct offer *offers, struct arena *, struct bulk *, struct error *);

/* What decides on one pool's members. IN must have room for an octet a relay, and is filled by bulk_seat;
 * PATTERN is the arena's. FAILED when memory is out. */
int bulk_pool(struct bulk *, const struct pool *, uint8_t *in, struct bulk_pool *, struct error *);

/* Fills IN and counts the members. */
void bulk_seat(const struct bulk *, struct bulk_pool *);

/* What a pool gives out of a family: its members, and their addresses in the same order. Empty where its label
 * answers none. */
struct bulk_given {
	struct hands_relay *relays;
	struct address *addresses;
	size_t relay_count, address_count;
};

/* The arrays are ARENA's. FAILED when memory is out. */
int bulk_give(const struct bulk *, const struct bulk_pool *, uint8_t family, struct arena *, struct bulk_given *,
	struct error *);

#endif
