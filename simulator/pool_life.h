/* SPDX-License-Identifier: BSD-2-Clause */
/* A pool's life as the command and the updater lead it: what is written into its row, by steering. */
#ifndef SIMULATOR_POOL_LIFE_H
#define SIMULATOR_POOL_LIFE_H

#include "simulator/stage.h"

/* Writes the pool's members into its roster, and how many they are. */
int pool_life_enrol(struct stage *, struct pool *, int64_t *members, struct error *);

/* Takes the steps of all schedules that are due. NOTES, the arena's, says what was done, a line each, or
 * why not; NULL when nothing was. */
int pool_life_step(struct stage *, struct arena *, const char **notes, struct error *);

#endif
