/* SPDX-License-Identifier: BSD-2-Clause */
/* How far relays are from client networks: weighted rendezvous hashing, evenly spread. Steering's own.
 *
 * The buckets of one turn are a relay's to walk in an order of its own, and its distance grows from step to step as
 * an exponential variate's quantiles do. So each bucket ranks all relays by chance, the likelier the heavier, and
 * nothing but a relay's own name and weight decides its distance: when one comes or goes, only its own clients move.
 * But over a turn each relay's distances are spread as evenly as can be, where independent ones would be by chance:
 * a few times fewer buckets come as near to the weights. */
#ifndef STEERING_WALK_H
#define STEERING_WALK_H

#include <stdint.h>

#include "steering/steering.h"

struct walk {
	uint32_t mask, odd[3], add;
	unsigned shift;
	double jitter, weight;
};

/* Of a relay's name, for walk_begin. */
uint64_t walk_key(const char *name);

/* BITS: of the buckets of one turn. */
void walk_begin(struct walk *, uint64_t key, int64_t weight, unsigned bits, unsigned turn, int64_t day);

/* The bucket at a step, and the step at which a bucket comes. */
uint32_t walk_at(const struct walk *, uint32_t step);
uint32_t walk_step(const struct walk *, uint32_t bucket);

double walk_distance(const struct walk *, uint32_t step);

/* Which of COUNT addresses of a relay a bucket is given first. */
unsigned walk_first(uint64_t key, unsigned bucket, unsigned count);

#endif
