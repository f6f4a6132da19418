/* SPDX-License-Identifier: BSD-2-Clause */
/* What a change does to clients: the fleets before and after it, compared pool by pool. Pure. Every check that
 * refuses a harmful change asks here. */
#ifndef STEERING_EFFECT_H
#define STEERING_EFFECT_H

#include "steering/steering.h"

/* A pool before or after the change. A retired pool that still answers counts as any other. */
struct effect_side {
	const struct pool *pool; /* NULL where there is none */
	size_t members;          /* relays that are given out */
	size_t well;             /* members that look well */
	bool spare;              /* with one relay lost, another one that looks well is left */
	bool thin;               /* it has members, but fewer look well than its `least` */
	int64_t ttl;             /* of its answers: a brownout's while one runs */
	double brownout;         /* the part of client networks that gets the successor's answer, 0 to 1 */
};

/* A relay that joins or leaves a pool, or gets another part of its answers. */
struct effect_relay {
	const char *name;
	bool was, is;         /* a member */
	double before, after; /* its part of the pool's answers, 0 to 1, in the long run, when weights have ramped up */
	double now, first;    /* its part right before and right after the change, while weights may still ramp up */
	const char *why;      /* why it joins or leaves, as steering_reason says it; "" when it does neither */
	const char *moved_from, *moved_to; /* old and new addresses, when a member's change; else NULL */
};

struct effect_pool {
	const char *label;
	struct effect_side before, after;
	struct effect_relay *relays; /* by name; a part that moves by less than 1/2000 is left out */
	size_t relay_count, in, out;
	double moved;       /* the part of its answers that goes to other relays than before */
	bool empty, thins;  /* it answered before and answers nothing now, not by order (ends); it becomes thin */
	bool weak;          /* a relay that was given out looked well before, and none does now */
	bool ends;          /* it answered before, and is retired with the order to answer nothing */
	bool loosened;      /* it lost a TLS need, so that relays may become members that could not be before */
	tls_set need;       /* of a loosened pool: the --tls that would keep all its needs; 0 when no single one would */
	bool asked;         /* clients ask for the label, by the caller's word or a release before; it need not be defined */
	bool changed;
};

/* A release that loses its last usable relay at a label, defined or not, or the last one that would be usable if it looked well,
 * or all answers; or a release that begins to look the label up, and that is left out there because no relay suits it and the
 * label's other releases. */
struct effect_stranded {
	const char *label;
	const struct release *release;
};

/* A release that a pool it looks up newly gives a relay which speaks none of its TLS versions: before, that relay was
 * no member or did speak one, or the release did not look the pool up. */
struct effect_misled {
	const char *label, *relay;
	const struct release *release;
};

struct effect {
	struct effect_pool *pools; /* pools of both fleets, and labels that clients ask for; in order of label */
	struct effect_stranded *stranded;
	struct effect_misled *misled; /* at most one for each release and label: the first such relay */
	size_t pool_count, stranded_count, misled_count;
};

/* What the caller wants to know, and what it knows. */
struct effect_wish {
	bool shares;               /* compute relays' parts of answers; else all are 0 */
	const char *const *labels; /* labels that clients ask for, with or without a pool; sorted, each once */
	size_t label_count;
};

/* Labels that clients ask for, defined or not: the wish's, and those of the releases before; sorted, each once. The list is the
 * arena's. FAILED when memory is out. */
int effect_asked(const struct fleet *before, const struct effect_wish *, struct arena *, const char ***labels, size_t *count,
	struct error *);

/* Borrows both fleets and the labels; WISH may be NULL. Removing or changing a release's row does not change clients
 * in the field, so they are judged by both fleets' rows. The effect is the arena's. FAILED when memory is out. */
int effect_find(const struct fleet *before, const struct fleet *after, const struct effect_wish *, struct arena *,
	struct effect *, struct error *);

/* Whether any pool becomes empty or weak, or any release is stranded or misled. */
bool effect_harms(const struct effect *);

/* All relays that a pool's clients are given, from any network: in a brownout, the successor's, too. The membership is
 * the arena's. FAILED when memory is out. */
int effect_given(const struct fleet *, struct offer *offers, const struct pool *, struct arena *,
	struct membership *, struct error *);

/* Whether a client of the release, at a label that answers FAMILIES, could use the seat's relay: it is given out, does
 * not look down, and both speak a TLS version, a ping and a family. Where no prober has seen the relay's TLS or ping,
 * an operator's include vouches for its TLS, and it is taken to answer the ping. */
bool effect_serves(const struct release *, unsigned families, const struct seat *);

#endif
