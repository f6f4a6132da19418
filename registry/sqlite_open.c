/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening a registry: whose database it is, its schema's version, its settings: WAL, and
 * synchronous=FULL, for what is acknowledged must be durable. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/owner.h"
#include "registry/database_copy.h"
#include "registry/schema.h"
#include "registry/sqlite.h"
#include "registry/statement.h"
#include "registry/triggers.h"

enum {
	APPLICATION = 0x77736b31,    /* "wsk1", in the file's header */
	PATIENCE = 5000,             /* milliseconds */
	LONGEST_VALUE = 1 << 20,     /* nothing of ours is longer (trust.md C) */
};

static int execute(struct sqlite_registry *r, const char *sql, const char *doing, struct error *e)
{
	return sqlite3_exec(r->db, sql, NULL, NULL, NULL) == SQLITE_OK ? DONE : sqlite_trouble(r, e, doing);
}

/* The one number that SQL asks for. */
static int ask_number(struct sqlite_registry *r, const char *sql, int64_t *value, struct error *e)
{
	sqlite3_stmt *statement = NULL;
	int outcome = statement_prepare(r, sql, &statement, e);
	if (outcome == DONE)
		outcome = statement_number(r, statement, value, e);
	sqlite3_finalize(statement);
	return outcome;
}

static int64_t newest_version(void)
{
	int64_t version = 0;
	while (schema_steps[version] != NULL)
		version++;
	return version;
}

/* Made in the transaction of the newest step, for triggers name columns that older schemas lack. */
static int make_triggers(struct sqlite_registry *r, struct error *e)
{
	struct text sql = { 0 };
	int outcome = DONE;
	for (size_t k = 0; k < KINDS && outcome == DONE; k++) {
		char ask[100];
		int64_t there;
		snprintf(ask, sizeof ask, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = '%s'",
			statement_kinds[k]->name);
		outcome = ask_number(r, ask, &there, e);
		if (outcome == DONE && there > 0)
			triggers_compose(statement_kinds[k], &sql);
	}
	if (outcome == DONE && sql.broken)
		outcome = fail(e, FAILED, "out of memory");
	if (outcome == DONE && sql.bytes != NULL)
		outcome = execute(r, sql.bytes, "making the triggers", e);
	text_free(&sql);
	return outcome;
}

/* Copies the registry as it is, of this version of the schema. We hold the right to write meanwhile, so that nobody else brings
 * it up to date under our hands; for that, SQLite wants another connection to copy from. */
static int keep_copy(struct sqlite_registry *r, int64_t version, char path[PATH_MAX], struct error *e)
{
	sqlite3 *db = NULL;
	int outcome = snprintf(path, PATH_MAX, "%s.schema-%lld", r->path, (long long)version) >= PATH_MAX
		? fail(e, REFUSED, "the path of a copy is too long")
		: DONE;
	if (outcome == DONE && sqlite3_open_v2(r->path, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		outcome = fail(e, FAILED, "%s", sqlite3_errmsg(db));
	if (outcome == DONE)
		outcome = database_copy(db, r->path, path, e);
	sqlite3_close(db);
	return outcome == DONE ? DONE
		: fail_within(e, outcome, "registry %s has an older schema, and is not brought up to date without a copy", r->path);
}

/* Each step in a transaction of its own that also counts it, so that a crash leaves the registry
 * at one version or the next. Another process may be doing the same: look again inside. */
static int upgrade(struct sqlite_registry *r, bool with_copy, struct error *e)
{
	char copy[PATH_MAX] = "";
	int64_t first = -1; /* the version that was found; of one that only begins there is nothing to keep */
	for (;;) {
		int64_t version = 0;
		int outcome = execute(r, "BEGIN IMMEDIATE", "starting to write", e);
		if (outcome == DONE)
			outcome = ask_number(r, "PRAGMA user_version", &version, e);
		if (outcome == DONE && version >= newest_version()) {
			if (first > 0)
				log_notice("registry %s: its schema was version %lld, and is %lld now%s%s", r->path, (long long)first,
					(long long)version, with_copy ? "; as it was, it is kept in " : "", copy);
			return execute(r, "COMMIT", "committing", e);
		}
		if (outcome == DONE && first < 0) {
			first = version;
			outcome = with_copy && version > 0 ? keep_copy(r, version, copy, e) : DONE;
		}
		if (outcome == DONE)
			outcome = execute(r, schema_steps[version], "making the schema", e);
		if (outcome == DONE && version + 1 == newest_version())
			outcome = make_triggers(r, e);
		char sql[100];
		snprintf(sql, sizeof sql, "PRAGMA application_id = %d; PRAGMA user_version = %lld; COMMIT",
			APPLICATION, (long long)version + 1);
		if (outcome == DONE)
			outcome = execute(r, sql, "counting the schema's version", e);
		if (outcome != DONE) {
			sqlite_engine.rollback(&r->base);
			return outcome;
		}
	}
}

static int settle_schema(struct sqlite_registry *r, enum registry_mode mode, struct error *e)
{
	int64_t application, version, tables;
	int outcome = ask_number(r, "PRAGMA application_id", &application, e);
	if (outcome == DONE)
		outcome = ask_number(r, "PRAGMA user_version", &version, e);
	if (outcome == DONE)
		outcome = ask_number(r, "SELECT count(*) FROM sqlite_schema", &tables, e);
	if (outcome != DONE)
		return outcome;
	if (application != APPLICATION && tables > 0)
		return fail(e, REFUSED, "%s is a database of another program", r->path);
	if (version > newest_version())
		return fail(e, REFUSED,
			"registry %s was made by a newer windsock: its schema is version %lld, ours %lld; "
			"upgrade windsock on this machine",
			r->path, (long long)version, (long long)newest_version());
	if (mode != REGISTRY_READ) /* only now that it is known to be ours: this changes the file */
		outcome = execute(r, "PRAGMA journal_mode = WAL", "switching to WAL", e);
	if (outcome != DONE || version == newest_version())
		return outcome;
	if (mode == REGISTRY_READ)
		return fail(e, version == 0 ? ABSENT : REFUSED,
			version == 0 ? "registry %s is empty: make one with 'windsock init'"
				     : "registry %s has an older schema: 'windsock init' brings it up to date",
			r->path);
	return upgrade(r, mode != REGISTRY_SPARE, e);
}

/* trusted_schema stays on: with it off, SQLite 3.40 refuses json_object() in our triggers, and we
 * define no functions of our own that a hostile schema could misuse. */
static const char settings[] =
	"PRAGMA foreign_keys = ON; PRAGMA trusted_schema = ON; PRAGMA cell_size_check = ON;"
	"PRAGMA synchronous = FULL; PRAGMA secure_delete = OFF; PRAGMA temp_store = MEMORY;"
	"PRAGMA cache_size = -65536; PRAGMA journal_size_limit = 67108864";

static int configure(struct sqlite_registry *r, enum registry_mode mode, struct error *e)
{
	sqlite3_extended_result_codes(r->db, 1);
	sqlite3_busy_timeout(r->db, PATIENCE);
	sqlite3_db_config(r->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(r->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL); /* "x" is a column, or wrong: never a text */
	sqlite3_db_config(r->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	sqlite3_db_config(r->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, mode == REGISTRY_READ, NULL);
	sqlite3_limit(r->db, SQLITE_LIMIT_LENGTH, LONGEST_VALUE);
	sqlite3_limit(r->db, SQLITE_LIMIT_ATTACHED, 0);
	int outcome = execute(r, settings, "configuring", e);
	if (outcome == DONE && mode == REGISTRY_READ)
		outcome = execute(r, "PRAGMA query_only = ON; PRAGMA cache_size = -4096", "configuring", e);
	return outcome == DONE ? settle_schema(r, mode, e) : outcome;
}

/* Makes an empty file, which SQLite takes for an empty database, with the right owner. SQLite gives the -wal and -shm
 * files the same one. */
static int make_file(const char *path, struct error *e)
{
	char *folder = owner_folder(path);
	int fd, outcome = folder == NULL ? fail(e, FAILED, "out of memory") : owner_make(path, folder, OWNER_DATA, &fd, e);
	if (outcome == DONE)
		close(fd);
	free(folder);
	return outcome;
}

int sqlite_registry_open(const char *path, enum registry_mode mode, struct registry **registry,
	struct error *e)
{
	struct stat file;
	if (mode == REGISTRY_CREATE && make_file(path, e) == FAILED)
		return FAILED;
	if (mode != REGISTRY_CREATE && stat(path, &file) != 0)
		return errno == ENOENT
			? fail(e, ABSENT, "there is no registry %s: make one with 'windsock init'", path)
			: fail(e, FAILED, "registry %s: %s", path, strerror(errno));
	struct sqlite_registry *r = calloc(1, sizeof *r + 2 * (strlen(path) + sizeof "-wal"));
	if (r == NULL)
		return fail(e, FAILED, "out of memory");
	strcpy(r->path, path);
	r->log_path = r->path + strlen(path) + 1;
	sprintf(r->log_path, "%s-wal", path);
	r->base = (struct registry){ .engine = &sqlite_engine, .path = r->path };
	/* who only reads does not even hold the file open for writing; beside it, readers do write the -shm */
	int how = mode == REGISTRY_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
	int outcome = sqlite3_open_v2(path, &r->db, how | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK
		? configure(r, mode, e)
		: sqlite_trouble(r, e, "opening");
	if (outcome == DONE)
		outcome = sqlite_files_note(r, e);
	if (outcome != DONE) {
		sqlite_engine.close(&r->base);
		return outcome;
	}
	r->writes = mode != REGISTRY_READ;
	*registry = &r->base;
	return DONE;
}
