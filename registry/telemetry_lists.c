/* SPDX-License-Identifier: BSD-2-Clause */
/* What telemetry has lists of: zones that were asked in, labels that nobody defined, and relays' sessions. */
#include <stdlib.h>
#include <string.h>

#include "lib/array.h"
#include "registry/telemetry_file.h"

/* Rows of all files, in an array that grows. */
struct gathering {
	struct arena *arena;
	char *rows;
	size_t count, room, size;
};

static void *another(struct gathering *g)
{
	return array_room_in(g->arena, &g->rows, &g->room, g->count + 1, g->size) ? g->rows + g->count++ * g->size : NULL;
}

static const char *copy_text(struct gathering *g, sqlite3_stmt *row, int at)
{
	const char *text = (const char *)sqlite3_column_text(row, at);
	return arena_text(g->arena, text == NULL ? "" : text);
}

static int take_unknown(sqlite3_stmt *row, void *context, struct error *e)
{
	struct gathering *g = context;
	struct telemetry_unknown *unknown = another(g);
	const char *label = copy_text(g, row, 0);
	if (unknown == NULL || label == NULL)
		return fail(e, FAILED, "out of memory");
	*unknown = (struct telemetry_unknown){ NULL, label, sqlite3_column_int64(row, 1),
		sqlite3_column_int64(row, 2), sqlite3_column_int64(row, 3) };
	return DONE;
}

static int compare_labels(const void *left, const void *right)
{
	const struct telemetry_unknown *a = left, *b = right;
	return strcmp(a->label, b->label);
}

static int compare_queries(const void *left, const void *right)
{
	const struct telemetry_unknown *a = left, *b = right;
	return a->queries != b->queries ? (a->queries < b->queries ? 1 : -1) : strcmp(a->label, b->label);
}

/* Those of several files that are the same, which stand beside each other, become one. */
static size_t fold_unknowns(struct telemetry_unknown *list, size_t count)
{
	size_t kept = 0;
	for (size_t i = 0; i < count; i++) {
		struct telemetry_unknown *before = kept > 0 ? &list[kept - 1] : NULL;
		if (before == NULL || strcmp(before->label, list[i].label) != 0) {
			list[kept++] = list[i];
			continue;
		}
		before->queries += list[i].queries;
		before->day = list[i].day > before->day ? list[i].day : before->day;
		before->last = list[i].last > before->last ? list[i].last : before->last;
	}
	return kept;
}

int telemetry_unknowns(const struct telemetry_files *files, int64_t first, struct arena *arena,
	struct telemetry_unknown **unknowns, size_t *count, struct error *e)
{
	struct gathering g = { .arena = arena, .size = sizeof **unknowns };
	int outcome = telemetry_each(files, UNKNOWNS, NULL, first, 0, take_unknown, &g, e);
	*unknowns = (struct telemetry_unknown *)(void *)g.rows;
	if (g.count > 1)
		qsort(*unknowns, g.count, sizeof **unknowns, compare_labels);
	*count = fold_unknowns(*unknowns, g.count);
	if (*count > 1)
		qsort(*unknowns, *count, sizeof **unknowns, compare_queries);
	return outcome;
}

/* A zone's rows, of files and nodes, on their way to one. */
struct zone_row {
	struct telemetry_zone zone;
	struct sketch seen;
};

static int take_zone(sqlite3_stmt *row, void *context, struct error *e)
{
	struct gathering *g = context;
	struct zone_row *zone = another(g);
	const char *name = copy_text(g, row, 0);
	if (zone == NULL || name == NULL)
		return fail(e, FAILED, "out of memory");
	zone->zone = (struct telemetry_zone){ .zone = name, .queries = sqlite3_column_int64(row, 1) };
	telemetry_sketch(row, 2, &zone->seen);
	return DONE;
}

static int compare_zones(const void *left, const void *right)
{
	const struct telemetry_zone *a = left, *b = right;
	return strcmp(a->zone, b->zone);
}

static int compare_zone_queries(const void *left, const void *right)
{
	const struct telemetry_zone *a = left, *b = right;
	return a->queries != b->queries ? (a->queries < b->queries ? 1 : -1) : strcmp(a->zone, b->zone);
}

static size_t fold_zones(struct zone_row *rows, size_t count, struct telemetry_zone *zones)
{
	size_t kept = 0;
	for (size_t i = 0; i < count; i++) {
		struct sketch seen = rows[i].seen;
		zones[kept] = rows[i].zone;
		for (; i + 1 < count && strcmp(rows[i + 1].zone.zone, zones[kept].zone) == 0; i++) {
			zones[kept].queries += rows[i + 1].zone.queries;
			sketch_merge(&seen, &rows[i + 1].seen);
		}
		zones[kept++].networks = sketch_estimate(&seen);
	}
	return kept;
}

int telemetry_zones(const struct telemetry_files *files, int64_t first, struct arena *arena,
	struct telemetry_zone **zones, size_t *count, struct error *e)
{
	struct gathering g = { .arena = arena, .size = sizeof(struct zone_row) };
	int outcome = telemetry_each(files, ZONES, NULL, first, 0, take_zone, &g, e);
	struct zone_row *rows = (struct zone_row *)(void *)g.rows;
	*count = 0;
	*zones = arena_take(arena, (g.count + 1) * sizeof **zones);
	if (*zones == NULL)
		return fail(e, FAILED, "out of memory");
	if (g.count > 1)
		qsort(rows, g.count, sizeof *rows, compare_zones);
	*count = fold_zones(rows, g.count, *zones);
	if (*count > 1)
		qsort(*zones, *count, sizeof **zones, compare_zone_queries);
	return outcome;
}

static int take_sessions(sqlite3_stmt *row, void *context, struct error *e)
{
	struct gathering *g = context;
	struct telemetry_sessions *sessions = another(g);
	const char *version = copy_text(g, row, 0);
	if (sessions == NULL || version == NULL)
		return fail(e, FAILED, "out of memory");
	*sessions = (struct telemetry_sessions){ version, sqlite3_column_int64(row, 1),
		sqlite3_column_int64(row, 2) };
	return DONE;
}

static int compare_sessions(const void *left, const void *right)
{
	const struct telemetry_sessions *a = left, *b = right;
	return a->day != b->day ? (a->day > b->day ? 1 : -1) : strcmp(a->version, b->version);
}

int telemetry_sessions(const struct telemetry_files *files, int64_t first, struct arena *arena,
	struct telemetry_sessions **sessions, size_t *count, struct error *e)
{
	struct gathering g = { .arena = arena, .size = sizeof **sessions };
	int outcome = telemetry_each(files, SESSIONS, NULL, first, 0, take_sessions, &g, e);
	struct telemetry_sessions *list = *sessions = (struct telemetry_sessions *)(void *)g.rows;
	if (g.count > 1)
		qsort(list, g.count, sizeof *list, compare_sessions);
	*count = 0;
	for (size_t i = 0; i < g.count; i++) {
		if (*count > 0 && compare_sessions(&list[*count - 1], &list[i]) == 0)
			list[*count - 1].sessions += list[i].sessions;
		else
			list[(*count)++] = list[i];
	}
	return outcome;
}

static int take_relay(sqlite3_stmt *row, void *context, struct error *e)
{
	struct gathering *g = context;
	struct telemetry_relay *told = another(g);
	const char *relay = copy_text(g, row, 0), *version = copy_text(g, row, 1);
	if (told == NULL || relay == NULL || version == NULL)
		return fail(e, FAILED, "out of memory");
	*told = (struct telemetry_relay){ relay, version, sqlite3_column_int64(row, 2), sqlite3_column_int64(row, 3) };
	return DONE;
}

static int compare_relays(const void *left, const void *right)
{
	const struct telemetry_relay *a = left, *b = right;
	int order = strcmp(a->relay, b->relay);
	if (order == 0 && a->day != b->day)
		return a->day < b->day ? 1 : -1;
	return order != 0 ? order : strcmp(a->version, b->version);
}

int telemetry_relays(const struct telemetry_files *files, int64_t first, struct arena *arena,
	struct telemetry_relay **relays, size_t *count, struct error *e)
{
	struct gathering g = { .arena = arena, .size = sizeof **relays };
	int outcome = telemetry_each(files, RELAYS, NULL, first, 0, take_relay, &g, e);
	struct telemetry_relay *list = *relays = (struct telemetry_relay *)(void *)g.rows;
	if (g.count > 1)
		qsort(list, g.count, sizeof *list, compare_relays);
	*count = 0;
	for (size_t i = 0; i < g.count; i++) /* each file has a newest day of its own */
		if (*count == 0 || strcmp(list[*count - 1].relay, list[i].relay) != 0 || list[*count - 1].day == list[i].day)
			list[(*count)++] = list[i];
	return outcome;
}
