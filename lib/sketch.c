/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/sketch.h"

#include <math.h>

void sketch_add(struct sketch *sketch, uint64_t hash)
{
	uint8_t *rank = &sketch->rank[sketch_register(hash)];
	if (sketch_rank(hash) > *rank)
		*rank = (uint8_t)sketch_rank(hash);
}

void sketch_merge(struct sketch *sketch, const struct sketch *other)
{
	for (int i = 0; i < SKETCH_REGISTERS; i++)
		if (other->rank[i] > sketch->rank[i])
			sketch->rank[i] = other->rank[i];
}

/* While registers are empty and the raw estimate is below five halves of them, how many are empty says
 * more (linear counting); sums of more than that are what the paper's constant was made for. */
double sketch_estimate(const struct sketch *sketch)
{
	const double registers = SKETCH_REGISTERS, alpha = 0.7213 / (1 + 1.079 / registers);
	double sum = 0, empty = 0;
	for (int i = 0; i < SKETCH_REGISTERS; i++) {
		sum += ldexp(1, -(int)sketch->rank[i]);
		empty += sketch->rank[i] == 0;
	}
	double raw = alpha * registers * registers / sum;
	return raw <= 2.5 * registers && empty > 0 ? registers * log(registers / empty) : raw;
}
