/* SPDX-License-Identifier: BSD-2-Clause */
/* Steps of a shrinking pool by date, each after a look at what the last one did. */
#include "steering/schedule.h"

#include <string.h>

int64_t schedule_size(const struct pool *pool, int64_t date)
{
	int64_t from = pool->shrink_from, span = pool->shrink_by - pool->shrink_start;
	if (date <= pool->shrink_start)
		return from;
	if (span <= 0 || date >= pool->shrink_by)
		return pool->shrink_to;
	return from - (from - pool->shrink_to) * (date - pool->shrink_start) / span;
}

void schedule_begin(struct pool *pool, int64_t now)
{
	if (pool->state != POOL_SHRINKING)
		pool->shrink_size = pool->size;
	pool->state = POOL_SHRINKING;
	pool->size = pool->shrink_from;
	pool->shrink_start = now;
	pool->paused = "";
}

void schedule_take(struct pool *pool, int64_t now)
{
	pool->size--;
	pool->shrunk = now;
	pool->paused = "";
}

void schedule_end(struct pool *pool)
{
	if (pool->shrink_by != 0)
		pool->size = pool->shrink_size;
	pool->shrink_from = pool->shrink_to = pool->shrink_start = pool->shrink_by = 0;
	pool->shrink_size = pool->shrunk = 0;
	pool->roster = pool->paused = "";
}

/* Whether the last step was too lately for its effect to be seen. */
static bool is_fresh(const struct pool *pool, int64_t now)
{
	int64_t steps = pool->shrink_from - pool->shrink_to, span = pool->shrink_by - pool->shrink_start;
	int64_t each = steps > 0 && span > 0 ? span / steps : 0;
	return now < pool->shrunk + (each < SCHEDULE_STEP_MOST ? each : SCHEDULE_STEP_MOST);
}

/* How many relays of the pool look well, including those that its size keeps out. */
static size_t well_members(const struct membership *m)
{
	size_t count = 0;
	for (size_t i = 0; i < m->count; i++)
		count += (m->seats[i].in && m->seats[i].reason != REASON_LAST_RESORT)
			|| m->seats[i].reason == REASON_SIZE;
	return count;
}

int schedule_step(const struct fleet *fleet, const struct offer *offers, const struct pool *pool,
	bool more_networks, struct arena *arena, const char **why, struct error *e)
{
	struct membership m;
	*why = NULL;
	if (pool->state != POOL_SHRINKING || pool->size <= schedule_size(pool, fleet->now)
		|| pool->size <= pool->shrink_to || is_fresh(pool, fleet->now))
		return SCHEDULE_REST;
	int outcome = steering_pool(fleet, offers, pool, arena, &m, e);
	if (outcome != DONE)
		return outcome;
	int64_t next = pool->size - 1, well = (int64_t)well_members(&m);
	int64_t least = pool->least > 1 ? pool->least : 1;
	if (next < least)
		*why = arena_format(arena, "a step to %lld would be below its least, %lld", (long long)next,
			(long long)least);
	else if (m.last_resort || well < next)
		*why = arena_format(arena, "only %lld of its relays look well", (long long)well);
	else if (well - 1 < least)
		*why = arena_format(arena, "with one relay lost, fewer than %lld would look well", (long long)least);
	else if (more_networks)
		*why = "more client networks ask for it than when it began to shrink";
	else
		return SCHEDULE_STEP;
	return *why == NULL ? fail(e, FAILED, "out of memory") : SCHEDULE_PAUSE;
}
