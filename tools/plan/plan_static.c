/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds static data that stays in its zone and is answered no more: a pool, a zone or a delegation hides it. */
#include <stdlib.h>
#include <string.h>

#include "lib/array.h"
#include "registry/difference.h"
#include "tools/plan/plan.h"
#include "wire/type.h"

/* An RRset that nobody is answered any more, of as many rows as were there before the change. */
struct hidden_set {
	const char *zone, *owner;
	int64_t type;
	int64_t rows;
};

/* The sets found so far. Records are walked in the order of zones, owners and types, and so the sets are, too. */
struct hiding {
	struct plan *plan;
	const struct host_rules *before, *after;
	struct hidden_set *sets;
	size_t count, room;
};

static int compare_sets(const void *left, const void *right)
{
	const struct hidden_set *a = left, *b = right;
	int order = strcmp(a->zone, b->zone);
	order = order != 0 ? order : strcmp(a->owner, b->owner);
	return order != 0 ? order : (a->type > b->type) - (a->type < b->type);
}

static int look_at_record(const void *row, void *context, struct error *e)
{
	const struct record *record = row;
	struct hiding *h = context;
	struct hidden_set set = { record->zone, record->owner, record->type, 1 };
	if (h->count > 0 && compare_sets(&h->sets[h->count - 1], &set) == 0) {
		h->sets[h->count - 1].rows++;
		return DONE;
	}
	if (!record_answered(h->before, record) || record_answered(h->after, record))
		return DONE;
	struct arena *arena = &h->plan->arena;
	if (!array_room_in(arena, &h->sets, &h->room, h->count + 1, sizeof *h->sets)
		|| (set.zone = arena_text(arena, set.zone)) == NULL || (set.owner = arena_text(arena, set.owner)) == NULL)
		return fail(e, FAILED, "out of memory");
	h->sets[h->count++] = set;
	return DONE;
}

/* Counts a set's rows as they were before the change: ROWS is 1 for a record that the change removed, -1 for one that it
 * brought. JSON is the record as the change log has it; NULL for none. */
static int take_back(struct hiding *h, const char *zone, const char *json, int rows, struct error *e)
{
	struct arena arena = { 0 };
	struct record record;
	int outcome = json == NULL ? REFUSED : difference_read_record(json, zone, &arena, &record, e);
	if (outcome == DONE) {
		const struct hidden_set key = { zone, record.owner, record.type, 0 };
		struct hidden_set *set = bsearch(&key, h->sets, h->count, sizeof key, compare_sets);
		if (set != NULL)
			set->rows += rows;
	}
	arena_free(&arena);
	return outcome == REFUSED ? DONE : outcome; /* what is no record has hidden nothing */
}

/* Records that the change itself brought are not lost by being hidden, for they were not answered before. */
static int take_change(const struct change *change, void *context, struct error *e)
{
	struct hiding *h = context;
	if (change->of != &record_kind)
		return DONE;
	int outcome = take_back(h, change->key, change->old, 1, e);
	return outcome == DONE ? take_back(h, change->key, change->new, -1, e) : outcome;
}

int plan_static(struct command *c, struct plan *p, struct error *e)
{
	struct hiding h = { .plan = p, .before = &p->names_before, .after = &p->names_after };
	const char *last = "";
	int outcome = registry_each(c->registry, &record_kind, NULL, look_at_record, &h, e);
	if (outcome == DONE && h.count > 0)
		outcome = registry_changes(c->registry, p->begun, take_change, &h, e);
	outcome = outcome == ABSENT ? DONE : outcome;
	for (size_t i = 0; i < h.count && outcome == DONE; i++) {
		if (h.sets[i].rows > 0 && strcmp(h.sets[i].owner, last) != 0)
			outcome = plan_sample(&p->arena, &p->lost.statics, h.sets[i].owner, e);
		last = h.sets[i].rows > 0 ? h.sets[i].owner : last;
	}
	return outcome;
}

static int note_address(const void *row, void *context, struct error *e)
{
	const struct record *record = row;
	bool *found = context;
	(void)e;
	*found |= record->type == TYPE_A || record->type == TYPE_AAAA;
	return DONE;
}

int plan_static_at(struct command *c, struct plan *p, const char *zone, const char *name, struct error *e)
{
	const struct record of = { .zone = zone, .owner = name };
	bool found = false;
	int outcome = registry_each_in(c->registry, &record_kind, &of, note_address, &found, e);
	return outcome == DONE && found ? plan_sample(&p->arena, &p->lost.statics, name, e) : outcome;
}
