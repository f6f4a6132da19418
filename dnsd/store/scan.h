/* SPDX-License-Identifier: BSD-2-Clause */
/* A name taken apart: in lower case, its labels found, ready to be looked up by any suffix. */
#ifndef DNSD_STORE_SCAN_H
#define DNSD_STORE_SCAN_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__ /* every amd64 has it; elsewhere scan_lower does the same, eight octets at a time */
#include <emmintrin.h>
#endif

#include "dnsd/store/hash.h"
#include "lib/name.h"

enum {
	SCAN_BEHIND = 16, /* octets that can be read behind any message: names are copied in steps */
};

struct scan {
	uint8_t size;   /* octets, the root's included */
	uint8_t labels; /* the root not counted */
	uint64_t hash;  /* hash_name of it */
	uint8_t offset[NAME_LABELS + 1]; /* of each label's length octet, the root's last */
	uint8_t lower[NAME_WIRE + 1 + SCAN_BEHIND]; /* the octets behind SIZE are not defined, but can be read */
};

/* Eight octets with the letters among them in lower case (length octets are no letters). */
static inline uint64_t scan_lower(uint64_t word)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t seven = word & (ones * 0x7f);
	uint64_t from_a = seven + ones * (0x80 - 'A'), after_z = seven + ones * (0x7f - 'Z');
	uint64_t upper = (from_a ^ after_z) & ~word & (ones * 0x80);
	return word | upper >> 2;
}

/* Copies SIZE octets in lower case, and up to 15 more. */
static inline void scan_copy(const uint8_t *from, uint8_t *to, size_t size)
{
#ifdef __SSE2__
	/* shifted so that A to Z are the least of all signed octets */
	const __m128i shift = _mm_set1_epi8((char)(0x80 - 'A')), behind_z = _mm_set1_epi8(-0x80 + 26);
	const __m128i bit = _mm_set1_epi8(0x20);
	for (size_t i = 0; i < size; i += 16) {
		__m128i octets = _mm_loadu_si128((const __m128i *)(const void *)(from + i));
		__m128i upper = _mm_cmplt_epi8(_mm_add_epi8(octets, shift), behind_z);
		octets = _mm_or_si128(octets, _mm_and_si128(upper, bit));
		_mm_storeu_si128((__m128i *)(void *)(to + i), octets);
	}
#else
	for (size_t i = 0; i < size; i += 8) {
		uint64_t word = scan_lower(hash_load(from + i));
		memcpy(to + i, &word, sizeof word);
	}
#endif
}

/* Reads the uncompressed name at WIRE, which must end before ROOM; SCAN_BEHIND octets behind
 * WIRE + ROOM can be read. False when it does not end, is too long, or holds a pointer. */
static inline bool scan_name(const uint8_t *wire, size_t room, struct scan *scan)
{
	size_t at = 0;
	unsigned labels = 0;
	uint8_t length;
	if (room > NAME_WIRE)
		room = NAME_WIRE;
	while ((length = wire[at]) - 1u < NAME_LABEL) {
		scan->offset[labels++] = (uint8_t)at;
		at += length + 1u;
		if (at >= room)
			return false;
	}
	if (length != 0)
		return false;
	scan->offset[labels] = (uint8_t)at;
	scan->size = (uint8_t)(at + 1);
	scan->labels = (uint8_t)labels;
	scan_copy(wire, scan->lower, at + 1);
	scan->hash = hash_name(scan->lower, at + 1);
	return true;
}

/* The suffix that begins with label number LABEL (0 is the leftmost). */
static inline const uint8_t *scan_suffix(const struct scan *scan, unsigned label, size_t *size)
{
	*size = (size_t)scan->size - scan->offset[label];
	return scan->lower + scan->offset[label];
}

/* hash_name of that suffix. */
static inline uint64_t scan_hash(const struct scan *scan, unsigned label)
{
	size_t size;
	const uint8_t *suffix = scan_suffix(scan, label, &size);
	return label == 0 ? scan->hash : hash_name(suffix, size);
}

/* Whether a label is these octets. */
static inline bool scan_label_is(const struct scan *scan, unsigned label, const char *text)
{
	const uint8_t *at = scan->lower + scan->offset[label];
	size_t length = strlen(text);
	return at[0] == length && memcmp(at + 1, text, length) == 0;
}

#endif
