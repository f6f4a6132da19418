/* SPDX-License-Identifier: BSD-2-Clause */
/* A pool's row as time goes on: its roster, and the steps of its schedule. */
#include "simulator/pool_life.h"

#include <string.h>

#include "lib/text.h"
#include "steering/schedule.h"
#include "steering/steering.h"

int pool_life_enrol(struct stage *s, struct pool *pool, int64_t *members, struct error *e)
{
	struct offer *offers;
	struct membership m;
	struct text roster = { 0 };
	int outcome = steering_offers(&s->fleet, &s->arena, &offers, e);
	if (outcome == DONE)
		outcome = steering_pool(&s->fleet, offers, pool, &s->arena, &m, e);
	if (outcome != DONE)
		return outcome;
	text_add(&roster, "");
	for (size_t i = 0; i < m.count; i++)
		if (m.seats[i].in || m.seats[i].reason == REASON_SIZE)
			text_addf(&roster, "%s%s", roster.length == 0 ? "" : " ", m.seats[i].offer->relay->name);
	pool->roster = roster.bytes == NULL ? NULL : arena_text(&s->arena, roster.bytes);
	*members = (int64_t)m.members;
	text_free(&roster);
	return pool->roster == NULL ? fail(e, FAILED, "out of memory") : DONE;
}

static int step_one(struct stage *s, const struct offer *offers, struct pool *pool, struct arena *arena,
	struct text *notes, struct error *e)
{
	const char *why;
	int verdict = schedule_step(&s->fleet, offers, pool, false, arena, &why, e);
	if (verdict == SCHEDULE_STEP) {
		schedule_take(pool, s->fleet.now);
		s->moved = true;
		text_addf(notes, "pool %s shrinks to %lld\n", pool->label, (long long)pool->size);
	}
	if (verdict != SCHEDULE_PAUSE || strcmp(pool->paused, why) == 0)
		return verdict < 0 ? verdict : DONE;
	pool->paused = arena_text(&s->arena, why);
	text_addf(notes, "pool %s does not shrink further for now: %s\n", pool->label, why);
	return pool->paused == NULL ? fail(e, FAILED, "out of memory") : DONE;
}

int pool_life_step(struct stage *s, struct arena *arena, const char **notes, struct error *e)
{
	struct arena scratch = { 0 };
	struct offer *offers;
	struct text text = { 0 };
	int outcome = steering_offers(&s->fleet, &scratch, &offers, e);
	for (size_t i = 0; i < s->fleet.pool_count && outcome == DONE; i++)
		outcome = step_one(s, offers, &s->fleet.pools[i], &scratch, &text, e);
	*notes = text.length == 0 ? NULL : arena_text(arena, text.bytes);
	if (outcome == DONE && text.length > 0 && *notes == NULL)
		outcome = fail(e, FAILED, "out of memory");
	text_free(&text);
	arena_free(&scratch);
	return outcome;
}
