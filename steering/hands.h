/* SPDX-License-Identifier: BSD-2-Clause */
/* All choices of a pool ahead: what steering_choose makes for one bucket, for all of them. Pure. */
#ifndef STEERING_HANDS_H
#define STEERING_HANDS_H

#include "steering/steering.h"

/* A member that gives out addresses of the family. */
struct hands_relay {
	const struct relay *relay;
	int64_t weight;
	const struct address *address;
	uint32_t first;  /* index of its first address */
	unsigned count;
};

/* Who is dealt to whom. A hand is `each` indices into the addresses, and the same once more, so that it can be read from
 * any of them on; where there are fewer, HANDS_NONE is behind the last. There is one for each value of the BITS highest
 * bits of a bucket, in this order. */
struct hands {
	uint64_t print; /* of all that decides, but the date */
	unsigned bits, each;
	int64_t *day; /* of each turn */
	uint16_t *index;
};

/* More addresses than an index reaches are not dealt. */
enum { HANDS_ADDRESSES = 65535, HANDS_NONE = 65535 };

/* Of all that decides but the date. */
uint64_t hands_print(const struct hands_relay *, size_t count, unsigned each, unsigned bits);

/* Deals for a date. What EARLIER (or NULL) has of the same is copied. The arrays are ARENA's. FAILED when memory is
 * out. */
int hands_deal(const struct hands_relay *, size_t count, unsigned each, unsigned bits, int64_t date,
	const struct hands *earlier, struct arena *, struct hands *, struct error *);

/* A bucket's hand, and how many addresses are in it. */
static inline const uint16_t *hands_of(const struct hands *h, unsigned bucket)
{
	return h->index + (size_t)(bucket >> (STEERING_BUCKET_BITS - h->bits)) * (2 * h->each);
}

static inline unsigned hands_count(const struct hands *h, const uint16_t *hand)
{
	unsigned count = 2 * h->each;
	while (hand[count - 1] == HANDS_NONE) /* never of the first */
		count--;
	return count / 2;
}

/* Takes COUNT relays' addresses in turn, the nearest relay's first and one of each before a second of any, so that an
 * answer names as many relays as it can: at most MOST. An address that is another relay's, too (by SQL or import),
 * is taken once: an RRset has no record twice (RFC 2181 section 5). Returns how many. */
size_t hands_take(const struct hands_relay *const *nearest, size_t count, size_t most, unsigned bucket,
	uint32_t *index);

#endif
