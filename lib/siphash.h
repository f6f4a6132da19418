/* SPDX-License-Identifier: BSD-2-Clause */
/* SipHash-2-4 (Aumasson and Bernstein 2012): a keyed hash for short inputs, without the allocation
 * that OpenSSL's would cost each time. Little-endian machines only, as dnsd/store/hash.h checks. */
#ifndef LIB_SIPHASH_H
#define LIB_SIPHASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t siphash_turn(uint64_t word, int bits)
{
	return word << bits | word >> (64 - bits);
}

static inline void siphash_rounds(uint64_t v[4], int rounds)
{
	while (rounds-- > 0) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = siphash_turn(v[1], 13) ^ v[0];
		v[3] = siphash_turn(v[3], 16) ^ v[2];
		v[0] = siphash_turn(v[0], 32);
		v[2] += v[1];
		v[0] += v[3];
		v[1] = siphash_turn(v[1], 17) ^ v[2];
		v[3] = siphash_turn(v[3], 21) ^ v[0];
		v[2] = siphash_turn(v[2], 32);
	}
}

/* 128 bits by SipHash-1-3, which has fewer rounds: as good where nobody sees the hashes, at half the cost. */
static inline void siphash_wide(const uint8_t key[16], const uint8_t *bytes, size_t size, uint64_t out[2])
{
	uint64_t k[2], word;
	memcpy(k, key, sizeof k);
	uint64_t v[4] = { k[0] ^ UINT64_C(0x736f6d6570736575), k[1] ^ UINT64_C(0x646f72616e646f6d) ^ 0xee,
		k[0] ^ UINT64_C(0x6c7967656e657261), k[1] ^ UINT64_C(0x7465646279746573) };
	size_t left = size;
	for (; left >= 8; left -= 8, bytes += 8) {
		memcpy(&word, bytes, 8);
		v[3] ^= word;
		siphash_rounds(v, 1);
		v[0] ^= word;
	}
	word = (uint64_t)size << 56;
	for (size_t i = 0; i < left; i++)
		word |= (uint64_t)bytes[i] << 8 * i;
	v[3] ^= word;
	siphash_rounds(v, 1);
	v[0] ^= word;
	v[2] ^= 0xee;
	siphash_rounds(v, 3);
	out[0] = v[0] ^ v[1] ^ v[2] ^ v[3];
	v[1] ^= 0xdd;
	siphash_rounds(v, 3);
	out[1] = v[0] ^ v[1] ^ v[2] ^ v[3];
}

static inline uint64_t siphash(const uint8_t key[16], const uint8_t *bytes, size_t size)
{
	uint64_t k[2], word;
	memcpy(k, key, sizeof k);
	uint64_t v[4] = { k[0] ^ UINT64_C(0x736f6d6570736575), k[1] ^ UINT64_C(0x646f72616e646f6d),
		k[0] ^ UINT64_C(0x6c7967656e657261), k[1] ^ UINT64_C(0x7465646279746573) };
	size_t left = size;
	for (; left >= 8; left -= 8, bytes += 8) {
		memcpy(&word, bytes, 8);
		v[3] ^= word;
		siphash_rounds(v, 2);
		v[0] ^= word;
	}
	word = (uint64_t)size << 56;
	for (size_t i = 0; i < left; i++)
		word |= (uint64_t)bytes[i] << 8 * i;
	v[3] ^= word;
	siphash_rounds(v, 2);
	v[0] ^= word;
	v[2] ^= 0xff;
	siphash_rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

#endif
