/* SPDX-License-Identifier: BSD-2-Clause */
/* How relays are ranked, and which of their addresses are given out. Steering's own. */
#ifndef STEERING_CHOOSE_H
#define STEERING_CHOOSE_H

#include "steering/steering.h"

/* A relay's rank in any pool: lower comes first. It is an exponential variate drawn by the relay's name, so that a
 * heavier relay is likelier to come first. */
double steering_rank(const struct relay *);

/* How many of a bucket's highest bits decide what the pool gives it. More bits keep nearer to the weights, and take
 * more memory: one pool's hands (steering/hands.h) take 8 MiB at most, all together 256 MiB while there are no more
 * than a few hundred pools. */
unsigned choose_bits(const struct fleet *, const struct pool *);

/* Whether a member gives out an address of FAMILY to a label that answers FAMILIES. A member that looks down, at least
 * in all families that the label answers, is a last resort and gives out all its addresses; another gives out those
 * that do not look down. ANYWAY: no member has such an address, so all are given out, for that is better than none. */
bool choose_offers(const struct offer *, unsigned families, uint8_t family, bool anyway);

/* Whether a member gives out one address, by its place in the relay's list. */
bool choose_gives(const struct offer *, unsigned families, unsigned place, bool anyway);

/* ANYWAY: whether no member has an address of the family that does not look down. */
bool choose_anyway(const struct membership *, uint8_t family);

/* The addresses of a family that a member gives out; how many. Not all labels answer the family: m->families. */
enum { CHOOSE_ADDRESSES = 8 }; /* of a relay (model/model.c) */
unsigned choose_addresses(const struct membership *, const struct offer *, uint8_t family, bool anyway,
	struct address list[CHOOSE_ADDRESSES]);

#endif
