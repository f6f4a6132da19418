/* SPDX-License-Identifier: BSD-2-Clause */
/* The schedule of a pool that shrinks: which step is due, and whether it may be taken. Pure. */
#ifndef STEERING_SCHEDULE_H
#define STEERING_SCHEDULE_H

#include "steering/steering.h"

/* Two steps are at least one step's time apart, or this many seconds if that is shorter, however many steps were
 * missed: what a step did must be seen first, for it can hold up the next. */
enum { SCHEDULE_STEP_MOST = 86400 };

/* Begins a schedule at a date in seconds: the pool's size becomes shrink_from. The caller has set shrink_from, shrink_to
 * and shrink_by. A pool that shrinks already begins anew. */
void schedule_begin(struct pool *, int64_t now);

/* Takes a step: one member less. */
void schedule_take(struct pool *, int64_t now);

/* Removes the schedule and the roster; the pool has the size again that it had before the schedule. */
void schedule_end(struct pool *);

/* How many members a shrinking pool is to have on a date: it falls evenly from shrink_from to shrink_to. */
int64_t schedule_size(const struct pool *, int64_t date);

enum schedule_verdict {
	SCHEDULE_REST,  /* nothing is due, or the pool does not shrink */
	SCHEDULE_STEP,  /* one member less, now */
	SCHEDULE_PAUSE, /* a step is due, but would hurt: *why says how */
};

/* What is to be done at fleet->now. MORE_NETWORKS: more client networks ask for the pool than when it began to shrink.
 * Returns an enum schedule_verdict, or FAILED when memory is out. *WHY lives as long as the arena; NULL but for PAUSE. */
int schedule_step(const struct fleet *, const struct offer *offers, const struct pool *,
	bool more_networks, struct arena *, const char **why, struct error *);

#endif
