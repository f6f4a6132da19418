/* SPDX-License-Identifier: BSD-2-Clause */
/* A scenario, run in virtual time: from one moment at which something happens to the next. */
#ifndef SIMULATOR_REPLAY_H
#define SIMULATOR_REPLAY_H

#include <stdint.h>

#include "simulator/crowd.h"
#include "simulator/scenario.h"

struct day {
	int64_t date;
	size_t action, action_count; /* the scenario's actions on this day: the first, and how many */
	const char *notes;           /* what schedules did, line by line; NULL for nothing */
	struct day_row *rows;        /* by product */
	uint32_t *load;              /* tunnels by machine at the day's end */
	size_t machine_count;
};

struct replay {
	const struct scenario *scenario;
	struct stage stage; /* as it was in the end */
	struct day *days;
	size_t day_count;
	struct stranding first;
	uint64_t client_days, avoidable_days; /* days on which a client was stranded; and was so avoidably */
	double client_hours;                  /* for which clients were stranded */
	int64_t worst;        /* the day with the most stranded clients */
	uint64_t worst_count;
	uint64_t steps;
	struct arena arena;
};

/* Borrows the scenario. REFUSED says which line of the scenario could not be done, FAILED that memory is out; either
 * way replay_free is due. */
int replay_run(struct replay *, const struct scenario *, uint64_t seed, struct error *);
void replay_free(struct replay *);

/* How many clients of a row were stranded, by any cause. */
uint32_t row_stranded(const struct day_row *);

/* The first stranding in words: "pagekite.py 0.5.6d: fe5, the nearest relay in the answer, speaks 1.0-1.2,
 * but it needs ssl3". */
char *stranding_reason(const struct replay *, struct arena *);

const char *cause_words(enum cause);

#endif
