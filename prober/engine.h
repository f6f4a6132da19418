/* SPDX-License-Identifier: BSD-2-Clause */
/* Many visits at once on a bounded number of sockets: one thread, one epoll. */
#ifndef PROBER_ENGINE_H
#define PROBER_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"
#include "prober/visit.h"

struct engine;

/* A visit is over. SUBJECT is what it was started with; the finding lives until this returns. */
typedef void engine_done(void *subject, const struct finding *, void *context);

struct engine_limits {
	size_t width; /* visits, and so sockets, at once */
	int timeout;  /* milliseconds for one answer, its connection included */
	int wake;     /* a descriptor that ends a wait when it is readable; -1 for none */
};

int engine_open(struct engine **, const struct engine_limits *, engine_done *, void *context,
	struct error *);

/* Visits that are under way are reported as not able to tell. */
void engine_close(struct engine *);

bool engine_full(const struct engine *);
bool engine_idle(const struct engine *);

/* Begins a visit; not when the engine is full. What ends at once is reported before this returns. */
void engine_start(struct engine *, const struct orders *, void *subject);

/* Goes on for at most so long, less if something happened or `wake` is readable. */
int engine_wait(struct engine *, int milliseconds, struct error *);

/* Puts all deadlines off by the time that we were busy elsewhere: nobody is late on account of it. */
void engine_excuse(struct engine *, int64_t milliseconds);

#endif
