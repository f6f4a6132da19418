/* SPDX-License-Identifier: BSD-2-Clause */
/* Dates at which something happens: added in any order, taken in ascending order, each once. */
#ifndef SIMULATOR_MOMENTS_H
#define SIMULATOR_MOMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"

struct moments {
	int64_t *heap;
	size_t count, room;
};

/* FAILED when memory is out. */
int moments_add(struct moments *, int64_t, struct error *);

/* Takes the earliest date; false when there is none. */
bool moments_next(struct moments *, int64_t *);

void moments_free(struct moments *);

#endif
