/* SPDX-License-Identifier: BSD-2-Clause */
/* The registry on SQLite: WAL, synchronous=FULL, one statement of each sort a kind, prepared once.
 * Statements that only differ by table and columns are made from the field tables of lib/model.h;
 * all others stand in fixed_sql. */
#include "registry/sqlite.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "registry/schema.h"

enum {
	APPLICATION = 0x77736b31,    /* "wsk1", in the file's header */
	PATIENCE = 5000,             /* milliseconds */
	LONGEST_VALUE = 1 << 20,     /* nothing of ours is longer (trust.md C) */
};

static const struct kind *const kinds[] = { &zone_kind, &record_kind, &relay_kind,
	&observation_kind, &release_kind, &pool_kind, &rule_kind, &account_kind, &host_kind,
	&signature_kind, &reader_kind };
enum { KINDS = sizeof kinds / sizeof kinds[0] };

enum operation { EACH, EACH_OF, GET, ADD, SET, REMOVE, REMOVE_ALL, COUNT, OPERATIONS };

enum fixed {
	BEGIN, BEGIN_READ, COMMIT, ROLLBACK, ACT, ACTING, REVISION, RAISE, CHANGES, PRUNED, PRUNE_LIMIT,
	PRUNE, PRUNE_ACTS, DATA_VERSION, META_GET, META_SET, FIXED
};

static const char *const fixed_sql[FIXED] = {
	[BEGIN] = "BEGIN IMMEDIATE",
	[BEGIN_READ] = "BEGIN",
	[COMMIT] = "COMMIT",
	[ROLLBACK] = "ROLLBACK",
	[ACT] = "INSERT INTO act (actor, origin, verb, reason) "
		"VALUES (substr(?1, 1, 200), substr(?2, 1, 200), substr(?3, 1, 500), substr(?4, 1, 500))",
	[ACTING] = "UPDATE acting SET act = ?1",
	[REVISION] = "SELECT seq FROM sqlite_sequence WHERE name = 'change'",
	[RAISE] = "UPDATE sqlite_sequence SET seq = max(seq, ?1) WHERE name = 'change'",
	[CHANGES] = "SELECT c.id, c.at, c.kind, c.key, c.old, c.new, coalesce(a.actor, ''), "
		"coalesce(a.origin, ''), coalesce(a.verb, ''), coalesce(a.reason, '') "
		"FROM change c LEFT JOIN act a ON a.id = c.act WHERE c.id > ?1 ORDER BY c.id",
	[PRUNED] = "SELECT coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'pruned'), 0)",
	[PRUNE_LIMIT] = "SELECT min(max("
		/* up to the first that is young enough: ids ascend with time, and only old rows are read */
		"coalesce((SELECT id - 1 FROM change WHERE at >= ?1 ORDER BY id LIMIT 1), "
		"(SELECT seq FROM sqlite_sequence WHERE name = 'change')), "
		"(SELECT seq FROM sqlite_sequence WHERE name = 'change') - ?2), "
		"coalesce((SELECT min(revision) FROM reader WHERE at >= ?3), 9223372036854775807))",
	[PRUNE] = "DELETE FROM change WHERE id <= ?1",
	/* acts and changes ascend together; the act of this very transaction stays */
	[PRUNE_ACTS] = "DELETE FROM act WHERE id < coalesce("
		"(SELECT act FROM change WHERE act IS NOT NULL ORDER BY id LIMIT 1), "
		"(SELECT act FROM acting), 0)",
	[DATA_VERSION] = "PRAGMA data_version",
	[META_GET] = "SELECT value FROM meta WHERE name = ?1",
	[META_SET] = "INSERT INTO meta (name, value) VALUES (?1, ?2) "
		"ON CONFLICT (name) DO UPDATE SET value = excluded.value",
};

struct sqlite_registry {
	struct registry base;
	sqlite3 *db;
	sqlite3_stmt *statement[KINDS][OPERATIONS];
	sqlite3_stmt *fixed[FIXED];
	int64_t data_version;
	dev_t device;
	ino_t inode;
	bool acting; /* the open transaction has named its actor */
	char path[];
};

static struct sqlite_registry *self(struct registry *registry)
{
	return (struct sqlite_registry *)registry;
}

static int trouble(struct sqlite_registry *r, struct error *e, const char *doing)
{
	return fail(e, FAILED, "registry %s: %s: %s", r->path, doing, sqlite3_errmsg(r->db));
}

/* Preparing. */

enum form { COLUMN, VALUE, COLUMN_IS_VALUE };

static void add_columns(struct text *sql, const struct kind *kind, bool keys, bool others,
	enum form form, const char *between)
{
	bool first = true;
	for (const struct field *f = kind->fields; f < kind->fields + kind->count; f++) {
		bool key = (f->flags & FIELD_KEY) != 0;
		if (key ? !keys : !others)
			continue;
		text_add(sql, first ? "" : between);
		if (form != VALUE)
			text_addf(sql, "\"%s\"", f->name);
		text_add(sql, form == COLUMN_IS_VALUE ? " = " : "");
		if (form != COLUMN)
			text_addf(sql, ":%s", f->name);
		first = false;
	}
}

/* A kind that is all key, such as a signature, has nothing to set but what it is. */
static bool all_key(const struct kind *kind)
{
	for (const struct field *f = kind->fields; f < kind->fields + kind->count; f++)
		if ((f->flags & FIELD_KEY) == 0)
			return false;
	return true;
}

static void compose(const struct kind *kind, enum operation operation, struct text *sql)
{
	const char *table = kind->name, *first = kind->fields[0].name;
	switch (operation) {
	case EACH:
	case EACH_OF:
	case GET:
		text_add(sql, "SELECT ");
		add_columns(sql, kind, true, true, COLUMN, ", ");
		text_addf(sql, " FROM \"%s\"", table);
		if (operation == EACH_OF)
			text_addf(sql, " WHERE \"%s\" = :%s", first, first);
		text_add(sql, operation == GET ? " WHERE " : " ORDER BY ");
		add_columns(sql, kind, true, false, operation == GET ? COLUMN_IS_VALUE : COLUMN,
			operation == GET ? " AND " : ", ");
		break;
	case ADD:
		text_addf(sql, "INSERT INTO \"%s\" (", table);
		add_columns(sql, kind, true, true, COLUMN, ", ");
		text_add(sql, ") VALUES (");
		add_columns(sql, kind, true, true, VALUE, ", ");
		text_add(sql, ")");
		break;
	case SET:
		text_addf(sql, "UPDATE \"%s\" SET ", table);
		add_columns(sql, kind, all_key(kind), true, COLUMN_IS_VALUE, ", ");
		text_add(sql, " WHERE ");
		add_columns(sql, kind, true, false, COLUMN_IS_VALUE, " AND ");
		break;
	case REMOVE:
		text_addf(sql, "DELETE FROM \"%s\" WHERE ", table);
		add_columns(sql, kind, true, false, COLUMN_IS_VALUE, " AND ");
		break;
	case REMOVE_ALL:
		text_addf(sql, "DELETE FROM \"%s\" WHERE \"%s\" = :%s", table, first, first);
		break;
	default:
		text_addf(sql, "SELECT count(*) FROM \"%s\"", table);
		break;
	}
}

static int prepare(struct sqlite_registry *r, const char *sql, sqlite3_stmt **statement,
	struct error *e)
{
	if (*statement == NULL
		&& sqlite3_prepare_v3(r->db, sql, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL) != SQLITE_OK)
		return trouble(r, e, "preparing a statement");
	sqlite3_reset(*statement);
	return DONE;
}

static int prepare_fixed(struct sqlite_registry *r, enum fixed which, sqlite3_stmt **statement,
	struct error *e)
{
	int outcome = prepare(r, fixed_sql[which], &r->fixed[which], e);
	*statement = r->fixed[which];
	return outcome;
}

static int prepare_kind(struct sqlite_registry *r, const struct kind *kind, enum operation operation,
	sqlite3_stmt **statement, struct error *e)
{
	size_t k = 0;
	while (kinds[k] != kind)
		k++;
	struct text sql = { 0 };
	if (r->statement[k][operation] == NULL) {
		compose(kind, operation, &sql);
		if (sql.broken)
			return fail(e, FAILED, "out of memory");
	}
	int outcome = prepare(r, sql.bytes, &r->statement[k][operation], e);
	text_free(&sql);
	*statement = r->statement[k][operation];
	return outcome;
}

/* Rows to parameters and columns to rows. */

static int bind(sqlite3_stmt *statement, int at, const struct field *field, const void *row)
{
	if (field_is_number(field))
		return sqlite3_bind_int64(statement, at, field_number(field, row));
	if (field->kind == FIELD_BLOB) {
		struct blob blob = field_blob(field, row);
		if (blob.size == 0 && (field->flags & FIELD_KEY) == 0)
			return sqlite3_bind_null(statement, at);
		return sqlite3_bind_blob64(statement, at, blob.size == 0 ? "" : blob.data, blob.size,
			SQLITE_STATIC);
	}
	const char *text = field_text(field, row);
	if (field->kind == FIELD_WORD && *text == '\0')
		return sqlite3_bind_null(statement, at); /* a reference to nothing */
	return sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC);
}

static int bind_row(struct sqlite_registry *r, sqlite3_stmt *statement, const struct kind *kind,
	const void *row, struct error *e)
{
	for (int i = sqlite3_bind_parameter_count(statement); i > 0; i--) {
		const char *name = sqlite3_bind_parameter_name(statement, i) + 1;
		if (bind(statement, i, kind_field(kind, name, strlen(name)), row) != SQLITE_OK)
			return trouble(r, e, "binding a value");
	}
	return DONE;
}

/* A text with a NUL inside is shown as empty, which no check accepts where it matters. */
static void read_row(sqlite3_stmt *statement, const struct kind *kind, void *row)
{
	for (int i = 0; i < kind->count; i++) {
		const struct field *f = &kind->fields[i];
		if (field_is_number(f)) {
			field_put_number(f, row, sqlite3_column_int64(statement, i));
		} else if (f->kind == FIELD_BLOB) {
			const void *bytes = sqlite3_column_blob(statement, i);
			field_put_blob(f, row,
				(struct blob){ bytes, (size_t)sqlite3_column_bytes(statement, i) });
		} else {
			const char *text = (const char *)sqlite3_column_text(statement, i);
			if (text == NULL || strlen(text) != (size_t)sqlite3_column_bytes(statement, i))
				text = "";
			field_put_text(f, row, text);
		}
	}
}

/* Runs a statement that gives no rows. */
static int run(struct sqlite_registry *r, sqlite3_stmt *statement, const char *doing,
	const struct kind *kind, const void *row, struct error *e)
{
	int code = sqlite3_step(statement);
	if (code == SQLITE_DONE) {
		sqlite3_reset(statement);
		return DONE;
	}
	struct text cite = { 0 };
	if (kind != NULL)
		row_cite(kind, row, &cite);
	const char *what = cite.bytes == NULL ? "" : cite.bytes;
	int outcome;
	switch (sqlite3_extended_errcode(r->db)) {
	case SQLITE_CONSTRAINT_PRIMARYKEY:
	case SQLITE_CONSTRAINT_UNIQUE:
		outcome = fail(e, EXISTS, "%s exists already", what);
		break;
	case SQLITE_CONSTRAINT_FOREIGNKEY:
		outcome = strcmp(doing, "removing") == 0
			? fail(e, EXISTS, "%s is still referred to", what)
			: fail(e, REFUSED, "%s refers to something that is not in the registry", what);
		break;
	case SQLITE_CONSTRAINT_CHECK:
	case SQLITE_CONSTRAINT_NOTNULL:
	case SQLITE_CONSTRAINT_DATATYPE:
		outcome = fail(e, REFUSED, "%s: %s", what, sqlite3_errmsg(r->db));
		break;
	default:
		outcome = trouble(r, e, doing);
		break;
	}
	text_free(&cite);
	sqlite3_reset(statement);
	return outcome;
}

static int run_fixed(struct sqlite_registry *r, enum fixed which, const char *doing, struct error *e)
{
	sqlite3_stmt *statement;
	int outcome = prepare_fixed(r, which, &statement, e);
	return outcome != DONE ? outcome : run(r, statement, doing, NULL, NULL, e);
}

/* The one number of a statement's first row. */
static int number(struct sqlite_registry *r, sqlite3_stmt *statement, int64_t *value, struct error *e)
{
	int code = sqlite3_step(statement);
	if (code == SQLITE_ROW)
		*value = sqlite3_column_int64(statement, 0);
	int outcome = code == SQLITE_ROW ? DONE
		: code == SQLITE_DONE    ? fail(e, FAILED, "registry %s: a row is missing", r->path)
					 : trouble(r, e, "reading");
	sqlite3_reset(statement);
	return outcome;
}

/* The engine's functions. */

static void sqlite_patience(struct registry *registry, int milliseconds)
{
	sqlite3_busy_timeout(self(registry)->db, milliseconds);
}

static int sqlite_begin(struct registry *registry, struct error *e)
{
	self(registry)->acting = false;
	return run_fixed(self(registry), BEGIN, "starting to write", e);
}

static int sqlite_freeze(struct registry *registry, struct error *e)
{
	struct sqlite_registry *r = self(registry);
	int64_t ignored;
	sqlite3_stmt *statement;
	int outcome = run_fixed(r, BEGIN_READ, "starting to read", e);
	if (outcome == DONE)
		outcome = prepare_fixed(r, REVISION, &statement, e);
	return outcome == DONE ? number(r, statement, &ignored, e) : outcome;
}

static void sqlite_rollback(struct registry *registry)
{
	struct sqlite_registry *r = self(registry);
	if (!sqlite3_get_autocommit(r->db))
		run_fixed(r, ROLLBACK, "giving up", NULL);
	r->acting = false;
}

static int set_acting(struct sqlite_registry *r, const int64_t *act, struct error *e)
{
	sqlite3_stmt *statement;
	int outcome = prepare_fixed(r, ACTING, &statement, e);
	if (outcome != DONE)
		return outcome;
	if (act == NULL)
		sqlite3_bind_null(statement, 1);
	else
		sqlite3_bind_int64(statement, 1, *act);
	r->acting = act != NULL;
	return run(r, statement, "naming the actor", NULL, NULL, e);
}

static int sqlite_act(struct registry *registry, const struct act *act, struct error *e)
{
	struct sqlite_registry *r = self(registry);
	sqlite3_stmt *statement;
	int outcome = prepare_fixed(r, ACT, &statement, e);
	if (outcome != DONE)
		return outcome;
	const char *const texts[] = { act->actor, act->origin, act->verb, act->reason };
	for (int i = 0; i < 4; i++)
		sqlite3_bind_text(statement, i + 1, texts[i] == NULL ? "" : texts[i], -1, SQLITE_STATIC);
	outcome = run(r, statement, "writing the audit", NULL, NULL, e);
	int64_t id = sqlite3_last_insert_rowid(r->db);
	return outcome == DONE ? set_acting(r, &id, e) : outcome;
}

static int sqlite_commit(struct registry *registry, struct error *e)
{
	struct sqlite_registry *r = self(registry);
	int outcome = r->acting ? set_acting(r, NULL, e) : DONE;
	return outcome == DONE ? run_fixed(r, COMMIT, "committing", e) : outcome;
}

static int sqlite_each(struct registry *registry, const struct kind *kind, const void *of,
	registry_row *callback, void *context, struct error *e)
{
	struct sqlite_registry *r = self(registry);
	_Alignas(max_align_t) char row[256];
	sqlite3_stmt *statement;
	int outcome = prepare_kind(r, kind, of == NULL ? EACH : EACH_OF, &statement, e), code = SQLITE_DONE;
	if (outcome == DONE && of != NULL)
		outcome = bind_row(r, statement, kind, of, e);
	while (outcome == DONE && (code = sqlite3_step(statement)) == SQLITE_ROW) {
		read_row(statement, kind, row);
		outcome = callback(row, context, e);
	}
	if (outcome == DONE && code != SQLITE_DONE)
		outcome = trouble(r, e, "reading");
	sqlite3_reset(statement);
	return outcome;
}

static int sqlite_get(struct registry *registry, const struct kind *kind, const void *key,
	struct arena *arena, void *row, struct error *e)
{
	struct sqlite_registry *r = self(registry);
	_Alignas(max_align_t) char found[256];
	sqlite3_stmt *statement;
	int outcome = prepare_kind(r, kind, GET, &statement, e);
	if (outcome == DONE)
		outcome = bind_row(r, statement, kind, key, e);
	if (outcome != DONE)
		return outcome;
	int code = sqlite3_step(statement);
	if (code == SQLITE_ROW) {
		read_row(statement, kind, found);
		outcome = row_copy(kind, found, row, arena, e);
	} else if (code == SQLITE_DONE) {
		struct text cite = { 0 };
		row_cite(kind, key, &cite);
		outcome = fail(e, ABSENT, "no %s", cite.bytes == NULL ? kind->name : cite.bytes);
		text_free(&cite);
	} else {
		outcome = trouble(r, e, "reading");
	}
	sqlite3_reset(statement);
	return outcome;
}

static int change_row(struct registry *registry, const struct kind *kind, enum operation operation,
	const void *row, struct error *e)
{
	static const char *const doing[OPERATIONS] = { [ADD] = "adding", [SET] = "changing",
		[REMOVE] = "removing", [REMOVE_ALL] = "removing" };
	struct sqlite_registry *r = self(registry);
	sqlite3_stmt *statement;
	int outcome = prepare_kind(r, kind, operation, &statement, e);
	if (outcome == DONE)
		outcome = bind_row(r, statement, kind, row, e);
	if (outcome == DONE)
		outcome = run(r, statement, doing[operation], kind, row, e);
	if (outcome == DONE && operation != ADD && operation != REMOVE_ALL && sqlite3_changes(r->db) == 0) {
		struct text cite = { 0 };
		row_cite(kind, row, &cite);
		outcome = fail(e, ABSENT, "no %s", cite.bytes == NULL ? kind->name : cite.bytes);
		text_free(&cite);
	}
	return outcome;
}

static int sqlite_add(struct registry *registry, const struct kind *kind, const void *row,
	struct error *e)
{
	return change_row(registry, kind, ADD, row, e);
}

static int sqlite_set(struct registry *registry, const struct kind *kind, const void *row,
	struct error *e)
{
	return change_row(registry, kind, SET, row, e);
}

static int sqlite_remove(struct registry *registry, const struct kind *kind, const void *key,
	struct error *e)
{
	return change_row(registry, kind, REMOVE, key, e);
}

static int sqlite_remove_all(struct registry *registry, const struct kind *kind, const void *of,
	struct error *e)
{
	return change_row(registry, kind, REMOVE_ALL, of, e);
}

static int sqlite_count(struct registry *registry, const struct kind *kind, int64_t *count,
	struct error *e)
{
	sqlite3_stmt *statement;
	int outcome = prepare_kind(self(registry), kind, COUNT, &statement, e);
	return outcome == DONE ? number(self(registry), statement, count, e) : outcome;
}

static int sqlite_revision(struct registry *registry, int64_t *revision, struct error *e)
{
	sqlite3_stmt *statement;
	int outcome = prepare_fixed(self(registry), REVISION, &statement, e);
	return outcome == DONE ? number(self(registry), statement, revision, e) : outcome;
}

static int sqlite_raise(struct registry *registry, int64_t least, struct error *e)
{
	struct sqlite_registry *r = self(registry);
	sqlite3_stmt *statement;
	int outcome = prepare_fixed(r, RAISE, &statement, e);
	if (outcome != DONE)
		return outcome;
	sqlite3_bind_int64(statement, 1, least - 1);
	return run(r, statement, "raising the revision", NULL, NULL, e);
}

static int sqlite_changes(struct registry *registry, int64_t after, registry_change *callback,
	void *context, struct error *e)
{
	struct sqlite_registry *r = self(registry);
	sqlite3_stmt *statement;
	int64_t pruned;
	int outcome = prepare_fixed(r, PRUNED, &statement, e);
	if (outcome == DONE)
		outcome = number(r, statement, &pruned, e);
	if (outcome == DONE && after < pruned)
		return fail(e, ABSENT, "the change log begins after revision %lld", (long long)pruned);
	if (outcome == DONE)
		outcome = prepare_fixed(r, CHANGES, &statement, e);
	if (outcome != DONE)
		return outcome;
	sqlite3_bind_int64(statement, 1, after);
	int code = SQLITE_DONE;
	while (outcome == DONE && (code = sqlite3_step(statement)) == SQLITE_ROW) {
		const char *texts[10];
		for (int i = 2; i < 10; i++)
			texts[i] = (const char *)sqlite3_column_text(statement, i);
		struct change change = { .revision = sqlite3_column_int64(statement, 0),
			.at = sqlite3_column_int64(statement, 1), .kind = texts[2], .key = texts[3],
			.old = texts[4], .new = texts[5], .actor = texts[6], .origin = texts[7],
			.verb = texts[8], .reason = texts[9] };
		outcome = callback(&change, context, e);
	}
	if (outcome == DONE && code != SQLITE_DONE)
		outcome = trouble(r, e, "reading the change log");
	sqlite3_reset(statement);
	return outcome;
}

static int sqlite_meta_set(struct registry *registry, const char *name, const char *value,
	struct error *e)
{
	struct sqlite_registry *r = self(registry);
	sqlite3_stmt *statement;
	int outcome = prepare_fixed(r, META_SET, &statement, e);
	if (outcome != DONE)
		return outcome;
	sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 2, value, -1, SQLITE_STATIC);
	return run(r, statement, "writing", NULL, NULL, e);
}

static int sqlite_meta_get(struct registry *registry, const char *name, struct arena *arena,
	const char **value, struct error *e)
{
	struct sqlite_registry *r = self(registry);
	sqlite3_stmt *statement;
	int outcome = prepare_fixed(r, META_GET, &statement, e);
	if (outcome != DONE)
		return outcome;
	sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
	int code = sqlite3_step(statement);
	if (code == SQLITE_DONE)
		outcome = fail(e, ABSENT, "the registry has no %s", name);
	else if (code != SQLITE_ROW)
		outcome = trouble(r, e, "reading");
	else if ((*value = arena_text(arena, (const char *)sqlite3_column_text(statement, 0))) == NULL)
		outcome = fail(e, FAILED, "out of memory");
	sqlite3_reset(statement);
	return outcome;
}

static int sqlite_prune(struct registry *registry, int64_t before, int64_t most,
	int64_t readers_since, struct error *e)
{
	struct sqlite_registry *r = self(registry);
	sqlite3_stmt *statement;
	int64_t limit, pruned;
	int outcome = prepare_fixed(r, PRUNED, &statement, e);
	if (outcome == DONE)
		outcome = number(r, statement, &pruned, e);
	if (outcome == DONE)
		outcome = prepare_fixed(r, PRUNE_LIMIT, &statement, e);
	if (outcome != DONE)
		return outcome;
	sqlite3_bind_int64(statement, 1, before);
	sqlite3_bind_int64(statement, 2, most);
	sqlite3_bind_int64(statement, 3, readers_since);
	outcome = number(r, statement, &limit, e);
	if (outcome != DONE || limit <= pruned)
		return outcome == DONE ? UNCHANGED : outcome;
	outcome = prepare_fixed(r, PRUNE, &statement, e);
	if (outcome != DONE)
		return outcome;
	sqlite3_bind_int64(statement, 1, limit);
	outcome = run(r, statement, "pruning the change log", NULL, NULL, e);
	if (outcome == DONE)
		outcome = run_fixed(r, PRUNE_ACTS, "pruning the audit", e);
	char value[24];
	snprintf(value, sizeof value, "%lld", (long long)limit);
	return outcome == DONE ? sqlite_meta_set(registry, "pruned", value, e) : outcome;
}

static int sqlite_moved(struct registry *registry, bool *moved, struct error *e)
{
	struct sqlite_registry *r = self(registry);
	struct stat now;
	if (stat(r->path, &now) != 0)
		return fail(e, errno == ENOENT ? ABSENT : FAILED, "registry %s: %s", r->path, strerror(errno));
	if (now.st_dev != r->device || now.st_ino != r->inode)
		return fail(e, ABSENT, "registry %s was replaced by another file", r->path);
	sqlite3_stmt *statement;
	int64_t version;
	int outcome = prepare_fixed(r, DATA_VERSION, &statement, e);
	if (outcome == DONE)
		outcome = number(r, statement, &version, e);
	if (outcome != DONE)
		return outcome;
	*moved = version != r->data_version;
	r->data_version = version;
	return DONE;
}

static void sqlite_close(struct registry *registry)
{
	struct sqlite_registry *r = self(registry);
	for (size_t k = 0; k < KINDS; k++)
		for (size_t o = 0; o < OPERATIONS; o++)
			sqlite3_finalize(r->statement[k][o]);
	for (size_t f = 0; f < FIXED; f++)
		sqlite3_finalize(r->fixed[f]);
	sqlite3_close(r->db);
	free(r);
}

static const struct registry_engine engine = {
	.close = sqlite_close, .patience = sqlite_patience, .begin = sqlite_begin, .act = sqlite_act,
	.commit = sqlite_commit, .rollback = sqlite_rollback, .freeze = sqlite_freeze,
	.each = sqlite_each, .get = sqlite_get, .add = sqlite_add, .set = sqlite_set,
	.remove = sqlite_remove, .remove_all = sqlite_remove_all, .count = sqlite_count,
	.revision = sqlite_revision, .raise = sqlite_raise, .changes = sqlite_changes,
	.prune = sqlite_prune, .moved = sqlite_moved, .meta_get = sqlite_meta_get,
	.meta_set = sqlite_meta_set,
};

/* Opening. */

static int execute(struct sqlite_registry *r, const char *sql, const char *doing, struct error *e)
{
	return sqlite3_exec(r->db, sql, NULL, NULL, NULL) == SQLITE_OK ? DONE : trouble(r, e, doing);
}

static int pragma(struct sqlite_registry *r, const char *sql, int64_t *value, struct error *e)
{
	sqlite3_stmt *statement = NULL;
	int outcome = prepare(r, sql, &statement, e);
	if (outcome == DONE)
		outcome = number(r, statement, value, e);
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

/* Each step in a transaction of its own that also counts it, so that a crash leaves the registry
 * at one version or the next. Another process may be doing the same: look again inside. */
static int upgrade(struct sqlite_registry *r, struct error *e)
{
	for (;;) {
		int64_t version = 0;
		int outcome = execute(r, "BEGIN IMMEDIATE", "starting to write", e);
		if (outcome == DONE)
			outcome = pragma(r, "PRAGMA user_version", &version, e);
		if (outcome == DONE && version >= newest_version())
			return execute(r, "COMMIT", "committing", e);
		if (outcome == DONE)
			outcome = execute(r, schema_steps[version], "making the schema", e);
		char sql[100];
		snprintf(sql, sizeof sql, "PRAGMA application_id = %d; PRAGMA user_version = %lld; COMMIT",
			APPLICATION, (long long)version + 1);
		if (outcome == DONE)
			outcome = execute(r, sql, "counting the schema's version", e);
		if (outcome != DONE) {
			sqlite_rollback(&r->base);
			return outcome;
		}
	}
}

static int settle_schema(struct sqlite_registry *r, enum registry_mode mode, struct error *e)
{
	int64_t application, version, tables;
	int outcome = pragma(r, "PRAGMA application_id", &application, e);
	if (outcome == DONE)
		outcome = pragma(r, "PRAGMA user_version", &version, e);
	if (outcome == DONE)
		outcome = pragma(r, "SELECT count(*) FROM sqlite_schema", &tables, e);
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
	return upgrade(r, e);
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
	sqlite3_db_config(r->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, mode == REGISTRY_READ, NULL);
	sqlite3_limit(r->db, SQLITE_LIMIT_LENGTH, LONGEST_VALUE);
	sqlite3_limit(r->db, SQLITE_LIMIT_ATTACHED, 0);
	int outcome = execute(r, settings, "configuring", e);
	if (outcome == DONE && mode == REGISTRY_READ)
		outcome = execute(r, "PRAGMA query_only = ON; PRAGMA cache_size = -4096", "configuring", e);
	return outcome == DONE ? settle_schema(r, mode, e) : outcome;
}

int sqlite_registry_open(const char *path, enum registry_mode mode, struct registry **registry,
	struct error *e)
{
	struct stat file;
	if (mode != REGISTRY_CREATE && stat(path, &file) != 0)
		return errno == ENOENT
			? fail(e, ABSENT, "there is no registry %s: make one with 'windsock init'", path)
			: fail(e, FAILED, "registry %s: %s", path, strerror(errno));
	struct sqlite_registry *r = calloc(1, sizeof *r + strlen(path) + 1);
	if (r == NULL)
		return fail(e, FAILED, "out of memory");
	strcpy(r->path, path);
	r->base = (struct registry){ &engine, r->path };
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX
		| (mode == REGISTRY_CREATE ? SQLITE_OPEN_CREATE : 0);
	int outcome = sqlite3_open_v2(path, &r->db, flags, NULL) == SQLITE_OK
		? configure(r, mode, e)
		: trouble(r, e, "opening");
	if (outcome == DONE && stat(path, &file) != 0)
		outcome = fail(e, FAILED, "registry %s: %s", path, strerror(errno));
	if (outcome != DONE) {
		sqlite_close(&r->base);
		return outcome;
	}
	r->device = file.st_dev;
	r->inode = file.st_ino;
	*registry = &r->base;
	return DONE;
}
