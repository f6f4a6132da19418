/* SPDX-License-Identifier: BSD-2-Clause */
/* The thread that copies the registry now and then, while it is well. */
#include "dnsd/last_copy.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/place.h"
#include "registry/registry.h"

enum {
	TICK = 200,   /* milliseconds until *stop is looked at */
	FIRST = 1000, /* milliseconds from the start to the first copy */
};

static void say(struct last_copy *c, const char *why)
{
	if (strcmp(c->trouble, why) == 0)
		return;
	if (*why != '\0')
		log_warning("the registry cannot be copied; what was copied before is kept why=\"%s\"", why);
	else
		log_notice("the registry is copied again revision=%" PRId64, c->revision);
	snprintf(c->trouble, sizeof c->trouble, "%s", why);
}

static int copy(struct last_copy *c, struct registry *r, struct error *e)
{
	char path[PLACE_MOST];
	int64_t revision;
	int outcome = registry_revision(r, &revision, e);
	if (outcome != DONE || revision == c->revision)
		return outcome;
	place_real(c->registry, place_suffix(PLACE_LAST_COPY), path);
	outcome = registry_copy(r, path, e);
	if (outcome == DONE)
		c->revision = revision;
	return outcome;
}

/* The name server says itself that it cannot read the registry. */
static void try_copy(struct last_copy *c)
{
	struct registry *r;
	struct error e;
	if (atomic_load_explicit(&c->view->stale, memory_order_relaxed))
		return;
	int outcome = registry_open(c->registry, REGISTRY_READ, &r, &e);
	if (outcome == DONE) {
		outcome = copy(c, r, &e);
		registry_close(r);
	}
	say(c, outcome == DONE ? "" : e.text);
}

static void *run(void *context)
{
	struct last_copy *c = context;
	int64_t due = clock_ticks() + FIRST;
	while (!atomic_load_explicit(c->stop, memory_order_relaxed)) {
		usleep(TICK * 1000);
		if (clock_ticks() < due)
			continue;
		try_copy(c);
		due = clock_ticks() + c->interval * 1000;
	}
	return NULL;
}

int last_copy_start(struct last_copy *c, struct error *e)
{
	c->revision = -1;
	int code = c->interval == 0 ? 0 : pthread_create(&c->thread, NULL, run, c);
	return code == 0 ? DONE : fail(e, FAILED, "starting the thread that copies the registry: %s", strerror(code));
}

void last_copy_stop(struct last_copy *c)
{
	if (c->interval != 0)
		pthread_join(c->thread, NULL);
}
