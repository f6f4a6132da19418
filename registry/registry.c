/* SPDX-License-Identifier: BSD-2-Clause */
/* Each function goes to the engine, and what is true of all engines is done here. */
#include "registry/registry.h"

#include <string.h>

#include "lib/array.h"
#include "registry/engine.h"

void registry_close(struct registry *r)
{
	if (r != NULL)
		r->engine->close(r);
}

const char *registry_path(const struct registry *r)
{
	return r->path;
}

void registry_patience(struct registry *r, int milliseconds)
{
	r->engine->patience(r, milliseconds);
}

int registry_begin(struct registry *r, struct error *e)
{
	return r->engine->begin(r, e);
}

int registry_act(struct registry *r, const struct act *act, struct error *e)
{
	return r->engine->act(r, act, e);
}

int registry_commit(struct registry *r, struct error *e)
{
	return r->engine->commit(r, e);
}

void registry_rollback(struct registry *r)
{
	r->engine->rollback(r);
}

int registry_save(struct registry *r, struct error *e)
{
	return r->engine->save(r, e);
}

int registry_keep(struct registry *r, struct error *e)
{
	return r->engine->keep(r, e);
}

int registry_undo(struct registry *r, struct error *e)
{
	return r->engine->undo(r, e);
}

int registry_freeze(struct registry *r, struct error *e)
{
	return r->engine->freeze(r, e);
}

/* Begins a walk, but not one within another of the same kind: an engine has one statement for both, so that the outer
 * one would begin anew and never end. */
static int enter(struct registry *r, struct walk *walk, const void *of, const char *named, struct error *e)
{
	for (const struct walk *outer = r->walks; outer != NULL; outer = outer->outer)
		if (outer->of == of)
			return fail(e, FAILED, "a walk of %s was begun within another one", named);
	*walk = (struct walk){ of, r->walks };
	r->walks = walk;
	return DONE;
}

static int leave(struct registry *r, const struct walk *walk, int outcome)
{
	r->walks = walk->outer;
	return outcome;
}

int registry_each(struct registry *r, const struct kind *kind, const void *of, registry_row *take, void *context,
	struct error *e)
{
	struct walk walk;
	int outcome = enter(r, &walk, kind, kind->name, e);
	return outcome != DONE ? outcome : leave(r, &walk, r->engine->each(r, kind, of, take, context, e));
}

int registry_each_in(struct registry *r, const struct kind *kind, const void *of, registry_row *take, void *context,
	struct error *e)
{
	struct walk walk;
	int outcome = enter(r, &walk, kind, kind->name, e);
	return outcome != DONE ? outcome : leave(r, &walk, r->engine->each_in(r, kind, of, take, context, e));
}

int registry_each_underscore(struct registry *r, const struct record *of, registry_row *take, void *context,
	struct error *e)
{
	struct walk walk;
	int outcome = enter(r, &walk, &record_kind, record_kind.name, e);
	return outcome != DONE ? outcome : leave(r, &walk, r->engine->each_underscore(r, of, take, context, e));
}

int registry_each_by_token(struct registry *r, const struct kind *kind, const void *of, registry_row *take, void *context,
	struct error *e)
{
	struct walk walk;
	int outcome = enter(r, &walk, kind, kind->name, e);
	return outcome != DONE ? outcome : leave(r, &walk, r->engine->each_by_token(r, kind, of, take, context, e));
}

struct gathering {
	const struct kind *kind;
	struct arena *arena;
	char *rows;
	size_t count, room;
};

static int gather(const void *row, void *context, struct error *e)
{
	struct gathering *g = context;
	if (!array_room_in(g->arena, &g->rows, &g->room, g->count + 1, g->kind->size))
		return fail(e, FAILED, "out of memory");
	return row_copy(g->kind, row, g->rows + g->count++ * g->kind->size, g->arena, e);
}

int registry_all(struct registry *r, const struct kind *kind, const void *of, struct arena *arena, void *rows,
	size_t *count, struct error *e)
{
	struct gathering g = { .kind = kind, .arena = arena };
	int outcome = registry_each(r, kind, of, gather, &g, e);
	memcpy(rows, &g.rows, sizeof g.rows);
	*count = g.count;
	return outcome;
}

int registry_get(struct registry *r, const struct kind *kind, const void *key, struct arena *arena, void *row,
	struct error *e)
{
	return r->engine->get(r, kind, key, arena, row, e);
}

int registry_add(struct registry *r, const struct kind *kind, const void *row, struct error *e)
{
	return r->engine->add(r, kind, row, e);
}

int registry_set(struct registry *r, const struct kind *kind, const void *row, struct error *e)
{
	return r->engine->set(r, kind, row, e);
}

int registry_put(struct registry *r, const struct kind *kind, const void *row, struct error *e)
{
	int outcome = registry_set(r, kind, row, e);
	return outcome == ABSENT ? registry_add(r, kind, row, e) : outcome;
}

int registry_remove(struct registry *r, const struct kind *kind, const void *key, struct error *e)
{
	return r->engine->remove(r, kind, key, e);
}

int registry_remove_all(struct registry *r, const struct kind *kind, const void *of, struct error *e)
{
	return r->engine->remove_all(r, kind, of, e);
}

int registry_count(struct registry *r, const struct kind *kind, int64_t *count, struct error *e)
{
	return r->engine->count(r, kind, count, e);
}

int registry_count_owned(struct registry *r, const struct kind *kind, const char *by, int64_t most, int64_t *count,
	struct error *e)
{
	return r->engine->count_owned(r, kind, by, most, count, e);
}

int registry_revision(struct registry *r, int64_t *revision, struct error *e)
{
	return r->engine->revision(r, revision, e);
}

int registry_raise(struct registry *r, int64_t least, struct error *e)
{
	return r->engine->raise(r, least, e);
}

const char registry_serial_note[] = "serial", registry_signatures_note[] = "signatures";

int registry_note(struct registry *r, const char *kind, struct error *e)
{
	return r->engine->note(r, kind, e);
}

static const char all_changes[] = "changes", touched_keys[] = "keys that changed", changes_back[] = "changes, back";

int registry_changes(struct registry *r, int64_t after, registry_change *take, void *context, struct error *e)
{
	struct walk walk;
	int outcome = enter(r, &walk, all_changes, all_changes, e);
	return outcome != DONE ? outcome : leave(r, &walk, r->engine->changes(r, after, take, context, e));
}

int registry_touched(struct registry *r, int64_t after, registry_change *take, void *context, struct error *e)
{
	struct walk walk;
	int outcome = enter(r, &walk, touched_keys, touched_keys, e);
	return outcome != DONE ? outcome : leave(r, &walk, r->engine->touched(r, after, take, context, e));
}

int registry_changes_back(struct registry *r, registry_change *take, void *context, struct error *e)
{
	struct walk walk;
	int outcome = enter(r, &walk, changes_back, changes_back, e);
	return outcome != DONE ? outcome : leave(r, &walk, r->engine->changes_back(r, take, context, e));
}

int registry_copy(struct registry *r, const char *path, struct error *e)
{
	return r->engine->copy(r, path, e);
}

int registry_oldest(struct registry *r, int64_t *at, struct error *e)
{
	return r->engine->oldest(r, at, e);
}

int registry_prune(struct registry *r, int64_t before, int64_t most, int64_t readers_since, struct error *e)
{
	return r->engine->prune(r, before, most, readers_since, e);
}

int registry_news(struct registry *r, bool *news, struct error *e)
{
	return r->engine->news(r, news, e);
}

int registry_meta_get(struct registry *r, const char *name, struct arena *arena, const char **value, struct error *e)
{
	return r->engine->meta_get(r, name, arena, value, e);
}

int registry_meta_set(struct registry *r, const char *name, const char *value, struct error *e)
{
	return r->engine->meta_set(r, name, value, e);
}
