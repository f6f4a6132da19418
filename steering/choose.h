/* SPDX-License-Identifier: BSD-2-Clause */
/* The orders that choices are made by. Steering's own. */
#ifndef STEERING_CHOOSE_H
#define STEERING_CHOOSE_H

#include "steering/steering.h"

/* A relay's place among others of no matter which pool, the lower, the earlier: a chance, the likelier the heavier. */
double steering_rank(const struct relay *);

/* How many of a bucket's highest bits decide what it is given by a pool: the finer, the less memory its answers
 * take otherwise. All pools' hands (steering/hands.h) take 256 MiB at most, 8 MiB a pool. */
unsigned choose_bits(const struct fleet *, const struct pool *);

/* Whether a member gives out an address of FAMILY to a label of FAMILIES. One that looks down, be it in all
 * that the label may answer, is a last resort, and gives out all of them; else it is those that do not look
 * down. ANYWAY: no member has any such, so that those that do are better than none. */
bool choose_offers(const struct offer *, unsigned families, uint8_t family, bool anyway);

/* The same of one of them, by its place in the relay's list. */
bool choose_gives(const struct offer *, unsigned families, unsigned place, bool anyway);

#endif
