/* SPDX-License-Identifier: BSD-2-Clause */
/* The schedule of a pool that shrinks: which step is due, and whether it may be taken. Pure. */
#ifndef STEERING_SCHEDULE_H
#define STEERING_SCHEDULE_H

#include "steering/steering.h"

/* However many steps were missed, the next one is taken a step's time after the last, or this many seconds if that
 * is longer: so what the last one did can be seen, and can hold up the next. */
enum { SCHEDULE_STEP_MOST = 86400 };

/* Begins a schedule whose shrink_ fields were filled in, at a date: its size is what it begins with. One that
 * shrinks already begins anew. */
void schedule_begin(struct pool *, int64_t now);

/* One member less. */
void schedule_take(struct pool *, int64_t now);

/* There is no schedule and no roster any more; the size is the one before. */
void schedule_end(struct pool *);

/* How many members a shrinking pool is to have on a date: from shrink_from to shrink_to, evenly. */
int64_t schedule_size(const struct pool *, int64_t date);

enum schedule_verdict {
	SCHEDULE_REST,  /* nothing is due, or the pool does not shrink */
	SCHEDULE_STEP,  /* one member less, now */
	SCHEDULE_PAUSE, /* a step is due, but would hurt: *why says how */
};

/* What is to be done at fleet->now. MORE_NETWORKS: the pool is asked for by more client networks than when
 * it began to shrink. WHY is the arena's. FAILED when memory is out, a verdict otherwise. */
int schedule_step(const struct fleet *, const struct offer *offers, const struct pool *,
	bool more_networks, struct arena *, const char **why, struct error *);

#endif
