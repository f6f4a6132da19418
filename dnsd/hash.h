/* SPDX-License-Identifier: BSD-2-Clause */
/* The hash of names in lower-case wire form. Keyed at start, so that nobody can choose names that
 * fall together. */
#ifndef DNSD_HASH_H
#define DNSD_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "hash_name shifts the first octets up");

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

/* Of a label, its length octet first. Up to 7 octets behind it are read, though they do not count. */
static inline uint64_t hash_label(const uint8_t *label)
{
	size_t size = label[0] + 1u;
	uint64_t hash = hash_seed ^ size;
	while (size > 8) {
		hash = hash_fold(hash ^ hash_load(label), UINT64_C(0x9e3779b97f4a7c15));
		label += 8;
		size -= 8;
	}
	uint64_t last = hash_load(label) << (64 - 8 * size); /* little-endian: the first octets stay */
	return hash_fold(hash ^ last, UINT64_C(0xe7037ed1a0b428db));
}

/* A name's hash from its parent's and its first label's, so that all suffixes of a name are hashed
 * on the way to its own. The root's is hash_seed. */
static inline uint64_t hash_below(uint64_t parent, uint64_t label)
{
	return hash_fold(parent ^ label, UINT64_C(0x8ebc6af09c88c6e3));
}

/* Of a whole name; for all but the questions, of which scan_name finds it (dnsd/scan.h). */
uint64_t hash_name(const uint8_t *wire);

#endif
