/* SPDX-License-Identifier: BSD-2-Clause */
/* Which client networks are in a pool's brownout, for how long, and with what TTL. */
#include "steering/brownout.h"

#include <stddef.h>

#include "steering/bucket.h"
#include "steering/successor.h"
#include "steering/walk.h"

const struct pool *brownout_successor(const struct fleet *fleet, const struct pool *pool)
{
	return fleet->now != 0 && pool->brownout > 0 && fleet->now < pool->brownout_until ? successor_of(fleet, pool) : NULL;
}

int64_t brownout_ttl(const struct pool *pool)
{
	enum { BROWNOUT_TTL = 60 };
	return pool->ttl < BROWNOUT_TTL ? pool->ttl : BROWNOUT_TTL;
}

bool brownout_takes_now(const struct fleet *fleet, const struct pool *pool, unsigned bucket)
{
	return brownout_successor(fleet, pool) != NULL && brownout_takes(pool, bucket);
}

uint32_t brownout_buckets(const struct pool *pool)
{
	return (uint32_t)(((uint64_t)pool->brownout * STEERING_BUCKETS + 99) / 100);
}

bool brownout_takes(const struct pool *pool, unsigned bucket)
{
	struct walk order; /* the pool's own order of all buckets, of which the first ones are in the brownout */
	if (pool->brownout <= 0)
		return false;
	walk_begin(&order, walk_key(pool->label), 1, STEERING_BUCKET_BITS, 0, 0);
	return walk_at(&order, bucket) < brownout_buckets(pool);
}

int64_t brownout_next(const struct fleet *fleet, const struct pool *pool)
{
	int64_t end = pool->brownout_until, aftermath = end + BROWNOUT_AFTERMATH;
	if (pool->brownout <= 0 || aftermath <= fleet->now)
		return INT64_MAX;
	return end > fleet->now ? end : aftermath;
}
