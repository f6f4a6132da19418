/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads an act's rows from the change log, and sums them up by object. */
#include "tools/registry/act.h"

#include <stdlib.h>
#include <string.h>

#include "lib/array.h"

/* One side of one change of the act. */
struct piece {
	const struct kind *kind;
	const char *key;
	struct change_side *side;
	size_t order; /* later ones are higher */
};

struct gathering {
	struct act_read *act;
	struct arena *arena;
	int64_t revision;
	int64_t id;        /* the act's; 0 for SQL by hand */
	bool found, whole; /* whole: the log reaches back beyond the act */
	struct piece *pieces;
	size_t count, room;
};

const char *act_key(const struct kind *kind, const void *row, struct arena *arena)
{
	struct text key = { 0 };
	for (const struct field *f = kind->fields; f < kind->fields + kind->count; f++)
		if ((f->flags & FIELD_KEY) != 0) {
			text_add(&key, key.length > 0 ? " " : "");
			field_write(f, row, &key);
		}
	const char *copy = key.broken ? NULL : arena_text(arena, key.bytes);
	text_free(&key);
	return copy;
}

uint64_t act_difference(const struct kind *kind, const struct change_side *was, const struct change_side *is)
{
	if (!was->there || !is->there)
		return was->there == is->there ? 0 : UINT64_MAX;
	uint64_t changed = is->secrets, told = was->told & is->told;
	for (const struct field *f = kind->fields; f < kind->fields + kind->count; f++) {
		uint64_t bit = field_bit(kind, f);
		changed |= (told & bit) != 0 && !field_same(f, &was->row, &is->row) ? bit : 0;
	}
	return changed;
}

/* The log, from the act's newest row to its oldest. */

static int add_piece(struct gathering *g, const struct kind *kind, const char *key, const struct change_side *side,
	struct error *e)
{
	struct change_side *copy = arena_take(g->arena, sizeof *copy);
	if (copy == NULL || !array_room(&g->pieces, &g->room, g->count + 1, sizeof *g->pieces))
		return fail(e, FAILED, "out of memory");
	*copy = *side;
	g->pieces[g->count] = (struct piece){ kind, key, copy, SIZE_MAX - g->count };
	g->count++;
	return DONE;
}

/* What became of the object of one key: the later side first. */
static int add_pieces(struct gathering *g, const struct kind *kind, const char *key, const struct change_side *was,
	const struct change_side *is, struct error *e)
{
	int outcome = add_piece(g, kind, key, is, e);
	return outcome == DONE ? add_piece(g, kind, key, was, e) : outcome;
}

/* A record whose RDATA is another one is one record less and one more. Any other object with a new key got it from SQL by
 * hand, and what refers to it went along. */
static int take_moved(struct gathering *g, const struct change *change, const struct change_side *was,
	const struct change_side *is, const char *const keys[2], struct error *e)
{
	const struct change_side none = { .there = false };
	if (change->of != &record_kind)
		return fail(e, REFUSED, "revision %lld: %s %s got that name by hand (SQL), and only so can it be taken back",
			(long long)change->revision, change->kind, change->key);
	int outcome = add_pieces(g, change->of, keys[1], &none, is, e);
	return outcome == DONE ? add_pieces(g, change->of, keys[0], was, &none, e) : outcome;
}

static int take_change(struct gathering *g, const struct change *change, struct error *e)
{
	struct change_side was, is;
	g->act->newest = change->revision > g->act->newest ? change->revision : g->act->newest;
	if (change->of == NULL)
		return DONE;
	int outcome = change_read(change, false, g->arena, &was, e);
	if (outcome == DONE)
		outcome = change_read(change, true, g->arena, &is, e);
	if (outcome != DONE)
		return fail_within(e, outcome, "revision %lld", (long long)change->revision);
	const char *keys[2] = { act_key(change->of, &was.row, g->arena), act_key(change->of, &is.row, g->arena) };
	if (keys[0] == NULL || keys[1] == NULL)
		return fail(e, FAILED, "out of memory");
	if (was.there && is.there && strcmp(keys[0], keys[1]) != 0)
		return take_moved(g, change, &was, &is, keys, e);
	return add_pieces(g, change->of, keys[is.there], &was, &is, e);
}

static int find_act(const struct change *change, void *context, struct error *e)
{
	struct gathering *g = context;
	(void)e;
	g->found = change->revision == g->revision;
	g->id = change->act;
	return UNCHANGED;
}

/* An act's changes stand side by side. Those of SQL by hand are of no act, and each stands for itself. */
static int gather(const struct change *change, void *context, struct error *e)
{
	struct gathering *g = context;
	if (g->id == 0 ? change->revision == g->revision : change->act == g->id)
		return take_change(g, change, e);
	g->whole = change->revision < g->revision;
	return g->whole ? UNCHANGED : DONE;
}

static int walk(struct gathering *g, struct registry *registry, struct error *e)
{
	const char *pruned;
	int64_t gone = 0;
	int outcome = registry_changes(registry, g->revision - 1, find_act, g, e);
	if (outcome == ABSENT)
		return fail(e, REFUSED, "revision %lld is no longer in the change log, which was pruned since", (long long)g->revision);
	if (outcome != DONE && outcome != UNCHANGED)
		return outcome;
	if (!g->found)
		return fail(e, REFUSED, "there is no revision %lld in the change log: 'windsock log' shows what there is",
			(long long)g->revision);
	outcome = registry_changes_back(registry, gather, g, e);
	if (outcome != DONE || g->id == 0)
		return outcome == UNCHANGED ? DONE : outcome;
	outcome = registry_meta_get(registry, "pruned", g->arena, &pruned, e);
	if (outcome == DONE && (!text_number(pruned, 0, INT64_MAX, &gone) || gone > 0))
		return fail(e, REFUSED, "the change log was pruned since, and may lack a part of the act of revision %lld",
			(long long)g->revision);
	return outcome == ABSENT ? DONE : outcome;
}

/* What the act did to each object, by its first state and its last. */

static int order_of(const struct kind *kind, const char *key, const struct kind *other_kind, const char *other_key)
{
	int order = strcmp(kind->name, other_kind->name);
	return order != 0 ? order : strcmp(key, other_key);
}

static int compare_pieces(const void *left, const void *right)
{
	const struct piece *a = left, *b = right;
	int order = order_of(a->kind, a->key, b->kind, b->key);
	return order != 0 ? order : (a->order > b->order) - (a->order < b->order);
}

/* Sums up all pieces of one object, the oldest first. Of one that went and came back, secrets are others. */
static struct act_object sum_up(const struct piece *pieces, size_t count)
{
	struct act_object o = { .kind = pieces->kind, .key = pieces->key, .was = pieces[0].side, .is = pieces[count - 1].side };
	for (size_t i = 0; i < count; i++) {
		o.secrets |= pieces[i].side->secrets;
		o.held |= pieces[i].side->held;
		o.untold |= pieces[i].side->untold;
	}
	if (o.is->there)
		o.secrets |= o.held | o.untold;
	o.changed = act_difference(o.kind, o.was, o.is) | (o.was->there && o.is->there ? o.secrets : 0);
	return o;
}

static int sum_up_all(struct gathering *g, struct error *e)
{
	struct act_read *act = g->act;
	if (g->count > 1)
		qsort(g->pieces, g->count, sizeof *g->pieces, compare_pieces);
	act->objects = arena_take(g->arena, (g->count + 1) * sizeof *act->objects);
	if (act->objects == NULL)
		return fail(e, FAILED, "out of memory");
	for (size_t i = 0, next; i < g->count; i = next) {
		const struct piece *first = &g->pieces[i];
		for (next = i + 1; next < g->count
			&& order_of(first->kind, first->key, g->pieces[next].kind, g->pieces[next].key) == 0;)
			next++;
		struct act_object o = sum_up(first, next - i);
		if (o.changed != 0)
			act->objects[act->count++] = o;
	}
	return DONE;
}

int act_read(struct registry *registry, int64_t revision, struct arena *arena, struct act_read *act, struct error *e)
{
	struct gathering g = { .act = act, .arena = arena, .revision = revision };
	*act = (struct act_read){ .count = 0 };
	int outcome = walk(&g, registry, e);
	if (outcome == DONE)
		outcome = sum_up_all(&g, e);
	free(g.pieces);
	return outcome;
}

struct act_object *act_find(const struct act_read *act, const struct kind *kind, const char *key)
{
	size_t low = 0, high = act->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		struct act_object *o = &act->objects[middle];
		int order = order_of(o->kind, o->key, kind, key);
		if (order == 0)
			return o;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}
