/* SPDX-License-Identifier: BSD-2-Clause */
/* The hash of names in lower-case wire form. Keyed at start, so that nobody can choose names that
 * fall together. */
#ifndef DNSD_STORE_HASH_H
#define DNSD_STORE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "hash_load_few shifts the first octets up");

/* Set once before threads start. */
extern uint64_t hash_seed;

static inline uint64_t hash_fold(uint64_t a, uint64_t b)
{
	__uint128_t product = (__uint128_t)a * b; /* no portable way to the upper half */
	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t hash_load(const uint8_t *bytes)
{
	uint64_t word;
	memcpy(&word, bytes, sizeof word);
	return word;
}

/* The 1 to 8 octets at AT, of which 8 can be read; those that do not count are shifted out. */
static inline uint64_t hash_load_few(const uint8_t *at, size_t size)
{
	return hash_load(at) << (64 - 8 * size); /* little-endian: the first octets stay */
}

/* Of a name or a part of one, SIZE octets in lower-case wire form and at least one. The last step takes
 * eight octets whatever is left, some of them a second time: no shifting. Of less than 8 octets, up to 7
 * behind them are read, though they do not count. */
static inline uint64_t hash_name(const uint8_t *wire, size_t size)
{
	uint64_t hash = hash_seed ^ size;
	if (__builtin_expect(size < 8, 0))
		return hash_fold(hash ^ hash_load_few(wire, size), UINT64_C(0xe7037ed1a0b428db));
	const uint8_t *last = wire + size - 8;
	for (; wire < last; wire += 8)
		hash = hash_fold(hash ^ hash_load(wire), UINT64_C(0x9e3779b97f4a7c15));
	return hash_fold(hash ^ hash_load(last), UINT64_C(0xe7037ed1a0b428db));
}

#endif
