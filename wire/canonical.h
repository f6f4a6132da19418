/* SPDX-License-Identifier: BSD-2-Clause */
/* Canonical order and form (RFC 4034 section 6), for signed zones as they are transferred. */
#ifndef WIRE_CANONICAL_H
#define WIRE_CANONICAL_H

#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"
#include "lib/name.h"
#include "wire/octets.h"

/* RDATAs of an RRset, one behind the other, each behind two octets of length. */
struct rdatas {
	const uint8_t *octets;
	size_t size;
};

/* Takes the next RDATA off the front of REST, which is a copy of the whole, and stores its length; NULL behind the
 * last. */
static inline const uint8_t *rdatas_next(struct rdatas *rest, uint16_t *length)
{
	if (rest->size < 2)
		return NULL;
	const uint8_t *rdata = rest->octets + 2;
	*length = octets_16(rest->octets);
	rest->octets += 2 + (size_t)*length;
	rest->size -= 2 + (size_t)*length;
	return rdata;
}

/* The same RDATAs in the order of section 6.3, each once, in a piece of memory of their own, *size octets of
 * it. NULL when memory is out. The lengths in FROM add up. */
uint8_t *rdatas_sort(struct rdatas from, size_t *size);

/* A lower-case name as octets that memcmp orders as section 6.1 orders names: those of an ancestor are the
 * beginning of it. KEY has room for CANONICAL_MOST. Returns its size. */
enum { CANONICAL_MOST = 2 * NAME_WIRE };
size_t canonical_key(const struct name *, uint8_t *key);

/* The name of which KEY was made. */
void canonical_name(const uint8_t *key, size_t size, struct name *);

/* How many of KEY's first octets are the key of the name above. SIZE is at least 1. */
size_t canonical_parent(const uint8_t *key, size_t size);

/* Compares two keys: a negative number, zero or a positive one, as of memcmp. */
int canonical_compare(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size);

/* The type bitmap of an NSEC (RFC 4034 section 4.1.2) for ascending types. BITMAP has room for
 * BITMAP_MOST. Returns its size. */
enum { BITMAP_MOST = 256 * 34 };
size_t type_bitmap(const uint16_t *types, size_t count, uint8_t *bitmap);

#endif
