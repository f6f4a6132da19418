/* SPDX-License-Identifier: BSD-2-Clause */
/* What the command and the updater write into a pool's row as it is frozen or shrinks, as steering decides. */
#ifndef SIMULATOR_POOL_LIFE_H
#define SIMULATOR_POOL_LIFE_H

#include "simulator/stage.h"

/* Writes the pool's present relays into its roster, and sets *MEMBERS to how many are given out. FAILED when memory is
 * out. */
int pool_life_enrol(struct stage *, struct pool *, int64_t *members, struct error *);

/* Takes all schedules' steps that are due. *NOTES, the arena's, says line by line what was done or why not; NULL when
 * there is nothing to say. FAILED when memory is out. */
int pool_life_step(struct stage *, struct arena *, const char **notes, struct error *);

#endif
