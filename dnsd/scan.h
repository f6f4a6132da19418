/* SPDX-License-Identifier: BSD-2-Clause */
/* A name taken apart: in lower case, its labels found, ready to be looked up by any suffix. */
#ifndef DNSD_SCAN_H
#define DNSD_SCAN_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "dnsd/hash.h"
#include "lib/name.h"

struct scan {
	uint8_t size;   /* octets, the root's included */
	uint8_t labels; /* the root not counted */
	uint64_t hash;  /* of the whole name */
	uint8_t offset[NAME_LABELS + 1]; /* of each label's length octet, the root's last */
	uint8_t lower[NAME_WIRE + 17];   /* the octets behind SIZE are not defined, but can be read */
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

/* Reads the uncompressed name at WIRE, which must end before ROOM; 8 octets behind WIRE + ROOM can
 * be read. False when it does not end, is too long, or holds a pointer. */
static inline bool scan_name(const uint8_t *wire, size_t room, struct scan *scan)
{
	size_t at = 0;
	unsigned labels = 0;
	if (room > NAME_WIRE)
		room = NAME_WIRE;
	for (;;) {
		if (at >= room)
			return false;
		uint8_t length = wire[at];
		scan->offset[labels] = (uint8_t)at;
		if (length == 0)
			break;
		if (length > NAME_LABEL)
			return false;
		at += length + 1u;
		labels++;
	}
	scan->size = (uint8_t)(at + 1);
	scan->labels = (uint8_t)labels;
	for (size_t i = 0; i <= at; i += 8) {
		uint64_t word = scan_lower(hash_load(wire + i));
		memcpy(scan->lower + i, &word, sizeof word);
	}
	scan->hash = hash_name(scan->lower, scan->size);
	return true;
}

/* The suffix that begins with label number LABEL (0 is the leftmost). */
static inline const uint8_t *scan_suffix(const struct scan *scan, unsigned label, size_t *size)
{
	*size = (size_t)scan->size - scan->offset[label];
	return scan->lower + scan->offset[label];
}

/* Whether a label is these octets. */
static inline bool scan_label_is(const struct scan *scan, unsigned label, const char *text)
{
	const uint8_t *at = scan->lower + scan->offset[label];
	size_t length = strlen(text);
	return at[0] == length && memcmp(at + 1, text, length) == 0;
}

#endif
