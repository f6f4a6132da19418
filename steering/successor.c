/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding a pool's successor, and the end of a chain of them. */
#include "steering/successor.h"

#include <stddef.h>
#include <string.h>

const struct pool *successor_of(const struct fleet *fleet, const struct pool *pool)
{
	if (pool->successor == NULL)
		return NULL;
	for (size_t i = 0; i < fleet->pool_count; i++)
		if (strcmp(fleet->pools[i].label, pool->successor) == 0 && &fleet->pools[i] != pool)
			return &fleet->pools[i];
	return NULL;
}

const struct pool *successor_source(const struct fleet *fleet, const struct pool *pool)
{
	const struct pool *source = pool;
	for (size_t steps = 0; steps < fleet->pool_count; steps++) {
		const struct pool *next = source->state == POOL_RETIRED && source->tombstone == TOMBSTONE_SUCCESSOR
			? successor_of(fleet, source) : NULL;
		if (next == NULL)
			return source;
		source = next;
	}
	return pool; /* the successors form a circle */
}
