/* SPDX-License-Identifier: BSD-2-Clause */
/* The labels that client releases look up, and which pool answers a label that has none of its own. */
#ifndef STEERING_LABEL_H
#define STEERING_LABEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/address.h"
#include "lib/arena.h"
#include "model/fleet.h"

enum label_form { LABEL_OTHER, LABEL_GENERIC, LABEL_PLAIN, LABEL_V4, LABEL_V6 };

/* fe058 is PLAIN, fe4_0590 V4, fe6_091c V6; frontends, v6frontends, fe and fe6 are GENERIC.
 * DIGITS (the version) and LETTERS (the product) point into the text that was read. Clients write each part of a
 * version as one digit, so digits compare as text: 058 < 059 < 0590 < 0591 < 100. */
struct label {
	enum label_form form;
	const char *digits, *letters;
	size_t digit_count, letter_count;
};

/* TEXT in lower case. */
void label_read(const char *text, size_t length, struct label *);

/* Whether a client that says it is VERSION may be of the release: 1.5.2.201011 may be of 1.5.2, and 0.91.251215 may be
 * of the build 0.91.251215+openssl3. */
bool label_is_release(const struct release *, const char *version);

/* Sets of families; and the one of an address, from its own family. */
enum { FAMILY_4 = 1, FAMILY_6 = 2 };
static inline unsigned label_family(uint8_t address_family)
{
	return address_family == ADDRESS_V4 ? FAMILY_4 : FAMILY_6;
}

/* The families that a label may answer: fe4_ only A; fe6_, fe6 and v6frontends only AAAA. */
unsigned label_families(const char *text, size_t length);

/* The defined pools, sorted by product and version to find fallbacks. Immutable once built. */
struct lattice {
	const struct pool *pools; /* the fleet's */
	size_t pool_count;
	struct lattice_step {
		struct label label;
		size_t pool;
	} *steps;
	size_t count;
};

/* FAILED when memory is out. Borrows the fleet. */
int lattice_build(const struct fleet *, struct arena *, struct lattice *, struct error *);

enum { LATTICE_NONE = -1 };

/* The index of the pool that answers an undefined label. The first of these that exists:
 *  1. the nearest older pool of the same product (form and letters), else the product's oldest;
 *  2. the same in the other form: fe058 for fe4_ and fe6_ labels, fe4_ for fe058 ones. A fe6_ label never falls to a
 *     fe4_ pool, which has no AAAA;
 *  3. both again for the product without letters;
 *  4. the generic pool.
 * LATTICE_NONE when the label has no client's form, or none of these exists. Does not look for a pool of the label
 * itself. Any thread. */
long lattice_find(const struct lattice *, const char *label, size_t length);

#endif
