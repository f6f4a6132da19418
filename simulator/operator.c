/* SPDX-License-Identifier: BSD-2-Clause */
/* What each of the operator's verbs changes in the fleet. */
#include "simulator/operator.h"

#include <string.h>

#include "lib/text.h"
#include "simulator/pool_life.h"
#include "steering/schedule.h"

/* Finds the action's object. REFUSED when there is none, or with NEW, when there is one. */
static int find(struct stage *s, const struct action *a, union action_row *key, bool new, void **row, struct error *e)
{
	struct text name = { 0 };
	int outcome = action_set_key(a, key, &s->arena, e);
	if (outcome != DONE)
		return outcome;
	*row = stage_find(s, a->verb->kind, key);
	row_cite(a->verb->kind, key, &name);
	if ((*row == NULL) != new)
		outcome = fail(e, REFUSED, new ? "%s is there already" : "there is no %s",
			name.bytes == NULL ? a->verb->kind->name : name.bytes);
	text_free(&name);
	return outcome;
}

static int install(struct stage *s, const struct action *a, const char *name, struct error *e)
{
	struct machine *machine = stage_machine(s, name);
	if (machine == NULL)
		return fail(e, FAILED, "out of memory");
	if (a->os != NULL)
		machine_install(s, machine, scenario_os(s->scenario, a->os));
	return DONE;
}

static int add_row(struct stage *s, const struct action *a, struct error *e)
{
	union action_row row;
	void *there;
	int outcome = find(s, a, &row, true, &there, e);
	if (outcome == DONE)
		outcome = action_fill(a, &row, &s->arena, e);
	if (outcome == DONE && a->verb->kind == &relay_kind) {
		row.relay.since = s->fleet.now;
		outcome = install(s, a, row.relay.name, e);
	}
	return outcome == DONE ? stage_put(s, a->verb->kind, &row, e) : outcome;
}

/* Makes the pools that a release looks up and that are missing, as the command does. */
static int add_release(struct stage *s, const struct action *a, struct error *e)
{
	union action_row row;
	size_t length;
	int outcome = add_row(s, a, e);
	if (outcome == DONE)
		outcome = action_fill(a, &row, &s->arena, e);
	const char *rest = outcome == DONE ? row.release.pools : "";
	for (const char *word; outcome == DONE && (word = text_word(&rest, " ", &length)) != NULL;) {
		struct pool pool;
		outcome = row_standard(&pool_kind, &pool, &s->arena, e);
		pool.label = arena_text_part(&s->arena, word, length);
		if (outcome == DONE && pool.label == NULL)
			outcome = fail(e, FAILED, "out of memory");
		if (outcome == DONE && stage_find(s, &pool_kind, &pool) == NULL)
			outcome = stage_put(s, &pool_kind, &pool, e);
	}
	return outcome;
}

static int add(struct stage *s, const struct action *a, struct error *e)
{
	return a->verb->kind == &release_kind ? add_release(s, a, e) : add_row(s, a, e);
}

static int set(struct stage *s, const struct action *a, struct error *e)
{
	union action_row row;
	void *there;
	int outcome = find(s, a, &row, false, &there, e);
	if (outcome != DONE)
		return outcome;
	int64_t state = a->verb->kind == &relay_kind ? ((struct relay *)there)->state : 0;
	outcome = action_set_fields(a, there, &s->arena, e);
	s->moved = true;
	if (outcome == DONE && a->verb->kind == &relay_kind) {
		struct relay *relay = there;
		relay->since = relay->state == state ? relay->since : s->fleet.now;
		outcome = install(s, a, relay->name, e);
	}
	return outcome;
}

static int take(struct stage *s, const struct action *a, struct error *e)
{
	union action_row row;
	void *there;
	int outcome = find(s, a, &row, false, &there, e);
	if (outcome != DONE)
		return outcome;
	if (a->verb->kind == &relay_kind)
		machine_switch(s, stage_machine(s, row.relay.name), false);
	stage_remove(s, a->verb->kind, &row);
	return DONE;
}

static int relay_state(struct stage *s, const struct action *a, struct error *e)
{
	union action_row row;
	void *there;
	int outcome = find(s, a, &row, false, &there, e);
	if (outcome != DONE)
		return outcome;
	struct relay *relay = there;
	relay->state = a->verb->deed == DEED_DRAIN ? RELAY_DRAINING : RELAY_SERVICE;
	relay->since = s->fleet.now;
	s->moved = true;
	return DONE;
}

static int relay_power(struct stage *s, const struct action *a, struct error *e)
{
	union action_row row;
	void *there;
	int outcome = find(s, a, &row, false, &there, e);
	if (outcome == DONE)
		machine_switch(s, stage_machine(s, row.relay.name), a->verb->deed == DEED_UP);
	return outcome;
}

static int pool_freeze(struct stage *s, const struct action *a, struct error *e)
{
	union action_row row;
	void *there;
	int64_t members;
	int outcome = find(s, a, &row, false, &there, e);
	struct pool *pool = there;
	if (outcome == DONE && pool->state != POOL_OPEN)
		outcome = fail(e, REFUSED, "pool %s is not open", pool->label);
	if (outcome == DONE)
		outcome = pool_life_enrol(s, pool, &members, e);
	if (outcome != DONE)
		return outcome;
	pool->state = POOL_FROZEN;
	s->moved = true;
	return DONE;
}

static int pool_thaw(struct stage *s, const struct action *a, struct error *e)
{
	union action_row row;
	void *there;
	int outcome = find(s, a, &row, false, &there, e);
	if (outcome != DONE)
		return outcome;
	struct pool *pool = there;
	pool->state = POOL_OPEN;
	schedule_end(pool);
	s->moved = true;
	return DONE;
}

/* The schedule's steps are taken as the days pass. */
static int pool_shrink(struct stage *s, const struct action *a, struct error *e)
{
	union action_row row;
	void *there;
	int64_t members;
	int outcome = find(s, a, &row, false, &there, e);
	if (outcome != DONE)
		return outcome;
	struct pool *pool = there;
	const char *roster = pool->roster;
	outcome = action_set_fields(a, pool, &s->arena, e);
	if (outcome == DONE)
		outcome = pool_life_enrol(s, pool, &members, e);
	if (outcome != DONE)
		return outcome;
	if (pool->state != POOL_OPEN)
		pool->roster = roster;
	if (pool->shrink_from == 0)
		pool->shrink_from = members;
	if (pool->shrink_from <= pool->shrink_to || pool->shrink_to < pool->least
		|| pool->shrink_by <= s->fleet.now)
		return fail(e, REFUSED, "pool %s has %lld members and wants %lld at least: it cannot shrink to "
			"%lld, or not by that date", pool->label, (long long)members, (long long)pool->least,
			(long long)pool->shrink_to);
	schedule_begin(pool, s->fleet.now);
	s->moved = true;
	return DONE;
}

static int pool_rule(struct stage *s, const struct action *a, struct error *e)
{
	union action_row row;
	int outcome = action_set_key(a, &row, &s->arena, e);
	row.rule.verdict = a->verb->deed == DEED_INCLUDE ? RULE_INCLUDE : RULE_EXCLUDE;
	return outcome == DONE ? stage_put(s, &rule_kind, &row, e) : outcome;
}

int operator_do(struct stage *s, const struct action *a, struct error *e)
{
	static int (*const done[])(struct stage *, const struct action *, struct error *) = {
		[DEED_ADD] = add, [DEED_SET] = set, [DEED_REMOVE] = take,
		[DEED_DRAIN] = relay_state, [DEED_RESUME] = relay_state,
		[DEED_DOWN] = relay_power, [DEED_UP] = relay_power,
		[DEED_FREEZE] = pool_freeze, [DEED_THAW] = pool_thaw, [DEED_SHRINK] = pool_shrink,
		[DEED_INCLUDE] = pool_rule, [DEED_EXCLUDE] = pool_rule,
	};
	return done[a->verb->deed](s, a, e);
}
