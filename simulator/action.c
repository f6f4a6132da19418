/* SPDX-License-Identifier: BSD-2-Clause */
/* The operator's verbs, each as what it changes in the fleet. */
#include "simulator/action.h"

#include <string.h>

#include "lib/text.h"
#include "simulator/pool_life.h"
#include "simulator/scenario.h"
#include "simulator/stage.h"
#include "steering/schedule.h"

union row {
	struct relay relay;
	struct pool pool;
	struct release release;
	struct rule rule;
};

static int key_count(const struct kind *kind)
{
	int count = 0;
	for (const struct field *f = kind->fields; f < kind->fields + kind->count; f++)
		count += (f->flags & FIELD_KEY) != 0;
	return count;
}

static int set_fields(const struct action *a, void *row, struct arena *arena, struct error *e)
{
	int outcome = DONE;
	for (int i = 0; i < a->words.value_count && outcome == DONE; i++) {
		const char *name = a->words.name[i];
		const struct field *field = kind_field(a->verb->kind, name, strlen(name));
		if (field == NULL || (field->flags & (FIELD_KEY | FIELD_HIDDEN)) != 0)
			return fail(e, REFUSED, "a %s has no field '%.40s' to set", a->verb->kind->name, name);
		outcome = field_read(field, a->words.value[i], row, arena, e);
	}
	return outcome;
}

static int set_key(const struct action *a, void *row, struct arena *arena, struct error *e)
{
	int at = 0, outcome = row_standard(a->verb->kind, row, arena, e);
	const struct kind *kind = a->verb->kind;
	for (const struct field *f = kind->fields; f < kind->fields + kind->count && outcome == DONE; f++)
		if ((f->flags & FIELD_KEY) != 0)
			outcome = field_read(f, a->words.word[at++], row, arena, e);
	return outcome;
}

int action_fill(const struct action *a, void *row, struct arena *arena, struct error *e)
{
	int outcome = set_key(a, row, arena, e);
	return outcome == DONE ? set_fields(a, row, arena, e) : outcome;
}

/* Finds the action's object. REFUSED when there is none, or with NEW, when there is one. */
static int find(struct stage *s, const struct action *a, union row *key, bool new, void **row, struct error *e)
{
	struct text name = { 0 };
	int outcome = set_key(a, key, &s->arena, e);
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

static int add(struct stage *s, const struct action *a, struct error *e)
{
	union row row;
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
	union row row;
	size_t length;
	int outcome = add(s, a, e);
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

static int set(struct stage *s, const struct action *a, struct error *e)
{
	union row row;
	void *there;
	int outcome = find(s, a, &row, false, &there, e);
	if (outcome != DONE)
		return outcome;
	int64_t state = a->verb->kind == &relay_kind ? ((struct relay *)there)->state : 0;
	outcome = set_fields(a, there, &s->arena, e);
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
	union row row;
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
	union row row;
	void *there;
	int outcome = find(s, a, &row, false, &there, e);
	if (outcome != DONE)
		return outcome;
	struct relay *relay = there;
	relay->state = strcmp(a->verb->name, "drain") == 0 ? RELAY_DRAINING : RELAY_SERVICE;
	relay->since = s->fleet.now;
	s->moved = true;
	return DONE;
}

static int relay_power(struct stage *s, const struct action *a, struct error *e)
{
	union row row;
	void *there;
	int outcome = find(s, a, &row, false, &there, e);
	if (outcome == DONE)
		machine_switch(s, stage_machine(s, row.relay.name), strcmp(a->verb->name, "up") == 0);
	return outcome;
}

static int pool_freeze(struct stage *s, const struct action *a, struct error *e)
{
	union row row;
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
	union row row;
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
	union row row;
	void *there;
	int64_t members;
	int outcome = find(s, a, &row, false, &there, e);
	if (outcome != DONE)
		return outcome;
	struct pool *pool = there;
	const char *roster = pool->roster;
	outcome = set_fields(a, pool, &s->arena, e);
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
		return fail(e, REFUSED, "pool %s has %lld members and wants %lld at least: it cannot shrink to %lld, "
			"or not by that date", pool->label, (long long)members, (long long)pool->least,
			(long long)pool->shrink_to);
	schedule_begin(pool, s->fleet.now);
	s->moved = true;
	return DONE;
}

static int pool_rule(struct stage *s, const struct action *a, struct error *e)
{
	union row row;
	int outcome = set_key(a, &row, &s->arena, e);
	row.rule.verdict = strcmp(a->verb->name, "include") == 0 ? RULE_INCLUDE : RULE_EXCLUDE;
	return outcome == DONE ? stage_put(s, &rule_kind, &row, e) : outcome;
}

static const struct action_verb verbs[] = {
	{ "relay", "add", &relay_kind, true, add },
	{ "relay", "set", &relay_kind, true, set },
	{ "relay", "drain", &relay_kind, false, relay_state },
	{ "relay", "resume", &relay_kind, false, relay_state },
	{ "relay", "remove", &relay_kind, false, take },
	{ "relay", "down", &relay_kind, false, relay_power },
	{ "relay", "up", &relay_kind, false, relay_power },
	{ "pool", "add", &pool_kind, true, add },
	{ "pool", "set", &pool_kind, true, set },
	{ "pool", "remove", &pool_kind, false, take },
	{ "pool", "freeze", &pool_kind, false, pool_freeze },
	{ "pool", "thaw", &pool_kind, false, pool_thaw },
	{ "pool", "shrink", &pool_kind, true, pool_shrink },
	{ "pool", "include", &rule_kind, false, pool_rule },
	{ "pool", "exclude", &rule_kind, false, pool_rule },
	{ "pool", "unrule", &rule_kind, false, take },
	{ "release", "add", &release_kind, true, add_release },
	{ "release", "set", &release_kind, true, set },
	{ "release", "remove", &release_kind, false, take },
	{ "rule", "add", &rule_kind, true, add },
	{ "rule", "set", &rule_kind, true, set },
	{ "rule", "remove", &rule_kind, false, take },
};

static const struct action_verb *find_verb(const struct words *w)
{
	for (const struct action_verb *v = verbs; v < verbs + sizeof verbs / sizeof verbs[0]; v++)
		if (w->count > 1 && strcmp(w->word[0], v->noun) == 0 && strcmp(w->word[1], v->name) == 0)
			return v;
	return NULL;
}

static int check_needed(const struct action *a, struct error *e)
{
	const struct kind *kind = a->verb->kind;
	for (const struct field *f = kind->fields; f < kind->fields + kind->count; f++) {
		bool given = (f->flags & FIELD_KEY) != 0;
		for (int i = 0; i < a->words.value_count; i++)
			given |= strcmp(a->words.name[i], f->name) == 0;
		if ((f->flags & FIELD_NEEDED) != 0 && !given)
			return fail(e, REFUSED, "a %s needs %s=", kind->name, f->name);
	}
	return DONE;
}

/* Gives to=, by= and from=, named as the command's options, their fields' names. */
static int name_schedule(struct action *a, struct error *e)
{
	static const char *const names[][2] = { { "to", "shrink_to" }, { "by", "shrink_by" },
		{ "from", "shrink_from" } };
	int needed = 0;
	for (int i = 0; i < a->words.value_count; i++)
		for (size_t n = 0; n < sizeof names / sizeof names[0]; n++)
			if (strcmp(a->words.name[i], names[n][0]) == 0) {
				a->words.name[i] = names[n][1];
				needed += n < 2;
			}
	return needed == 2 ? DONE : fail(e, REFUSED, "pool shrink needs to=NUMBER and by=DATE");
}

int action_read(const struct words *w, struct arena *arena, struct action *a, struct error *e)
{
	union row row;
	*a = (struct action){ .verb = find_verb(w), .words = *w };
	if (a->verb == NULL)
		return fail(e, REFUSED, "'%.40s %.40s' is nothing that can be done", w->count > 0 ? w->word[0] : "",
			w->count > 1 ? w->word[1] : "");
	bool new = strcmp(a->verb->name, "add") == 0;
	words_shift(&a->words, 2);
	if (a->words.count != key_count(a->verb->kind))
		return fail(e, REFUSED, "%s %s wants %d words behind it, not %d", a->verb->noun, a->verb->name,
			key_count(a->verb->kind), a->words.count);
	if (a->verb->fields && a->verb->kind == &relay_kind)
		a->os = words_take(&a->words, "os");
	if (new && a->verb->kind == &relay_kind && a->os == NULL)
		return fail(e, REFUSED, "relay add needs os=");
	if (!a->verb->fields && a->words.value_count > 0)
		return fail(e, REFUSED, "'%.40s=' has no place here", a->words.name[0]);
	int outcome = a->verb->run == pool_shrink ? name_schedule(a, e) : DONE;
	if (outcome == DONE)
		outcome = action_fill(a, &row, arena, e);
	return outcome == DONE && new ? check_needed(a, e) : outcome;
}

int action_run(struct stage *s, const struct action *a, struct error *e)
{
	return a->verb->run(s, a, e);
}
