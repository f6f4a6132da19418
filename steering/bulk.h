/* SPDX-License-Identifier: BSD-2-Clause */
/* All pools at once, for those who answer from them: the same decisions and choices as steering_pool and
 * steering_choose make one by one, without the reasons. Relays that nothing tells apart are looked at
 * once, and a bucket's order of relays is made once for all pools. Pure. */
#ifndef STEERING_BULK_H
#define STEERING_BULK_H

#include "steering/steering.h"

/* The orders of an earlier fleet, which are good for another one whose relays have the same names and
 * weights on the same day: most changes are of something else. */
struct bulk_orders {
	int64_t day;
	size_t relays;
	const struct offer *offers;
	uint32_t *order[STEERING_BUCKETS]; /* relays, the nearest first */
};

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
	struct bulk_orders orders;
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

/* EARLIER may be NULL. The orders are made in ORDERS, which is to live as long as they may be an EARLIER. */
int bulk_begin(const struct fleet *, const struct offer *offers, int64_t day,
	const struct bulk_orders *earlier, struct arena *orders, struct arena *, struct bulk *, struct error *);

/* What decides on one pool's members. IN must have room for an octet a relay, and is filled by bulk_seat;
 * PATTERN is the arena's. FAILED when memory is out. */
int bulk_pool(struct bulk *, const struct pool *, uint8_t *in, struct bulk_pool *, struct error *);

/* Fills IN and counts the members. */
void bulk_seat(const struct bulk *, struct bulk_pool *);

/* As steering_choose and steering_uniform. */
size_t bulk_choose(const struct bulk *, const struct bulk_pool *, uint8_t family, unsigned bucket,
	struct choice *choice);
bool bulk_uniform(const struct bulk *, const struct bulk_pool *, uint8_t family);

#endif
