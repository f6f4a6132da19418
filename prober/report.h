/* SPDX-License-Identifier: BSD-2-Clause */
/* What we believe goes into the registry: news at once, all else now and then, many rows in one
 * transaction. */
#ifndef PROBER_REPORT_H
#define PROBER_REPORT_H

#include "prober/roster.h"

/* Writes what is due. DONE also when nothing was. What could not be written stays due. */
int report_write(struct roster *, struct registry *, int64_t date, struct error *);

/* Another prober, as its rows show it. */
struct witness {
	char name[64];
	int64_t newest;   /* date of its newest row */
	int64_t moved_at; /* ticks, when that date last changed */
	bool moving;      /* it wrote since we first looked */
	int64_t told_at;  /* ticks, when it was last told that its clock is another one; 0: never */
};

/* All others that wrote of relays. Zero-initialise it. One thread. */
struct witnesses {
	struct witness *list;
	size_t count, room;
};

/* Looks which probers wrote. One that wrote nothing for so many milliseconds of ours, whatever its dates, loses its
 * voice on relays that we see ourselves: what it last said of them becomes "unknown". Where nobody else looks, its
 * last word stays. One whose clock differs from ours (DATE) is told of in the log. */
int report_witnesses(struct witnesses *, struct roster *, struct registry *, const struct fleet *,
	int64_t ticks, int64_t patience, int64_t date, struct error *);

#endif
