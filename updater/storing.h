/* SPDX-License-Identifier: BSD-2-Clause */
/* How counts that are kept here come into the telemetry file (registry/telemetry.h) now and then. What cannot be stored
 * is kept and tried again; trouble is told once, and costs no request. */
#ifndef UPDATER_STORING_H
#define UPDATER_STORING_H

#include "registry/telemetry.h"

/* What is stored. */
struct storing_kind {
	const char *words; /* in the log: "relays' sessions" */
	int64_t each;      /* milliseconds between two times */
	int (*add)(void *kept, struct telemetry *, struct error *); /* adds all that is kept, inside a transaction */
};

/* Of one kind. Initialise it to zeros. */
struct storing {
	int64_t due;    /* ticks of the next time */
	int64_t pruned; /* the day on which old days were last removed */
	char trouble[ERROR_TEXT]; /* "" while storing goes well */
};

/* Stores what is KEPT if it is time, or at once with NOW INT64_MAX. PATH "none": nowhere. True when it is to be forgotten:
 * it was stored, or nobody wants it. */
bool storing_run(struct storing *, const struct storing_kind *, void *kept, const char *path, const char *registry,
	int64_t day, int64_t now);

#endif
