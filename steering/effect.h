/* SPDX-License-Identifier: BSD-2-Clause */
/* What a change does to clients: two fleets, before and after, compared pool by pool. Pure. Whatever
 * refuses a change because it would hurt asks here. */
#ifndef STEERING_EFFECT_H
#define STEERING_EFFECT_H

#include "steering/steering.h"

/* A pool as it is on one side of the change. */
struct effect_side {
	const struct pool *pool; /* NULL where there is none */
	size_t members;          /* given out */
	size_t well;             /* of them, those that look well */
	bool spare;              /* N-1: another that looks well is there when the biggest is gone */
	bool thin;               /* it answers, but fewer look well than it wants at least */
};

/* A relay that comes, goes, or gets another part of the answers. */
struct effect_relay {
	const char *name;
	bool was, is;         /* a member */
	double before, after; /* its part of the pool's answers, 0 to 1 */
	const char *why;      /* of one that comes or goes: the clause, as steering_reason says it */
};

struct effect_pool {
	const char *label;
	struct effect_side before, after;
	struct effect_relay *relays; /* by name; a part that moves by less than 1/2000 is left out */
	size_t relay_count, in, out;
	double moved;       /* the part of its answers that another relay gets now */
	bool empty, thins;  /* what it becomes by the change; an empty one answered before, and is not retired */
	bool changed;
};

/* A release that found a relay it can talk to at a label that was open, and finds none there any more. */
struct effect_stranded {
	const char *label;
	const struct release *release;
};

struct effect {
	struct effect_pool *pools; /* of both fleets, by label */
	struct effect_stranded *stranded;
	size_t pool_count, stranded_count;
};

/* Borrows both fleets. Without SHARES, parts of answers are not computed: relays have 0 and nothing moves.
 * FAILED when memory is out. */
int effect_find(const struct fleet *before, const struct fleet *after, bool shares, struct arena *,
	struct effect *, struct error *);

/* Whether it empties a pool or strands a release. */
bool effect_harms(const struct effect *);

/* Whether a client of the release, at a label of these families, could use what the seat offers: it is given
 * out, does not look down, and both speak a TLS version, a ping and a family. */
bool effect_serves(const struct release *, unsigned families, const struct seat *);

#endif
