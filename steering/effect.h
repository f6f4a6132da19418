/* SPDX-License-Identifier: BSD-2-Clause */
/* What a change does to clients: two fleets, before and after, compared pool by pool. Pure. Whatever
 * refuses a change because it would hurt asks here. */
#ifndef STEERING_EFFECT_H
#define STEERING_EFFECT_H

#include "steering/steering.h"

/* A pool as it is on one side of the change. A retired one that is answered is a pool as any other. */
struct effect_side {
	const struct pool *pool; /* NULL where there is none */
	size_t members;          /* given out */
	size_t well;             /* of them, those that look well */
	bool spare;              /* N-1: another that looks well is there when the biggest is gone */
	bool thin;               /* it answers, but fewer look well than it wants at least */
	double brownout;         /* the part of client networks that gets the successor's answer, 0 to 1 */
};

/* A relay that comes, goes, or gets another part of the answers. */
struct effect_relay {
	const char *name;
	bool was, is;         /* a member */
	double before, after; /* its part of the pool's answers, 0 to 1, over many days: weights have ramped up */
	double now, first;    /* its part right before and right after the change: a weight may have to ramp up */
	const char *why;      /* of one that comes or goes: the clause, as steering_reason says it */
	const char *moved_from, *moved_to; /* addresses of a member that gets others; NULL */
};

struct effect_pool {
	const char *label;
	struct effect_side before, after;
	struct effect_relay *relays; /* by name; a part that moves by less than 1/2000 is left out */
	size_t relay_count, in, out;
	double moved;       /* the part of its answers that another relay gets now */
	bool empty, thins;  /* what it becomes by the change; an empty one answered before */
	bool weak;          /* nobody of those who are given out looks well, as somebody did before */
	bool ends;          /* it answered before, and is told to answer nothing: retired so */
	bool loosened;      /* a need of its clients is gone: relays may be members that could not be before */
	tls_set need;       /* of a loosened one: what --tls says the same as all needs before; 0 when nothing does */
	bool asked;         /* clients ask for it: as the caller knows, or a release before; whether or not it is defined */
	bool changed;
};

/* A release that found a relay it can talk to at a label, defined or not, and finds none there any more; or one that is
 * new there, and that no relay suits beside the label's others. */
struct effect_stranded {
	const char *label;
	const struct release *release;
};

/* A release that is given a relay, as a member of the pool that is its own, that speaks none of its TLS
 * versions; before, it was given none such, or not this one, or did not look the pool up. */
struct effect_misled {
	const char *label, *relay;
	const struct release *release;
};

struct effect {
	struct effect_pool *pools; /* of both fleets, and labels that are asked for, by label */
	struct effect_stranded *stranded;
	struct effect_misled *misled; /* one for each release and label, of the first relay */
	size_t pool_count, stranded_count, misled_count;
};

/* What is wanted beside the comparison itself. */
struct effect_wish {
	bool shares;               /* parts of answers; else relays have 0 and nothing moves */
	const char *const *labels; /* that clients ask for and that may have no pool, sorted, each once */
	size_t label_count;
};

/* Borrows both fleets and the labels; WISH may be NULL. What releases can speak does not vanish with a row:
 * clients are as the fleet before knows them, and as the one after does. FAILED when memory is out. */
int effect_find(const struct fleet *before, const struct fleet *after, const struct effect_wish *, struct arena *,
	struct effect *, struct error *);

/* Whether it empties a pool or leaves it to those who do not look well, strands a release or misleads one. */
bool effect_harms(const struct effect *);

/* Whom clients are given that ask for a pool, whatever network they are of: in a brownout, its successor's, too.
 * FAILED when memory is out. */
int effect_given(const struct fleet *, struct offer *offers, const struct pool *, struct arena *,
	struct membership *, struct error *);

/* Whether a client of the release, at a label of these families, could use what the seat offers: it is given
 * out, does not look down, and both speak a TLS version, a ping and a family. */
bool effect_serves(const struct release *, unsigned families, const struct seat *);

#endif
