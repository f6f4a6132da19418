/* SPDX-License-Identifier: BSD-2-Clause */
/* All SQL but the schema's. Statements that only differ by table and columns are made from the field
 * tables of model/model.h; all others stand in fixed_sql. */
#include "registry/statement.h"

#include <string.h>

const struct kind *const statement_kinds[KINDS] = { &zone_kind, &record_kind, &relay_kind,
	&observation_kind, &release_kind, &pool_kind, &rule_kind, &account_kind, &host_kind,
	&signature_kind, &tsig_kind, &secondary_kind, &reader_kind };

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
	[NOTE] = "INSERT INTO change (act, kind, key) VALUES ((SELECT act FROM acting), ?1, '')",
	[CHANGES] = "SELECT c.id, c.at, c.kind, c.key, c.old, c.new, coalesce(a.actor, ''), "
		"coalesce(a.origin, ''), coalesce(a.verb, ''), coalesce(a.reason, ''), c.act "
		"FROM change c LEFT JOIN act a ON a.id = c.act WHERE c.id > ?1 ORDER BY c.id",
	[CHANGES_BACK] = "SELECT c.id, c.at, c.kind, c.key, c.old, c.new, coalesce(a.actor, ''), "
		"coalesce(a.origin, ''), coalesce(a.verb, ''), coalesce(a.reason, ''), c.act "
		"FROM change c LEFT JOIN act a ON a.id = c.act ORDER BY c.id DESC",
	[TOUCHED] = "SELECT id, at, kind, key FROM change WHERE id > ?1 ORDER BY id",
	[PRUNED] = "SELECT coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'pruned'), 0)",
	[OLDEST] = "SELECT coalesce((SELECT at FROM change ORDER BY id LIMIT 1), 0)",
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
	/* named, or the planner would walk all names of the zone with an underscore: columns as record_kind has them */
	[EACH_UNDERSCORE] = "SELECT zone, owner, type, ttl, rdata FROM record INDEXED BY record_underscore "
		"WHERE zone = :zone AND host = :owner AND owner GLOB '_*'",
	[COUNT_HOSTS] = "SELECT count(*) FROM (SELECT 1 FROM host WHERE account = ?1 LIMIT ?2)",
	[COUNT_REGISTERED] = "SELECT count(*) FROM (SELECT 1 FROM account WHERE network = ?1 AND network <> '' LIMIT ?2)",
	[SAVE] = "SAVEPOINT one",
	[KEEP] = "RELEASE one",
	[UNDO] = "ROLLBACK TO one",
};

int sqlite_trouble(struct sqlite_registry *r, struct error *e, const char *doing)
{
	return fail(e, FAILED, "registry %s: %s: %s", r->path, doing, sqlite3_errmsg(r->db));
}

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

/* Whether all fields are key fields, as a signature's are: then there is nothing to set. */
static bool all_key(const struct kind *kind)
{
	for (const struct field *f = kind->fields; f < kind->fields + kind->count; f++)
		if ((f->flags & FIELD_KEY) == 0)
			return false;
	return true;
}

static void compose(const struct kind *kind, enum operation operation, struct text *sql)
{
	const char *table = kind->name, *first = kind->fields[0].name, *second = kind->fields[1].name;
	switch (operation) {
	case EACH:
	case EACH_OF:
	case EACH_IN:
	case EACH_BY_TOKEN:
	case GET:
		text_add(sql, "SELECT ");
		add_columns(sql, kind, true, true, COLUMN, ", ");
		text_addf(sql, " FROM \"%s\"", table);
		if (operation == EACH_OF || operation == EACH_IN)
			text_addf(sql, " WHERE \"%s\" = :%s", first, first);
		if (operation == EACH_IN)
			text_addf(sql, " AND \"%s\" = :%s", second, second);
		if (operation == EACH_BY_TOKEN)
			text_addf(sql, " INDEXED BY \"%s_token\" WHERE \"token\" = :token", table);
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

int statement_prepare(struct sqlite_registry *r, const char *sql, sqlite3_stmt **statement,
	struct error *e)
{
	if (*statement == NULL
		&& sqlite3_prepare_v3(r->db, sql, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL) != SQLITE_OK)
		return sqlite_trouble(r, e, "preparing a statement");
	sqlite3_reset(*statement);
	return DONE;
}

int statement_fixed(struct sqlite_registry *r, enum fixed which, sqlite3_stmt **statement,
	struct error *e)
{
	int outcome = statement_prepare(r, fixed_sql[which], &r->fixed[which], e);
	*statement = r->fixed[which];
	return outcome;
}

int statement_of_kind(struct sqlite_registry *r, const struct kind *kind, enum operation operation,
	sqlite3_stmt **statement, struct error *e)
{
	size_t k = 0;
	while (statement_kinds[k] != kind)
		k++;
	struct text sql = { 0 };
	if (r->statement[k][operation] == NULL) {
		compose(kind, operation, &sql);
		if (sql.broken)
			return fail(e, FAILED, "out of memory");
	}
	int outcome = statement_prepare(r, sql.bytes, &r->statement[k][operation], e);
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
	if ((field->kind == FIELD_WORD || field->kind == FIELD_OPTIONAL_NAME) && *text == '\0')
		return sqlite3_bind_null(statement, at); /* a reference to nothing */
	return sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC);
}

int statement_bind(struct sqlite_registry *r, sqlite3_stmt *statement, const struct kind *kind,
	const void *row, struct error *e)
{
	for (int i = sqlite3_bind_parameter_count(statement); i > 0; i--) {
		const char *name = sqlite3_bind_parameter_name(statement, i) + 1;
		if (bind(statement, i, kind_field(kind, name, strlen(name)), row) != SQLITE_OK)
			return sqlite_trouble(r, e, "binding a value");
	}
	return DONE;
}

/* Reads a row. A text with a NUL inside is read as empty, which the row's check refuses where that matters. */
void statement_read(sqlite3_stmt *statement, const struct kind *kind, void *row)
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
int statement_run(struct sqlite_registry *r, sqlite3_stmt *statement, const char *doing, struct error *e)
{
	int outcome = sqlite3_step(statement) == SQLITE_DONE ? DONE : sqlite_trouble(r, e, doing);
	sqlite3_reset(statement);
	return outcome;
}

/* What a row broke, by SQLite's extended code: https://www.sqlite.org/rescode.html. */
static int refuse_row(struct sqlite_registry *r, enum operation operation, const char *what, struct error *e)
{
	static const char *const doing[OPERATIONS] = { [ADD] = "adding", [SET] = "changing",
		[REMOVE] = "removing", [REMOVE_ALL] = "removing" };
	switch (sqlite3_extended_errcode(r->db)) {
	case SQLITE_CONSTRAINT_PRIMARYKEY:
	case SQLITE_CONSTRAINT_UNIQUE:
		return fail(e, EXISTS, "%s exists already", what);
	case SQLITE_CONSTRAINT_FOREIGNKEY: /* both ends of a reference have this code */
		return operation == REMOVE || operation == REMOVE_ALL
			? fail(e, EXISTS, "%s is still referred to", what)
			: fail(e, REFUSED, "%s refers to something that is not in the registry", what);
	case SQLITE_CONSTRAINT_CHECK:
	case SQLITE_CONSTRAINT_NOTNULL:
	case SQLITE_CONSTRAINT_DATATYPE:
		return fail(e, REFUSED, "%s: %s", what, sqlite3_errmsg(r->db));
	default:
		return sqlite_trouble(r, e, doing[operation]);
	}
}

int statement_run_row(struct sqlite_registry *r, sqlite3_stmt *statement, enum operation operation, const struct kind *kind,
	const void *row, struct error *e)
{
	int outcome = DONE;
	if (sqlite3_step(statement) != SQLITE_DONE) {
		struct text cite = { 0 };
		row_cite(kind, row, &cite);
		outcome = refuse_row(r, operation, cite.bytes == NULL ? kind->name : cite.bytes, e);
		text_free(&cite);
	}
	sqlite3_reset(statement);
	return outcome;
}

int statement_run_fixed(struct sqlite_registry *r, enum fixed which, const char *doing, struct error *e)
{
	sqlite3_stmt *statement;
	int outcome = statement_fixed(r, which, &statement, e);
	return outcome != DONE ? outcome : statement_run(r, statement, doing, e);
}

/* The one number of a statement's first row. */
int statement_number(struct sqlite_registry *r, sqlite3_stmt *statement, int64_t *value, struct error *e)
{
	int code = sqlite3_step(statement);
	if (code == SQLITE_ROW)
		*value = sqlite3_column_int64(statement, 0);
	int outcome = code == SQLITE_ROW ? DONE
		: code == SQLITE_DONE    ? fail(e, FAILED, "registry %s: a row is missing", r->path)
					 : sqlite_trouble(r, e, "reading");
	sqlite3_reset(statement);
	return outcome;
}
