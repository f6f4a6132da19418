/* SPDX-License-Identifier: BSD-2-Clause */
/* The file of telemetry: how it is opened, its statements, and how rows of several files are gone through. What is
 * added to it stands in telemetry_add.c, what is read of it in telemetry_days.c and telemetry_lists.c.
 *
 * A rollback journal rather than a write-ahead log: the file is whole between transactions, so that it can
 * be copied from name servers to the operator's machine, and be read where nobody may write. */
#include "registry/telemetry_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/owner.h"
#include "registry/database_copy.h"

enum {
	APPLICATION = 0x77736b74, /* "wskt", in the file's header */
	FORM = 1,                 /* user_version */
};

/* Added to files of form 1 as they are written: who does not know it reads and writes the rest as before. The zone ""
 * stands for those that were not told apart. */
#define ZONE_TABLE                                                                                 \
	"CREATE TABLE IF NOT EXISTS zone_use (node TEXT NOT NULL, day INTEGER NOT NULL, zone TEXT NOT NULL," \
	" queries INTEGER NOT NULL, sketch BLOB NOT NULL, PRIMARY KEY (zone, day, node)) STRICT;"

static const char schema[] =
	"CREATE TABLE use (node TEXT NOT NULL, day INTEGER NOT NULL, pool TEXT NOT NULL,"
	" queries INTEGER NOT NULL, sketch BLOB NOT NULL, PRIMARY KEY (pool, day, node)) STRICT;"
	"CREATE TABLE unknown (node TEXT NOT NULL, day INTEGER NOT NULL, label TEXT NOT NULL,"
	" queries INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (day, node, label)) STRICT;"
	"CREATE TABLE sessions (relay TEXT NOT NULL, day INTEGER NOT NULL, version TEXT NOT NULL,"
	" sessions INTEGER NOT NULL, PRIMARY KEY (day, relay, version)) STRICT;"
	ZONE_TABLE;

/* Names of brownouts, which count once more what their pools count, have blanks (telemetry_brownout), and so have those of
 * versions of TLS, which begin with one (telemetry_tls). */
#define A_POOL "instr(pool, ' ') = 0"

static const char *const sql[STATEMENTS] = {
	[USE_GET] = "SELECT queries, sketch FROM use WHERE pool = ?1 AND day = ?2 AND node = ?3",
	[USE_PUT] = "INSERT INTO use (pool, day, node, queries, sketch) VALUES (?1, ?2, ?3, ?4, ?5) "
		"ON CONFLICT DO UPDATE SET queries = excluded.queries, sketch = excluded.sketch",
	[ZONE_GET] = "SELECT queries, sketch FROM zone_use WHERE zone = ?1 AND day = ?2 AND node = ?3",
	[ZONE_PUT] = "INSERT INTO zone_use (zone, day, node, queries, sketch) VALUES (?1, ?2, ?3, ?4, ?5) "
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
	[PRUNE_ZONES] = "DELETE FROM zone_use WHERE day < ?1 AND day <= (SELECT min(day) FROM zone_use) + 1",
	[PRUNE_UNKNOWN] = "DELETE FROM unknown WHERE day < ?1 AND day <= (SELECT min(day) FROM unknown) + 1",
	[PRUNE_SESSIONS] = "DELETE FROM sessions WHERE day < ?1 AND day <= (SELECT min(day) FROM sessions) + 1",
	[DAYS] = "SELECT day, queries, sketch FROM use WHERE pool = ?3 AND day BETWEEN ?1 AND ?2",
	[WATCHED] = "SELECT DISTINCT day FROM use WHERE day BETWEEN ?1 AND ?2 AND pool NOT GLOB ' tls *'",
	[WATCHED_TLS] = "SELECT DISTINCT day FROM use WHERE day BETWEEN ?1 AND ?2 AND pool GLOB ' tls *'",
	[ZONE_DAYS] = "SELECT day, queries, sketch FROM zone_use WHERE zone = ?3 AND day BETWEEN ?1 AND ?2",
	[UNTOLD] = "WITH pools AS (SELECT node, day, sum(queries) AS asked FROM use WHERE day BETWEEN ?1 AND ?2 AND "
		A_POOL " GROUP BY node, day), zones AS (SELECT node, day, sum(queries) AS asked FROM zone_use "
		"WHERE day BETWEEN ?1 AND ?2 GROUP BY node, day) "
		"SELECT day, queries, sketch FROM use JOIN pools USING (node, day) LEFT JOIN zones USING (node, day) "
		"WHERE " A_POOL " AND pools.asked > ifnull(zones.asked, 0) "
		"UNION ALL SELECT day, queries, sketch FROM zone_use WHERE zone = '' AND day BETWEEN ?1 AND ?2",
	[UNTOLD_BY_POOLS] = "SELECT day, queries, sketch FROM use WHERE day BETWEEN ?1 AND ?2 AND " A_POOL,
	[ZONES] = "SELECT zone, queries, sketch FROM zone_use WHERE day >= ?1 AND queries > 0 AND zone <> ''",
	[UNKNOWNS] = "SELECT label, max(day), sum(queries), max(last) FROM unknown WHERE day >= ?1 GROUP BY label",
	[RELAYS] = "SELECT relay, version, day, sessions FROM sessions s WHERE day >= ?1 AND sessions > 0 "
		"AND day = (SELECT max(day) FROM sessions WHERE relay = s.relay)",
	[SESSIONS] = "SELECT version, day, sum(sessions) FROM sessions WHERE day >= ?1 GROUP BY day, version",
};

/* Opening. */

int telemetry_trouble(const struct telemetry *t, struct error *e, const char *doing)
{
	return fail(e, FAILED, "telemetry %s: %s: %s", t->path, doing, sqlite3_errmsg(t->db));
}

static int execute(struct telemetry *t, const char *text, const char *doing, struct error *e)
{
	return sqlite3_exec(t->db, text, NULL, NULL, NULL) == SQLITE_OK ? DONE : telemetry_trouble(t, e, doing);
}

static int number(struct telemetry *t, const char *text, int64_t *value, struct error *e)
{
	sqlite3_stmt *statement = NULL;
	bool done = sqlite3_prepare_v2(t->db, text, -1, &statement, NULL) == SQLITE_OK
		&& sqlite3_step(statement) == SQLITE_ROW;
	*value = done ? sqlite3_column_int64(statement, 0) : 0;
	sqlite3_finalize(statement);
	return done ? DONE : telemetry_trouble(t, e, "reading");
}

/* Makes the tables. Another process may be doing so, too: what counts is what is there within our transaction. */
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

/* The same for the table of zones, which files of earlier versions do not have. */
static int find_zones(struct telemetry *t, bool make, struct error *e)
{
	static const char find[] = "SELECT count(*) FROM sqlite_schema WHERE name = 'zone_use'";
	int64_t found;
	int outcome = number(t, find, &found, e);
	if (outcome == DONE && found == 0 && make)
		outcome = execute(t, ZONE_TABLE, "making the table of zones", e);
	t->zones = found > 0 || make;
	return outcome;
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
	if (version < FORM && !make)
		return fail(e, ABSENT, "telemetry %s is empty", t->path);
	outcome = version < FORM ? make_tables(t, e) : DONE;
	return outcome == DONE ? find_zones(t, make, e) : outcome;
}

static int open_at(const char *path, int patience, bool make, struct telemetry **telemetry, struct error *e)
{
	struct telemetry *t = calloc(1, sizeof *t + strlen(path) + 1);
	if (t == NULL)
		return fail(e, FAILED, "out of memory");
	strcpy(t->path, path);
	int outcome = sqlite3_open_v2(path, &t->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK
		? DONE : telemetry_trouble(t, e, "opening");
	if (outcome == DONE) {
		sqlite3_busy_timeout(t->db, patience);
		sqlite3_db_config(t->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
		sqlite3_db_config(t->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
		sqlite3_db_config(t->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
		sqlite3_limit(t->db, SQLITE_LIMIT_LENGTH, 1 << 20);
		outcome = execute(t, make ? "PRAGMA synchronous = NORMAL; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY"
				: "PRAGMA query_only = ON; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY", "configuring", e);
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

int telemetry_copy(struct telemetry *t, const char *path, struct error *e)
{
	return database_copy(t->db, t->path, path, e);
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

int telemetry_prepare(struct telemetry *t, enum telemetry_statement which, sqlite3_stmt **statement, struct error *e)
{
	sqlite3_stmt **kept = &t->statement[which];
	if (*kept == NULL && sqlite3_prepare_v2(t->db, sql[which], -1, kept, NULL) != SQLITE_OK)
		return telemetry_trouble(t, e, "preparing a statement");
	sqlite3_reset(*kept);
	*statement = *kept;
	return DONE;
}

int telemetry_run(struct telemetry *t, sqlite3_stmt *statement, const char *doing, struct error *e)
{
	int code = sqlite3_step(statement);
	int outcome = code == SQLITE_DONE ? DONE : telemetry_trouble(t, e, doing);
	sqlite3_reset(statement);
	return outcome;
}

void telemetry_bind_text(sqlite3_stmt *statement, int at, const char *text)
{
	sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC);
}

void telemetry_sketch(sqlite3_stmt *row, int at, struct sketch *sketch)
{
	const void *bytes = sqlite3_column_blob(row, at);
	sketch_read(bytes, (size_t)sqlite3_column_bytes(row, at), sketch);
}

/* Transactions. */

int telemetry_begin(struct telemetry *t, struct error *e)
{
	return execute(t, "BEGIN IMMEDIATE", "starting to write", e);
}

int telemetry_commit(struct telemetry *t, struct error *e)
{
	return execute(t, "COMMIT", "committing", e);
}

/* Reading. */

/* The statement to ask a file by, which may have no table of zones; STATEMENTS where such a one has nothing to say. */
static enum telemetry_statement known_to(const struct telemetry *t, enum telemetry_statement which)
{
	if (t->zones)
		return which;
	return which == UNTOLD ? UNTOLD_BY_POOLS : which == ZONE_DAYS || which == ZONES ? STATEMENTS : which;
}

static int each_row(struct telemetry *t, sqlite3_stmt *statement, telemetry_take_row *take, void *context,
	struct error *e)
{
	int code = SQLITE_DONE, outcome = DONE;
	while (outcome == DONE && (code = sqlite3_step(statement)) == SQLITE_ROW)
		outcome = take(statement, context, e);
	if (outcome == DONE && code != SQLITE_DONE)
		outcome = telemetry_trouble(t, e, "reading");
	sqlite3_reset(statement);
	return outcome;
}

int telemetry_each(const struct telemetry_files *files, enum telemetry_statement which, const char *name, int64_t first,
	int64_t last, telemetry_take_row *take, void *context, struct error *e)
{
	int outcome = DONE;
	for (size_t i = 0; i < files->count && outcome == DONE; i++) {
		struct telemetry *t = files->file[i];
		enum telemetry_statement known = known_to(t, which);
		sqlite3_stmt *statement;
		if (known == STATEMENTS)
			continue;
		outcome = telemetry_prepare(t, known, &statement, e);
		if (outcome != DONE)
			break;
		sqlite3_bind_int64(statement, 1, first);
		if (sqlite3_bind_parameter_count(statement) > 1)
			sqlite3_bind_int64(statement, 2, last);
		if (name != NULL)
			telemetry_bind_text(statement, 3, name);
		outcome = each_row(t, statement, take, context, e);
	}
	return outcome;
}
