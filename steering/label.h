/* SPDX-License-Identifier: BSD-2-Clause */
/* The labels that client releases look up, and which pool answers one that nobody defined. */
#ifndef STEERING_LABEL_H
#define STEERING_LABEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/arena.h"
#include "model/fleet.h"

enum label_form { LABEL_OTHER, LABEL_GENERIC, LABEL_PLAIN, LABEL_V4, LABEL_V6 };

/* fe058 is PLAIN, fe4_0590 V4, fe6_091c V6; frontends, v6frontends, fe and fe6 are GENERIC.
 * DIGITS and LETTERS point into the text that was read. Digits compare as text: each is one part
 * of a version (058 < 059 < 0590 < 0591 < 100), which is how clients make them. */
struct label {
	enum label_form form;
	const char *digits, *letters;
	size_t digit_count, letter_count;
};

/* TEXT in lower case. */
void label_read(const char *text, size_t length, struct label *);

/* Whether a client that calls itself VERSION may be of the release: 1.5.2.201011 is of 1.5.2, and 0.91.251215 of
 * the build 0.91.251215+openssl3. */
bool label_is_release(const struct release *, const char *version);

enum { FAMILY_4 = 1, FAMILY_6 = 2 };

/* The families that a label may answer: fe4_ only A; fe6_, fe6 and v6frontends only AAAA. */
unsigned label_families(const char *text, size_t length);

/* The defined pools in the order in which fallbacks are found. Immutable once built. */
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

/* The index of the pool that answers an undefined label: the nearest older one of the same product
 * (form and letters), else the product's oldest, else the same among fe058 forms (for those: fe4_
 * ones), else the same of the product without letters, else the generic pool. A fe6_ label never
 * falls to a fe4_ pool, which has no AAAA. LATTICE_NONE when the label is not of
 * a client's form or no pool is there. Defined labels are not looked up here. Any thread. */
long lattice_find(const struct lattice *, const char *label, size_t length);

#endif
