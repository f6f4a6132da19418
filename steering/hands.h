/* SPDX-License-Identifier: BSD-2-Clause */
/* A pool's choices for all buckets, made ahead: a hand is what steering_choose gives one bucket. Pure. */
#ifndef STEERING_HANDS_H
#define STEERING_HANDS_H

#include "lib/arena.h"
#include "lib/error.h"
#include "model/model.h"
#include "steering/bucket.h"

/* A member that gives out addresses of the family in question. Borrows both pointers. */
struct hands_relay {
	const struct relay *relay;
	int64_t weight;
	const struct address *address;
	uint32_t first;  /* index of its first address among those of all members */
	unsigned count;
};

/* All hands of a pool and family. There is one for each value of a bucket's BITS highest bits, in this order. A hand is
 * up to `each` indices into the addresses, then the same indices again, so that it can be read from any of them on;
 * HANDS_NONE fills its rest. */
struct hands {
	uint64_t print; /* hands_print of what they were dealt from */
	unsigned bits, each;
	int64_t *day; /* by turn: the day, since 1970, that it is dealt for */
	uint16_t *index;
};

/* Indices are below HANDS_ADDRESSES; further addresses are not dealt. */
enum { HANDS_ADDRESSES = 65535, HANDS_NONE = 65535 };

/* A hash of all that decides hands, but for the date. */
uint64_t hands_print(const struct hands_relay *, size_t count, unsigned each, unsigned bits);

/* Deals the hands for a date in seconds. Turns that EARLIER (may be NULL) has of the same relays and day are copied.
 * The arrays are ARENA's. FAILED when memory is out. */
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
	while (hand[count - 1] == HANDS_NONE) /* the first index is never HANDS_NONE */
		count--;
	return count / 2;
}

/* Takes at most MOST addresses of COUNT relays, the nearest relay's first, and one of each relay before a second of
 * any, so that an answer names as many relays as it can. An address that two relays share (by SQL or import) is taken
 * once, for an RRset holds no record twice (RFC 2181 section 5). INDEX has room for MOST. Returns how many. */
size_t hands_take(const struct hands_relay *const *nearest, size_t count, size_t most, unsigned bucket,
	uint32_t *index);

#endif
