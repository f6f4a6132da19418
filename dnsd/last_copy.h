/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeps a copy of the registry as it was when it was last well: a name server that starts when the registry is missing,
 * damaged or of a newer windsock answers from it (dnsd/view/load.h). A thread of its own copies now and then, if
 * something changed. A registry that is in trouble is not copied. */
#ifndef DNSD_LAST_COPY_H
#define DNSD_LAST_COPY_H

#include <pthread.h>

#include "dnsd/view/view.h"

struct last_copy {
	const char *registry;
	int64_t interval; /* seconds between copies; 0: none are made */
	const struct view *view;
	const _Atomic bool *stop;

	/* private */
	pthread_t thread;
	int64_t revision; /* of the last copy; -1: none was made yet */
	char trouble[ERROR_TEXT]; /* "" while copying goes well */
};

/* Starts the thread. The members above are the caller's to fill and keep. */
int last_copy_start(struct last_copy *, struct error *);

/* Waits for the thread to end, after *stop was set: a copy under way is finished. */
void last_copy_stop(struct last_copy *);

#endif
