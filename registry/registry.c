/* SPDX-License-Identifier: BSD-2-Clause */
#include "registry/registry.h"

#include <string.h>

#include "registry/sqlite.h"

int registry_open(const char *path, enum registry_mode mode, struct registry **registry,
	struct error *e)
{
	return sqlite_registry_open(path, mode, registry, e);
}

void registry_close(struct registry *registry)
{
	if (registry != NULL)
		registry->engine->close(registry);
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
	if (g->count == g->room) {
		size_t room = g->room == 0 ? 16 : g->room * 2;
		char *rows = arena_take(g->arena, room * g->kind->size);
		if (rows == NULL)
			return fail(e, FAILED, "out of memory");
		if (g->count > 0)
			memcpy(rows, g->rows, g->count * g->kind->size);
		g->rows = rows;
		g->room = room;
	}
	return row_copy(g->kind, row, g->rows + g->count++ * g->kind->size, g->arena, e);
}

int registry_all(struct registry *registry, const struct kind *kind, const void *of,
	struct arena *arena, void *rows, size_t *count, struct error *e)
{
	struct gathering g = { .kind = kind, .arena = arena };
	int outcome = registry->engine->each(registry, kind, of, gather, &g, e);
	memcpy(rows, &g.rows, sizeof g.rows);
	*count = g.count;
	return outcome;
}

int registry_put(struct registry *registry, const struct kind *kind, const void *row,
	struct error *e)
{
	int outcome = registry->engine->set(registry, kind, row, e);
	return outcome == ABSENT ? registry->engine->add(registry, kind, row, e) : outcome;
}
