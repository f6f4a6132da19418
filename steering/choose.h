/* SPDX-License-Identifier: BSD-2-Clause */
/* The orders that choices are made by. Steering's own. */
#ifndef STEERING_CHOOSE_H
#define STEERING_CHOOSE_H

#include "steering/steering.h"

/* How far a relay is from a bucket on a day: the lower, the nearer. An exponential variate whose rate is
 * the weight. The pool is not in it, so that a network is sent to the same relays whichever pool it asks
 * for. */
double steering_distance(const struct relay *, int64_t weight, unsigned bucket, int64_t day);

/* A bucket's place in a pool's own order of them. */
uint64_t steering_place(const char *label, unsigned bucket);

/* Whether a member gives out an address of FAMILY to a label of FAMILIES. One that looks down, be it in all
 * that the label may answer, is a last resort, and gives out all of them; else it is those that do not look
 * down. ANYWAY: no member has any such, so that those that do are better than none. */
bool choose_offers(const struct offer *, unsigned families, uint8_t family, bool anyway);

/* The same of one of them, by its place in the relay's list. */
bool choose_gives(const struct offer *, unsigned families, unsigned place, bool anyway);

/* Takes COUNT relays' addresses in turn, one of each first, so that an answer names as many relays as it can:
 * at most MOST. LISTS hold each relay's addresses, of which a bucket is given another one first than the
 * next. */
struct choose_list {
	const struct relay *relay;
	const struct address *address;
	unsigned count;
};
size_t choose_deal(const struct choose_list *lists, size_t count, size_t most, unsigned bucket,
	struct choice *choice);

#endif
