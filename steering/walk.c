/* SPDX-License-Identifier: BSD-2-Clause */
/* Weighted rendezvous hashing by a permutation of buckets instead of independent draws. */
#include "steering/walk.h"

#include <math.h>
#include <string.h>

#include "steering/hash.h"

uint64_t walk_key(const char *name)
{
	return steering_hash(name, strlen(name));
}

void walk_begin(struct walk *w, uint64_t key, int64_t weight, unsigned bits, unsigned turn, int64_t day)
{
	const uint64_t step = UINT64_C(0x9e3779b97f4a7c15);
	uint64_t seed = steering_mix(key ^ steering_mix((uint64_t)day * step + turn + 1)), more = steering_mix(seed + step), last = steering_mix(seed + 2 * step);
	w->mask = (1u << bits) - 1;
	w->shift = (bits + 1) / 2;
	w->odd[0] = (uint32_t)seed | 1;
	w->odd[1] = (uint32_t)(seed >> 32) | 1;
	w->odd[2] = (uint32_t)more | 1;
	w->add = (uint32_t)(more >> 32);
	w->jitter = ((double)(last >> 11) + 0.5) * 0x1p-53;
	w->weight = (double)(weight > 0 ? weight : 1);
}

/* A permutation, for each line can be undone: a product with an odd number, and a shift by half of the bits or more. */
uint32_t walk_at(const struct walk *w, uint32_t step)
{
	uint32_t x = (step * w->odd[0] + w->add) & w->mask;
	x ^= x >> w->shift;
	x = x * w->odd[1] & w->mask;
	x ^= x >> w->shift;
	return x * w->odd[2] & w->mask;
}

/* The inverse modulo 2^32, by Newton's method: ODD is its own inverse in three bits, and each round doubles them. */
static uint32_t inverse(uint32_t odd)
{
	uint32_t x = odd;
	for (int i = 0; i < 4; i++)
		x *= 2 - odd * x;
	return x;
}

uint32_t walk_step(const struct walk *w, uint32_t bucket)
{
	uint32_t x = bucket * inverse(w->odd[2]) & w->mask;
	x ^= x >> w->shift;
	x = x * inverse(w->odd[1]) & w->mask;
	x ^= x >> w->shift;
	return (x - w->add) * inverse(w->odd[0]) & w->mask;
}

double walk_distance(const struct walk *w, uint32_t step)
{
	return -log1p(-((double)step + w->jitter) / ((double)w->mask + 1)) / w->weight;
}

unsigned walk_first(uint64_t key, unsigned bucket, unsigned count)
{
	return count < 2 ? 0 : (unsigned)(steering_mix(key ^ steering_mix(bucket + UINT64_C(0x9e3779b97f4a7c15))) % count);
}
