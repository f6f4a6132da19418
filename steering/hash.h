/* SPDX-License-Identifier: BSD-2-Clause */
/* The hash of names and IPv6 networks that orders them: FNV-1a, and a final mix. It is not keyed, for `pool explain`
 * must find the same on another machine. Steering's own. */
#ifndef STEERING_HASH_H
#define STEERING_HASH_H

#include <stddef.h>
#include <stdint.h>

/* Hashes more bytes into a hash. */
static inline uint64_t steering_hash_on(uint64_t hash, const void *bytes, size_t size)
{
	const uint8_t *b = bytes;
	for (size_t i = 0; i < size; i++)
		hash = (hash ^ b[i]) * UINT64_C(0x100000001b3);
	return hash;
}

static inline uint64_t steering_hash(const void *bytes, size_t size)
{
	return steering_hash_on(UINT64_C(0xcbf29ce484222325), bytes, size);
}

/* Makes each bit of the result depend on all bits of the hash. */
static inline uint64_t steering_mix(uint64_t hash)
{
	hash ^= hash >> 33;
	hash *= UINT64_C(0xff51afd7ed558ccd);
	hash ^= hash >> 33;
	hash *= UINT64_C(0xc4ceb9fe1a85ec53);
	return hash ^ hash >> 33;
}

#endif
