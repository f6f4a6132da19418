/* SPDX-License-Identifier: BSD-2-Clause */
/* Which of a pool's members, and which of their addresses, a client network is given. */
#ifndef STEERING_CHOOSE_H
#define STEERING_CHOOSE_H

#include "model/fleet.h"
#include "steering/bucket.h"
#include "steering/membership.h"

/* Chooses the addresses of FAMILY (ADDRESS_V4 or ADDRESS_V6) that a bucket is given at a date, nearest first:
 * at most pool->answers, of as many relays as possible. CHOICE has room for ADDRESS_LIST_MOST. Returns how many.
 * By weighted rendezvous hashing (steering/walk.h): when a member comes or goes, only its own clients move. */
struct choice {
	const struct relay *relay;
	struct address address;
};
size_t steering_choose(const struct membership *, uint8_t family, unsigned bucket, int64_t date,
	struct choice *choice);

/* Whether every bucket gets the same choice, for all addresses fit into one answer. */
bool steering_uniform(const struct membership *, uint8_t family);

/* What follows is steering's own. */

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
