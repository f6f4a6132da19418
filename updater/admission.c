/* SPDX-License-Identifier: BSD-2-Clause */
#include "updater/admission.h"

#include "lib/clock.h"
#include "lib/log.h"
#include "steering/quorum.h"
#include "updater/door.h"

/* When any prober spoke last, of whatever relay; 0 for never. */
static int find_newest(const void *row, void *context, struct error *e)
{
	const struct observation *o = row;
	int64_t *newest = context;
	(void)e;
	if (quorum_is_prober(o) && quorum_date(o) > *newest)
		*newest = quorum_date(o);
	return DONE;
}

static int prober_speaks(struct updater *u, int64_t now, bool *speaks, struct error *e)
{
	int64_t newest = 0;
	int outcome = u->registry->engine->each(u->registry, &observation_kind, NULL, find_newest, &newest, e);
	*speaks = newest > 0 && now - newest <= QUORUM_STALE;
	return outcome;
}

int admission_begin(struct updater *u, int64_t now, int64_t *state, struct error *e)
{
	bool speaks;
	int outcome = prober_speaks(u, now, &speaks, e);
	*state = speaks ? RELAY_TESTING : RELAY_SERVICE;
	return outcome;
}

/* What most probers say, once one of them has looked long enough. */
static int judge(struct updater *u, const struct relay *relay, bool *passed, struct error *e)
{
	struct arena arena = { 0 };
	const struct observation of = { .relay = relay->name };
	struct observation *said;
	struct verdict verdict;
	size_t count;
	int outcome = registry_all(u->registry, &observation_kind, &of, &arena, (void **)&said, &count, e);
	*passed = false;
	for (size_t i = 0; outcome == DONE && i < count; i++)
		*passed |= quorum_is_prober(&said[i]) && said[i].at >= relay->since + ADMISSION;
	if (outcome == DONE)
		quorum_fold(said, count, relay->addresses, &verdict);
	*passed &= outcome == DONE && verdict.health == HEALTH_UP;
	arena_free(&arena);
	return outcome;
}

static int begin_anew(struct updater *u, struct relay *row, int64_t now, struct error *e)
{
	row->since = now;
	int outcome = door_act(u, NULL, "windsock-updater", "the clock was set back: a relay's tests begin anew", e);
	return outcome == DONE ? u->registry->engine->set(u->registry, &relay_kind, row, e) : outcome;
}

static int try_one(struct updater *u, const struct relay *relay, bool speaks, int64_t now, struct error *e)
{
	struct relay row = *relay;
	bool passed = true;
	if (relay->since > now) /* the clock was ahead when its tests began, which would take until then */
		return begin_anew(u, &row, now, e);
	int outcome = speaks ? judge(u, relay, &passed, e) : DONE;
	if (outcome != DONE || !passed)
		return outcome;
	row.state = RELAY_SERVICE;
	row.since = now;
	log_notice("relay %s is in service: %s", row.name, speaks ? "it passed its tests" : "no prober tests it");
	outcome = door_act(u, NULL, "windsock-updater", speaks ? "relay passed its tests" : "no prober to test it", e);
	return outcome == DONE ? u->registry->engine->set(u->registry, &relay_kind, &row, e) : outcome;
}

int admission_run(struct updater *u, struct error *e)
{
	struct arena arena = { 0 };
	struct relay *relays;
	size_t count, testing = 0;
	bool speaks = false;
	int64_t now = clock_date();
	int outcome = registry_all(u->registry, &relay_kind, NULL, &arena, (void **)&relays, &count, e);
	for (size_t i = 0; outcome == DONE && i < count; i++)
		testing += relays[i].state == RELAY_TESTING;
	if (outcome == DONE && testing > 0)
		outcome = prober_speaks(u, now, &speaks, e);
	for (size_t i = 0; outcome == DONE && testing > 0 && i < count; i++)
		if (relays[i].state == RELAY_TESTING)
			outcome = try_one(u, &relays[i], speaks, now, e);
	arena_free(&arena);
	return outcome;
}
