/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of a comparison share (steering/effect.h): both fleets, and one label's answers by each. Private to them. */
#ifndef STEERING_EFFECT_PARTS_H
#define STEERING_EFFECT_PARTS_H

#include "steering/label.h"
#include "steering/steering.h"

struct effect;
struct effect_pool;

enum side { BEFORE, AFTER, SIDES };

/* The whole comparison. The scratch arena holds what is needed for one pool only. */
struct comparison {
	const struct fleet *fleet[SIDES];
	struct offer *settled[SIDES]; /* with weights as they are when all have ramped up */
	struct offer *present[SIDES]; /* with those of the moment, of which some may still ramp up */
	struct lattice lattice[SIDES];
	bool shares, ramps[SIDES];
	struct arena *arena;
	struct arena scratch;
	struct effect *effect;
	size_t stranded_room, misled_room;
};

/* One label's answers on both sides: the pool's own, and its successor's, which part of the client networks gets in a
 * brownout. Seats and shares are by relay, in the fleet's order. */
struct pair {
	struct membership own[SIDES], other[SIDES];
	struct membership m[SIDES]; /* all relays that some network is given */
	double part[SIDES];         /* the part of networks that gets `other` */
	double *shares[SIDES], *present[SIDES]; /* in the long run, and at the moment of the change */
};

/* One label's answers (steering/effect_answers.c). */

/* The answer to the networks that a brownout takes first, or to those that it takes last. */
const struct membership *pair_given(const struct pair *, enum side, bool browned_out);

/* Whether an answer has any address, at a label of FAMILIES: a successor's relays may have none of the label's. */
bool pair_answers(const struct membership *, unsigned families);

/* Seats POOL's answers on one side, and shares them out if that is wished for. NULL: the label is answered by none, and its
 * relays have no shares. Seats and shares are the scratch arena's. */
int effect_seat_side(struct comparison *, enum side, const struct pool *, struct pair *, struct error *);

/* The clients of a label (steering/effect_clients.c). */

/* Notes the releases that lose all relays that they can use, and those that are given one that they cannot. Clients in the
 * field stay what they were, even if the change rewrites or removes their release. */
int effect_find_clients(struct comparison *, const struct effect_pool *, const struct pair *, struct error *);

/* Whether a pool has lost a need by the change. *WHOLE: the one need before that met all the others, 0 if none did or nothing
 * was lost. */
bool effect_loosened(const struct comparison *, const struct pool *was, const struct pool *is, tls_set *whole);

#endif
