/* SPDX-License-Identifier: BSD-2-Clause */
/* All pools at once, for those who answer from them: the same decisions and choices as steering_pool and
 * steering_choose make one by one, without the reasons. Relays that nothing tells apart are looked at
 * once, and a bucket's order of relays is made once for all pools. Pure. */
#ifndef STEERING_BULK_H
#define STEERING_BULK_H

#include "steering/steering.h"

/* Borrows fleet, offers and arena. */
struct bulk {
	const struct fleet *fleet;
	const struct offer *offers;
	struct arena *arena;
	size_t relays, classes;
	uint32_t *class_of;       /* each relay's class */
	uint32_t *representative; /* each class's first relay */
	struct address *addresses;
	uint32_t *first;          /* each relay's addresses are from first[relay] to first[relay + 1] */
	uint32_t *order[STEERING_BUCKETS]; /* relays, the nearest first */
	uint32_t *release;        /* releases by pool: pool p's are from release_first[p] on */
	uint32_t *release_first;
};

/* Who is in one pool. Two pools of which pattern and families are equal have the same members. */
struct bulk_pool {
	const struct pool *pool, *source; /* as a membership's */
	unsigned families;
	size_t members;
	uint8_t *in;      /* one octet a relay: whether it is in */
	uint8_t *pattern; /* what IN is made of */
	size_t pattern_size;
};

int bulk_begin(const struct fleet *, const struct offer *offers, int64_t day, struct arena *, struct bulk *,
	struct error *);

/* One pool's members. IN must have room for an octet a relay; PATTERN is the arena's. FAILED when memory is
 * out. */
int bulk_pool(struct bulk *, const struct pool *, uint8_t *in, struct bulk_pool *, struct error *);

/* As steering_choose and steering_uniform. */
size_t bulk_choose(const struct bulk *, const struct bulk_pool *, uint8_t family, unsigned bucket,
	struct choice *choice);
bool bulk_uniform(const struct bulk *, const struct bulk_pool *, uint8_t family);

#endif
