/* SPDX-License-Identifier: BSD-2-Clause */
/* From a question to the records that answer it: RFC 1034 section 4.3.2 as clarified by RFC 2181,
 * 2308, 4592, 6604 and 6672. */
#ifndef DNSD_ANSWER_LOOKUP_H
#define DNSD_ANSWER_LOOKUP_H

#include "dnsd/answer/query.h"
#include "dnsd/answer/reply.h"
#include "dnsd/answer/worker.h"

/* Takes from the view what is used until the read-side section ends. Call it at the section's beginning. */
static inline void lookup_begin(struct worker *w)
{
	w->snapshot = view_snapshot(w->view);
	w->hosts = view_hosts(w->view);
	w->stale = atomic_load_explicit(&w->view->stale, memory_order_relaxed);
}

/* Three steps, each of which prefetches the memory that the next one reads. Each step is taken for a whole batch before
 * the next one. The first two are for questions of any class. */
static inline void lookup_fetch(const struct worker *w, const struct query *q)
{
	__builtin_prefetch(name_table_slot(w->hosts, q->name.hash));
}

static inline __attribute__((always_inline)) void lookup_find_zone(const struct worker *w, struct query *q)
{
	q->zone = snapshot_zone(w->snapshot, &q->name, q->name.labels);
	name_table_prefetch(w->hosts, q->name.hash);
	if (q->zone != NULL)
		__builtin_prefetch(name_table_slot(&q->zone->names, q->name.hash));
}

static inline void lookup_fetch_node(const struct query *q)
{
	if (q->zone != NULL)
		name_table_prefetch(&q->zone->names, q->name.hash);
}

/* The zone's uppermost delegation or DNAME above the name, and *LABEL, the number of the name's label at which it stands;
 * NULL when there is none. AT: a delegation at the name itself counts, too. A DNAME never does, for it does not rename
 * its own owner. */
const struct node *lookup_find_cut(const struct zone_view *, const struct scan *name, bool at, unsigned *label);

/* Answers a question of class IN whose zone has been found. */
void lookup_answer(struct worker *, const struct query *, struct reply *);

#endif
