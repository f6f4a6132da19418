/* SPDX-License-Identifier: BSD-2-Clause */
/* How far relays are from client networks: weighted rendezvous hashing, evenly spread. Steering's own.
 *
 * Each relay walks the buckets of one turn in an order of its own, and its distance grows from step to step as the
 * quantiles of an exponential variate do. So each bucket ranks all relays by chance, and a heavier relay is likelier to
 * be near. Nothing but a relay's own name and weight decides its distance: when one comes or goes, only its own clients
 * move. Independent draws would do this, too, but a relay's distances over a turn are as evenly spread as can be, so
 * that far fewer buckets suffice to come as near to the weights. */
#ifndef STEERING_WALK_H
#define STEERING_WALK_H

#include <stdint.h>

struct walk {
	uint32_t mask, odd[3], add;
	unsigned shift;
	double jitter, weight;
};

/* The key of a relay's name, for walk_begin. */
uint64_t walk_key(const char *name);

/* Begins the walk of one relay (KEY) over the 2^BITS buckets of TURN on a day since 1970. WEIGHT may be in any unit;
 * below 1 it counts as 1. */
void walk_begin(struct walk *, uint64_t key, int64_t weight, unsigned bits, unsigned turn, int64_t day);

/* The bucket at a step, and the step at which a bucket comes. Buckets count from 0 in their turn. */
uint32_t walk_at(const struct walk *, uint32_t step);
uint32_t walk_step(const struct walk *, uint32_t bucket);

double walk_distance(const struct walk *, uint32_t step);

/* Which of COUNT addresses of a relay a bucket is given first. */
unsigned walk_first(uint64_t key, unsigned bucket, unsigned count);

#endif
