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

#endif
