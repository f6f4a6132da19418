/* SPDX-License-Identifier: BSD-2-Clause */
/* What the workers have counted, taken from them now and then and stored by day: by a thread of its own,
 * which may wait for a disk while queries are answered and the registry is followed. What cannot be
 * stored is kept and tried again. */
#ifndef DNSD_COLLECT_H
#define DNSD_COLLECT_H

#include <pthread.h>

#include "dnsd/answer/lookup.h"

struct collector {
	const char *path;     /* of the telemetry file; NULL: nothing is stored */
	const char *registry; /* whose permissions it gets */
	const char *node;     /* whose counts these are */
	int64_t interval;     /* seconds between collections: as much is lost by kill -9 */

	/* its own */
	struct worker **workers;
	size_t count;
	struct usage_bank *spare; /* empty */
	struct ledger *ledger;    /* of the day; behind it those of days that are not stored yet */
	int stop;
	pthread_t thread;
	int64_t pruned; /* the day on which old days were last removed */
	char trouble[ERROR_TEXT]; /* "" while storing goes well */
};

/* Gives a worker, whose thread was not started yet, its bank. */
int collector_add(struct collector *, struct worker *, struct error *);

/* When all were added. */
int collector_start(struct collector *, struct error *);

/* Collects and stores for the last time, when the workers' threads have ended, and frees all. */
void collector_stop(struct collector *);

#endif
