/* SPDX-License-Identifier: BSD-2-Clause */
/* What the name server would answer each release's clients, by sample of client networks, as steering decides; and
 * what it answered in the last hours, for resolvers and clients remember that. */
#ifndef SIMULATOR_ANSWERS_H
#define SIMULATOR_ANSWERS_H

#include <stdbool.h>
#include <stdint.h>

#include "simulator/stage.h"
#include "steering/steering.h"

/* PageKite's clients keep 25 relays at most; libpagekite forgets an answer after 4 hours. */
enum { RECALL_MOST = 25, RECALL_SECONDS = 4 * 3600, VERSIONS = 16 };

/* An answer that is given from a date on. Machines are sorted by index, for clients ping all of them and ignore their
 * order. */
struct version {
	int64_t since, ttl;
	uint16_t count, machine[RECALL_MOST];
};

/* What one sample of networks was answered for one product, the newest version last. */
struct asked {
	struct version version[VERSIONS];
	uint16_t count;
};

struct answers {
	const struct stage *stage;
	struct asked *asked; /* by product, then sample of buckets */
	struct arena scratch;
	int64_t next; /* when answers change though nobody does anything */
};

int answers_init(struct answers *, const struct stage *, struct error *);
void answers_free(struct answers *);

/* Computes all from the fleet as it is. */
int answers_update(struct answers *, struct error *);

const struct asked *answers_of(const struct answers *, size_t product, unsigned sample);

/* When the answer last changed; long before 1970 when there is none yet. */
int64_t asked_changed(const struct asked *);

/* The machines that a client knows: those of the answer in its resolver's cache, then those that it was given since
 * SINCE, newest first. Resolvers ask at different times: PHASE (0 to 1) says by what part of a TTL this one is offset.
 * Returns how many. */
size_t asked_recall(const struct asked *, int64_t now, double phase, int64_t since,
	uint16_t machine[RECALL_MOST]);

#endif
