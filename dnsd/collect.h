/* SPDX-License-Identifier: BSD-2-Clause */
/* Collects what the workers have counted, now and then, and stores it by day. This has a thread of its own, which may
 * wait for the disk while queries are answered. What cannot be stored is kept and tried again. */
#ifndef DNSD_COLLECT_H
#define DNSD_COLLECT_H

#include <pthread.h>

#include "dnsd/answer/worker.h"

struct collector {
	const char *path;     /* of the telemetry file; NULL: nothing is stored */
	const char *registry; /* path of the registry, whose permissions the file gets */
	const char *node;     /* this server's name, under which counts are stored */
	int64_t interval;     /* seconds between collections; a kill -9 loses so much */

	/* private */
	struct worker **workers;
	size_t count, room;
	struct usage_bank *spare; /* empty */
	struct ledger *ledger;    /* today's; then those of earlier days that are not stored yet */
	int stop;
	pthread_t thread;
	int64_t pruned; /* the day on which old days were last removed */
	char trouble[ERROR_TEXT]; /* "" while storing goes well */
};

/* Gives a worker its bank. Call it before the worker's thread and the collector start. */
int collector_add(struct collector *, struct worker *, struct error *);

/* Starts the collector's thread, when all workers were added. The settings above are the caller's to fill and keep. */
int collector_start(struct collector *, struct error *);

/* Collects and stores for the last time, and frees all. Call it when the workers' threads have ended. */
void collector_stop(struct collector *);

#endif
