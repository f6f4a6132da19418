/* SPDX-License-Identifier: BSD-2-Clause */
/* A rollback journal rather than a write-ahead log: the file is whole between transactions, so that it can
 * be copied from name servers to the operator's machine, and be read where nobody may write. */
#include "registry/telemetry.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/owner.h"

enum {
	APPLICATION = 0x77736b74, /* "wskt", in the file's header */
	FORM = 1,                 /* user_version */
};

enum statement {
	USE_GET, USE_PUT, UNKNOWN_ADD, SESSIONS_DROP, SESSIONS_ADD, PRUNE_USE, PRUNE_UNKNOWN, PRUNE_SESSIONS,
	DAYS, WATCHED, UNKNOWNS, SESSIONS, RELAYS, STATEMENTS
};

struct telemetry {
	sqlite3 *db;
	sqlite3_stmt *statement[STATEMENTS];
	char path[];
};

static const char schema[] =
	"CREATE TABLE use (node TEXT NOT NULL, day INTEGER NOT NULL, pool TEXT NOT NULL,"
	" queries INTEGER NOT NULL, sketch BLOB NOT NULL, PRIMARY KEY (pool, day, node)) STRICT;"
	"CREATE TABLE unknown (node TEXT NOT NULL, day INTEGER NOT NULL, label TEXT NOT NULL,"
	" queries INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (day, node, label)) STRICT;"
	"CREATE TABLE sessions (relay TEXT NOT NULL, day INTEGER NOT NULL, version TEXT NOT NULL,"
	" sessions INTEGER NOT NULL, PRIMARY KEY (day, relay, version)) STRICT;";

static const char *const sql[STATEMENTS] = {
	[USE_GET] = "SELECT queries, sketch FROM use WHERE pool = ?1 AND day = ?2 AND node = ?3",
	[USE_PUT] = "INSERT INTO use (pool, day, node, queries, sketch) VALUES (?1, ?2, ?3, ?4, ?5) "
		"ON CONFLICT DO UPDATE SET queries = excluded.queries, sketch = excluded.sketch",
	[UNKNOWN_ADD] = "INSERT INTO unknown (node, day, label, queries, last) "
		"SELECT ?1, ?2, CASE WHEN EXISTS "
		"(SELECT 1 FROM unknown WHERE day = ?2 AND node = ?1 AND label = ?3) OR "
		"(SELECT count(*) FROM unknown WHERE day = ?2 AND node = ?1) < ?6 THEN ?3 ELSE '' END, ?4, ?5 "
		"WHERE true ON CONFLICT DO UPDATE SET queries = queries + excluded.queries, "
		"last = max(last, excluded.last)",
	[SESSIONS_DROP] = "DELETE FROM sessions WHERE day = ?1 AND relay = ?2",
	[SESSIONS_ADD] = "INSERT INTO sessions (day, relay, version, sessions) VALUES (?1, ?2, ?3, ?4) "
		"ON CONFLICT DO UPDATE SET sessions = sessions + excluded.sessions",
	[PRUNE_USE] = "DELETE FROM use WHERE day < ?1 AND day <= (SELECT min(day) FROM use) + 1",
	[PRUNE_UNKNOWN] = "DELETE FROM unknown WHERE day < ?1 AND day <= (SELECT min(day) FROM unknown) + 1",
	[PRUNE_SESSIONS] = "DELETE FROM sessions WHERE day < ?1 AND day <= (SELECT min(day) FROM sessions) + 1",
	[DAYS] = "SELECT day, queries, sketch FROM use WHERE pool = ?1 AND day BETWEEN ?2 AND ?3",
	[WATCHED] = "SELECT DISTINCT day FROM use WHERE day BETWEEN ?1 AND ?2",
	[UNKNOWNS] = "SELECT label, max(day), sum(queries), max(last) FROM unknown WHERE day >= ?1 GROUP BY label",
	[RELAYS] = "SELECT relay, version, day, sessions FROM sessions s WHERE day >= ?1 AND sessions > 0 "
		"AND day = (SELECT max(day) FROM sessions WHERE relay = s.relay)",
	[SESSIONS] = "SELECT version, day, sum(sessions) FROM sessions WHERE day >= ?1 GROUP BY day, version",
};

char *telemetry_path(struct arena *arena, const char *registry)
{
	return arena_format(arena, "%s.telemetry", registry);
}

/* Opening. */

static int trouble(const struct telemetry *t, struct error *e, const char *doing)
{
	return fail(e, FAILED, "telemetry %s: %s: %s", t->path, doing, sqlite3_errmsg(t->db));
}

static int execute(struct telemetry *t, const char *text, const char *doing, struct error *e)
{
	return sqlite3_exec(t->db, text, NULL, NULL, NULL) == SQLITE_OK ? DONE : trouble(t, e, doing);
}

static int number(struct telemetry *t, const char *text, int64_t *value, struct error *e)
{
	sqlite3_stmt *statement = NULL;
	bool done = sqlite3_prepare_v2(t->db, text, -1, &statement, NULL) == SQLITE_OK
		&& sqlite3_step(statement) == SQLITE_ROW;
	*value = done ? sqlite3_column_int64(statement, 0) : 0;
	sqlite3_finalize(statement);
	return done ? DONE : trouble(t, e, "reading");
}

/* Others may be making it as well: what counts is what is there in our transaction. */
static int make_tables(struct telemetry *t, struct error *e)
{
	int64_t version;
	char mark[100];
	snprintf(mark, sizeof mark, "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT", APPLICATION,
		FORM);
	int outcome = execute(t, "BEGIN IMMEDIATE", "starting to write", e);
	if (outcome == DONE)
		outcome = number(t, "PRAGMA user_version", &version, e);
	if (outcome == DONE && version > 0)
		return execute(t, "COMMIT", "committing", e);
	if (outcome == DONE)
		outcome = execute(t, schema, "making the tables", e);
	return outcome == DONE ? execute(t, mark, "making the tables", e) : outcome;
}

static int settle(struct telemetry *t, bool make, struct error *e)
{
	int64_t application, version, tables;
	int outcome = number(t, "PRAGMA application_id", &application, e);
	if (outcome == DONE)
		outcome = number(t, "PRAGMA user_version", &version, e);
	if (outcome == DONE)
		outcome = number(t, "SELECT count(*) FROM sqlite_schema", &tables, e);
	if (outcome != DONE)
		return outcome;
	if (application != APPLICATION && tables > 0)
		return fail(e, REFUSED, "%s is a database of another program", t->path);
	if (version > FORM)
		return fail(e, REFUSED, "telemetry %s was made by a newer windsock", t->path);
	if (version == FORM)
		return DONE;
	return make ? make_tables(t, e) : fail(e, ABSENT, "telemetry %s is empty", t->path);
}

static int open_at(const char *path, int patience, bool make, struct telemetry **telemetry, struct error *e)
{
	struct telemetry *t = calloc(1, sizeof *t + strlen(path) + 1);
	if (t == NULL)
		return fail(e, FAILED, "out of memory");
	strcpy(t->path, path);
	int outcome = sqlite3_open_v2(path, &t->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK
		? DONE : trouble(t, e, "opening");
	if (outcome == DONE) {
		sqlite3_busy_timeout(t->db, patience);
		sqlite3_db_config(t->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
		sqlite3_limit(t->db, SQLITE_LIMIT_LENGTH, 1 << 20);
		outcome = execute(t, make ? "PRAGMA synchronous = NORMAL; PRAGMA cell_size_check = ON"
				: "PRAGMA query_only = ON; PRAGMA cell_size_check = ON", "configuring", e);
	}
	if (outcome == DONE)
		outcome = settle(t, make, e);
	if (outcome == DONE)
		*telemetry = t;
	else
		telemetry_close(t);
	return outcome;
}

/* Whoever may read the registry may read what is told of its pools, and nobody else. */
static int make_file(const char *path, const char *registry, struct error *e)
{
	int fd, outcome = owner_make(path, registry, OWNER_DATA, &fd, e);
	if (outcome == DONE)
		close(fd);
	return outcome == EXISTS ? DONE : outcome;
}

int telemetry_open(const char *path, const char *registry, int patience, struct telemetry **t,
	struct error *e)
{
	int outcome = access(path, F_OK) == 0 ? DONE : make_file(path, registry, e);
	return outcome == DONE ? open_at(path, patience, true, t, e) : outcome;
}

int telemetry_look(const char *path, int patience, struct telemetry **t, struct error *e)
{
	if (access(path, F_OK) != 0)
		return errno == ENOENT ? fail(e, ABSENT, "there is no telemetry %s", path)
				       : fail(e, FAILED, "telemetry %s: %s", path, strerror(errno));
	return open_at(path, patience, false, t, e);
}

void telemetry_close(struct telemetry *t)
{
	if (t == NULL)
		return;
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(t->statement[i]);
	sqlite3_close(t->db);
	free(t);
}

/* Statements. */

static int prepare(struct telemetry *t, enum statement which, sqlite3_stmt **statement, struct error *e)
{
	sqlite3_stmt **kept = &t->statement[which];
	if (*kept == NULL && sqlite3_prepare_v2(t->db, sql[which], -1, kept, NULL) != SQLITE_OK)
		return trouble(t, e, "preparing a statement");
	sqlite3_reset(*kept);
	*statement = *kept;
	return DONE;
}

static int run(struct telemetry *t, sqlite3_stmt *statement, const char *doing, struct error *e)
{
	int code = sqlite3_step(statement);
	int outcome = code == SQLITE_DONE ? DONE : trouble(t, e, doing);
	sqlite3_reset(statement);
	return outcome;
}

static void bind_text(sqlite3_stmt *statement, int at, const char *text)
{
	sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC);
}

static bool column_sketch(sqlite3_stmt *statement, int at, struct sketch *sketch)
{
	const void *bytes = sqlite3_column_blob(statement, at);
	return sketch_read(bytes, (size_t)sqlite3_column_bytes(statement, at), sketch);
}

/* Writing. */

int telemetry_begin(struct telemetry *t, struct error *e)
{
	return execute(t, "BEGIN IMMEDIATE", "starting to write", e);
}

int telemetry_commit(struct telemetry *t, struct error *e)
{
	return execute(t, "COMMIT", "committing", e);
}

int telemetry_prune(struct telemetry *t, int64_t today, struct error *e)
{
	int outcome = DONE;
	for (enum statement which = PRUNE_USE; which <= PRUNE_SESSIONS && outcome == DONE; which++) {
		sqlite3_stmt *statement;
		outcome = prepare(t, which, &statement, e);
		if (outcome == DONE) {
			sqlite3_bind_int64(statement, 1, today - TELEMETRY_DAYS);
			outcome = run(t, statement, "removing old days", e);
		}
	}
	return outcome;
}

/* A stored sketch that cannot be read is as good as none. */
static int get_use(struct telemetry *t, const struct telemetry_use *key, int64_t *queries,
	struct sketch *networks, struct error *e)
{
	sqlite3_stmt *statement;
	int outcome = prepare(t, USE_GET, &statement, e);
	if (outcome != DONE)
		return outcome;
	bind_text(statement, 1, key->pool);
	sqlite3_bind_int64(statement, 2, key->day);
	bind_text(statement, 3, key->node);
	int code = sqlite3_step(statement);
	*queries = 0;
	memset(networks, 0, sizeof *networks);
	if (code == SQLITE_ROW) {
		*queries = sqlite3_column_int64(statement, 0);
		column_sketch(statement, 1, networks);
	} else if (code != SQLITE_DONE) {
		outcome = trouble(t, e, "reading");
	}
	sqlite3_reset(statement);
	return outcome;
}

int telemetry_add_use(struct telemetry *t, struct telemetry_use *use, struct error *e)
{
	uint8_t bytes[SKETCH_REGISTERS];
	struct sketch before;
	int64_t queries;
	sqlite3_stmt *statement;
	int outcome = get_use(t, use, &queries, &before, e);
	if (outcome == DONE)
		outcome = prepare(t, USE_PUT, &statement, e);
	if (outcome != DONE)
		return outcome;
	use->queries += queries;
	sketch_merge(&use->networks, &before);
	bind_text(statement, 1, use->pool);
	sqlite3_bind_int64(statement, 2, use->day);
	bind_text(statement, 3, use->node);
	sqlite3_bind_int64(statement, 4, use->queries);
	sqlite3_bind_blob64(statement, 5, bytes, sketch_write(&use->networks, bytes), SQLITE_STATIC);
	return run(t, statement, "writing", e);
}

int telemetry_add_unknown(struct telemetry *t, const struct telemetry_unknown *unknown, struct error *e)
{
	sqlite3_stmt *statement;
	int outcome = prepare(t, UNKNOWN_ADD, &statement, e);
	if (outcome != DONE)
		return outcome;
	bind_text(statement, 1, unknown->node);
	sqlite3_bind_int64(statement, 2, unknown->day);
	bind_text(statement, 3, unknown->label);
	sqlite3_bind_int64(statement, 4, unknown->queries);
	sqlite3_bind_int64(statement, 5, unknown->last);
	sqlite3_bind_int64(statement, 6, TELEMETRY_UNKNOWN);
	return run(t, statement, "writing", e);
}

int telemetry_put_sessions(struct telemetry *t, const char *relay, int64_t day,
	const struct telemetry_sessions *sessions, size_t count, struct error *e)
{
	sqlite3_stmt *statement;
	int outcome = prepare(t, SESSIONS_DROP, &statement, e);
	if (outcome == DONE) {
		sqlite3_bind_int64(statement, 1, day);
		bind_text(statement, 2, relay);
		outcome = run(t, statement, "writing", e);
	}
	for (size_t i = 0; i < count && outcome == DONE; i++) {
		outcome = prepare(t, SESSIONS_ADD, &statement, e);
		if (outcome != DONE)
			break;
		sqlite3_bind_int64(statement, 1, day);
		bind_text(statement, 2, relay);
		bind_text(statement, 3, sessions[i].version);
		sqlite3_bind_int64(statement, 4, sessions[i].sessions);
		outcome = run(t, statement, "writing", e);
	}
	return outcome;
}

/* Reading. */

typedef int take_row(sqlite3_stmt *, void *context, struct error *);

/* Takes all rows of a statement from all files. POOL may be NULL. */
static int each(const struct telemetry_files *files, enum statement which, const char *pool, int64_t first,
	int64_t last, take_row *take, void *context, struct error *e)
{
	int outcome = DONE;
	for (size_t i = 0; i < files->count && outcome == DONE; i++) {
		struct telemetry *t = files->file[i];
		sqlite3_stmt *statement;
		int code = SQLITE_DONE, at = 0;
		outcome = prepare(t, which, &statement, e);
		if (outcome != DONE)
			break;
		if (pool != NULL)
			bind_text(statement, ++at, pool);
		sqlite3_bind_int64(statement, ++at, first);
		if (which == DAYS || which == WATCHED)
			sqlite3_bind_int64(statement, ++at, last);
		while (outcome == DONE && (code = sqlite3_step(statement)) == SQLITE_ROW)
			outcome = take(statement, context, e);
		if (outcome == DONE && code != SQLITE_DONE)
			outcome = trouble(t, e, "reading");
		sqlite3_reset(statement);
	}
	return outcome;
}

struct summing {
	int64_t first;
	struct day_sum {
		int64_t queries;
		struct sketch networks;
	} *sums; /* a day each from FIRST on, or one for all of them */
	bool all;
	int64_t last; /* on which somebody asked */
};

static int sum_day(sqlite3_stmt *row, void *context, struct error *e)
{
	struct summing *summing = context;
	struct sketch networks;
	int64_t day = sqlite3_column_int64(row, 0), queries = sqlite3_column_int64(row, 1);
	struct day_sum *sum = &summing->sums[summing->all ? 0 : day - summing->first];
	(void)e;
	if (queries <= 0)
		return DONE;
	column_sketch(row, 2, &networks);
	sum->queries += queries;
	sketch_merge(&sum->networks, &networks);
	summing->last = day > summing->last ? day : summing->last;
	return DONE;
}

int telemetry_days(const struct telemetry_files *files, const char *pool, int64_t first, int64_t last,
	struct arena *arena, struct telemetry_day **days, size_t *count, struct error *e)
{
	if (first < last - TELEMETRY_DAYS)
		first = last - TELEMETRY_DAYS;
	size_t most = last < first ? 0 : (size_t)(last - first) + 1;
	struct summing summing = { .first = first, .sums = calloc(most + 1, sizeof *summing.sums) };
	*days = arena_take(arena, (most + 1) * sizeof **days);
	*count = 0;
	int outcome = summing.sums == NULL || *days == NULL ? fail(e, FAILED, "out of memory")
		: each(files, DAYS, pool, first, last, sum_day, &summing, e);
	for (size_t i = 0; i < most && outcome == DONE; i++)
		if (summing.sums[i].queries > 0)
			(*days)[(*count)++] = (struct telemetry_day){ first + (int64_t)i,
				summing.sums[i].queries, sketch_estimate(&summing.sums[i].networks) };
	free(summing.sums);
	return outcome;
}

struct watching {
	int64_t first;
	bool *watched;
};

static int mark_day(sqlite3_stmt *row, void *context, struct error *e)
{
	struct watching *w = context;
	(void)e;
	w->watched[sqlite3_column_int64(row, 0) - w->first] = true;
	return DONE;
}

int telemetry_watched(const struct telemetry_files *files, int64_t first, int64_t last, bool *watched, struct error *e)
{
	struct watching w = { first, watched };
	for (int64_t day = first; day <= last; day++)
		watched[day - first] = false;
	return each(files, WATCHED, NULL, first, last, mark_day, &w, e);
}

int telemetry_total(const struct telemetry_files *files, const char *pool, int64_t first, int64_t last,
	struct telemetry_day *total, struct error *e)
{
	struct day_sum sum = { 0 };
	struct summing summing = { .first = first, .sums = &sum, .all = true };
	int outcome = each(files, DAYS, pool, first, last, sum_day, &summing, e);
	*total = (struct telemetry_day){ summing.last, sum.queries, sketch_estimate(&sum.networks) };
	if (outcome == DONE && sum.queries == 0)
		return fail(e, ABSENT, "nobody asked for %s", pool);
	return outcome;
}

int telemetry_either(const struct telemetry_files *files, const char *pool, const char *other, int64_t first,
	int64_t last, double *networks, struct error *e)
{
	struct day_sum sum = { 0 };
	struct summing summing = { .first = first, .sums = &sum, .all = true };
	int outcome = each(files, DAYS, pool, first, last, sum_day, &summing, e);
	if (outcome == DONE)
		outcome = each(files, DAYS, other, first, last, sum_day, &summing, e);
	*networks = sketch_estimate(&sum.networks);
	return outcome;
}

void telemetry_brownout(const char *label, int64_t from, enum telemetry_part part, char *name)
{
	static const char *const parts[] = { "given", "others", "after" };
	snprintf(name, TELEMETRY_BROWNOUT, "%s %lld %s", label, (long long)from, parts[part]);
}

/* Of the days from FIRST to LAST that have any; -1 when none has. */
static int mean_networks(const struct telemetry_files *files, const char *pool, int64_t first, int64_t last,
	double *mean, struct error *e)
{
	struct arena scratch = { 0 };
	struct telemetry_day *days;
	size_t count;
	int outcome = telemetry_days(files, pool, first, last, &scratch, &days, &count, e);
	*mean = count == 0 ? -1 : 0;
	for (size_t i = 0; i < count; i++)
		*mean += days[i].networks / (double)count;
	arena_free(&scratch);
	return outcome;
}

int telemetry_grew(const struct telemetry_files *files, const char *pool, int64_t since, int64_t today, bool *grew,
	struct error *e)
{
	enum { WEEK = 7 };
	double before, after;
	int64_t first = since + 1 > today - WEEK ? since + 1 : today - WEEK;
	int outcome = mean_networks(files, pool, since - WEEK, since - 1, &before, e);
	if (outcome == DONE)
		outcome = mean_networks(files, pool, first, today - 1, &after, e);
	*grew = outcome == DONE && before >= 0 && after >= 0 && after > before * 1.25 + 2;
	return outcome;
}

/* Rows of all files, in an array that grows. */
struct gathering {
	struct arena *arena;
	char *rows;
	size_t count, room, size;
};

static void *another(struct gathering *g)
{
	if (g->count == g->room) {
		size_t room = g->room == 0 ? 16 : g->room * 2;
		char *rows = arena_take(g->arena, room * g->size);
		if (rows == NULL)
			return NULL;
		if (g->count > 0)
			memcpy(rows, g->rows, g->count * g->size);
		g->rows = rows;
		g->room = room;
	}
	return g->rows + g->count++ * g->size;
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
	int outcome = each(files, UNKNOWNS, NULL, first, 0, take_unknown, &g, e);
	*unknowns = (struct telemetry_unknown *)(void *)g.rows;
	if (g.count > 1)
		qsort(*unknowns, g.count, sizeof **unknowns, compare_labels);
	*count = fold_unknowns(*unknowns, g.count);
	if (*count > 1)
		qsort(*unknowns, *count, sizeof **unknowns, compare_queries);
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
	int outcome = each(files, SESSIONS, NULL, first, 0, take_sessions, &g, e);
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
	return order != 0 ? order : strcmp(a->version, b->version);
}

int telemetry_relays(const struct telemetry_files *files, int64_t first, struct arena *arena,
	struct telemetry_relay **relays, size_t *count, struct error *e)
{
	struct gathering g = { .arena = arena, .size = sizeof **relays };
	int outcome = each(files, RELAYS, NULL, first, 0, take_relay, &g, e);
	*relays = (struct telemetry_relay *)(void *)g.rows;
	*count = g.count;
	if (g.count > 1)
		qsort(*relays, g.count, sizeof **relays, compare_relays);
	return outcome;
}
