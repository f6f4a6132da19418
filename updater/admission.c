/* SPDX-License-Identifier: BSD-2-Clause */
/* Judging relays that are tested, by what probers say of them. */
#include "updater/admission.h"

#include "lib/clock.h"
#include "lib/log.h"
#include "registry/fleet.h"
#include "steering/quorum.h"

/* The newest date of any prober's row, of whatever relay; 0 for none. Dates later than now are kept apart in AHEAD:
 * our clock went back, or that prober's is ahead. */
struct last_words {
	int64_t now, newest, ahead;
};

static int find_newest(const void *row, void *context, struct error *e)
{
	const struct observation *o = row;
	struct last_words *w = context;
	(void)e;
	int64_t *of = quorum_date(o) > w->now ? &w->ahead : &w->newest;
	if (quorum_is_prober(o) && quorum_date(o) > *of)
		*of = quorum_date(o);
	return DONE;
}

/* Whether the prober whose date is ahead still speaks. Its date does not tell when it was written, so it is believed
 * as long as it changes. */
static bool moves(struct admission *a, int64_t ahead)
{
	int64_t ticks = clock_ticks();
	if (ahead != a->ahead) {
		a->ahead = ahead;
		a->moved = ticks;
	}
	return ahead > 0 && ticks - a->moved <= QUORUM_STALE * INT64_C(1000);
}

static int prober_speaks(struct admission *a, struct registry *r, int64_t now, bool *speaks, struct error *e)
{
	struct last_words w = { .now = now };
	int outcome = registry_each(r, &observation_kind, NULL, find_newest, &w, e);
	*speaks = moves(a, w.ahead) || (w.newest > 0 && now - w.newest <= QUORUM_STALE);
	return outcome;
}

int admission_begin(struct admission *a, struct registry *r, int64_t now, int64_t *state, struct error *e)
{
	bool speaks;
	int outcome = prober_speaks(a, r, now, &speaks, e);
	*state = speaks ? RELAY_TESTING : RELAY_SERVICE;
	return outcome;
}

/* Whether the relay passes: most probers find it well, and one of them has looked at it for long enough. */
static int judge(struct registry *r, const struct relay *relay, bool *passed, struct error *e)
{
	struct arena arena = { 0 };
	const struct observation of = { .relay = relay->name };
	struct observation *said;
	struct verdict verdict;
	size_t count;
	int outcome = registry_all(r, &observation_kind, &of, &arena, (void **)&said, &count, e);
	*passed = false;
	if (outcome == DONE)
		registry_date(said, count, clock_date());
	for (size_t i = 0; outcome == DONE && i < count; i++)
		*passed |= quorum_is_prober(&said[i]) && quorum_date(&said[i]) >= relay->since + ADMISSION;
	if (outcome == DONE)
		quorum_fold(said, count, relay->addresses, &verdict);
	*passed &= outcome == DONE && verdict.health == HEALTH_UP;
	arena_free(&arena);
	return outcome;
}

static int begin_anew(struct transaction *t, struct relay *row, int64_t now, struct error *e)
{
	row->since = now;
	int outcome = transaction_act(t, NULL, "windsock-updater", "the clock was set back: a relay's tests begin anew", e);
	return outcome == DONE ? registry_set(t->registry, &relay_kind, row, e) : outcome;
}

static int try_one(struct transaction *t, const struct relay *relay, bool speaks, int64_t now, struct error *e)
{
	struct relay row = *relay;
	bool passed = true;
	if (relay->since > now) /* the clock was ahead when its tests began, which would take until then */
		return begin_anew(t, &row, now, e);
	int outcome = speaks ? judge(t->registry, relay, &passed, e) : DONE;
	if (outcome != DONE || !passed)
		return outcome;
	row.state = RELAY_SERVICE;
	row.since = now;
	log_notice("relay %s is in service: %s", row.name, speaks ? "it passed its tests" : "no prober tests it");
	outcome = transaction_act(t, NULL, "windsock-updater", speaks ? "relay passed its tests" : "no prober to test it", e);
	return outcome == DONE ? registry_set(t->registry, &relay_kind, &row, e) : outcome;
}

int admission_run(struct admission *a, struct transaction *t, struct error *e)
{
	struct arena arena = { 0 };
	struct relay *relays;
	size_t count, testing = 0;
	bool speaks = false;
	int64_t now = clock_date();
	int outcome = registry_all(t->registry, &relay_kind, NULL, &arena, (void **)&relays, &count, e);
	for (size_t i = 0; outcome == DONE && i < count; i++)
		testing += relays[i].state == RELAY_TESTING;
	if (outcome == DONE && testing > 0)
		outcome = prober_speaks(a, t->registry, now, &speaks, e);
	for (size_t i = 0; outcome == DONE && testing > 0 && i < count; i++)
		if (relays[i].state == RELAY_TESTING)
			outcome = try_one(t, &relays[i], speaks, now, e);
	arena_free(&arena);
	return outcome;
}
