/* SPDX-License-Identifier: BSD-2-Clause */
/* Taking the steps of pools that shrink. */
#include "updater/shrink.h"

#include <string.h>

#include "lib/log.h"
#include "registry/fleet.h"
#include "registry/telemetry.h"
#include "steering/schedule.h"
#include "steering/steering.h"

struct shrinking {
	struct transaction *transaction;
	const char *telemetry;
	struct arena arena;
	struct fleet fleet;
	struct offer *offers;
};

static int write_pool(struct shrinking *s, const struct pool *row, const char *verb, struct error *e)
{
	int outcome = transaction_act(s->transaction, NULL, "windsock-updater", verb, e);
	return outcome == DONE ? registry_put(s->transaction->registry, &pool_kind, row, e) : outcome;
}

/* Whether more client networks ask for a pool than when it began to shrink, as far as our name server counted
 * (registry/telemetry.h). Telemetry that cannot be read holds up no schedule. */
static bool asked_by_more(const struct shrinking *s, const struct pool *pool)
{
	enum { PATIENCE = 50 };
	struct telemetry_files files = { .count = 1 };
	bool more = false;
	if (telemetry_look(s->telemetry, PATIENCE, &files.file[0], NULL) != DONE)
		return false;
	telemetry_grew(&files, pool->label, steering_day(pool->shrink_start), steering_day(s->fleet.now), &more, NULL);
	telemetry_close(files.file[0]);
	return more;
}

static int shrink_one(struct shrinking *s, const struct pool *pool, struct error *e)
{
	const char *why;
	struct pool row = *pool;
	int verdict = schedule_step(&s->fleet, s->offers, pool, false, &s->arena, &why, e);
	if (verdict == SCHEDULE_STEP && asked_by_more(s, pool))
		verdict = schedule_step(&s->fleet, s->offers, pool, true, &s->arena, &why, e);
	if (verdict == SCHEDULE_STEP) {
		schedule_take(&row, s->fleet.now);
		log_notice("pool %s shrinks to %lld members", row.label, (long long)row.size);
		return write_pool(s, &row, "a step of pool shrink", e);
	}
	if (verdict != SCHEDULE_PAUSE)
		return verdict < 0 ? verdict : DONE;
	if (strcmp(pool->paused, why) == 0)
		return DONE;
	row.paused = why;
	log_warning("pool %s does not shrink further for now: %s", row.label, why);
	return write_pool(s, &row, "pool shrink pauses", e);
}

int shrink_pools(struct transaction *t, const char *telemetry, struct error *e)
{
	struct shrinking s = { .transaction = t, .telemetry = telemetry };
	struct pool *pools;
	size_t count, refused;
	bool any = false;
	int outcome = registry_all(t->registry, &pool_kind, NULL, &s.arena, (void **)&pools, &count, e);
	for (size_t i = 0; outcome == DONE && i < count; i++)
		any |= pools[i].state == POOL_SHRINKING;
	if (outcome == DONE && any)
		outcome = registry_fleet(t->registry, &s.arena, &s.fleet, &refused, e);
	if (outcome == DONE && any)
		outcome = steering_offers(&s.fleet, &s.arena, &s.offers, e);
	for (size_t i = 0; outcome == DONE && i < s.fleet.pool_count; i++)
		outcome = shrink_one(&s, &s.fleet.pools[i], e);
	arena_free(&s.arena);
	return outcome;
}
