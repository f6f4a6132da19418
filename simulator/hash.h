/* SPDX-License-Identifier: BSD-2-Clause */
/* Random numbers that are the same on every machine for the same seed, so that a scenario can be repeated. */
#ifndef SIMULATOR_HASH_H
#define SIMULATOR_HASH_H

#include <stdint.h>

static inline uint64_t hash_mix(uint64_t hash)
{
	hash = (hash ^ hash >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	hash = (hash ^ hash >> 27) * UINT64_C(0x94d049bb133111eb);
	return hash ^ hash >> 31;
}

static inline uint64_t hash_of(uint64_t seed, uint64_t a, uint64_t b)
{
	return hash_mix(hash_mix(hash_mix(seed + UINT64_C(0x9e3779b97f4a7c15)) + a) + b);
}

/* From 0 to below 1. */
static inline double hash_part(uint64_t hash)
{
	return (double)(hash >> 11) * 0x1p-53;
}

#endif
