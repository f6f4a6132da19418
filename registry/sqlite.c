/* SPDX-License-Identifier: BSD-2-Clause */
/* The registry's functions on SQLite. registry/statement.c has the SQL, registry/sqlite_open.c what
 * comes before. */
#include "registry/sqlite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "registry/database_copy.h"
#include "registry/statement.h"

static struct sqlite_registry *self(struct registry *registry)
{
	return (struct sqlite_registry *)registry;
}

static void sqlite_patience(struct registry *registry, int milliseconds)
{
	sqlite3_busy_timeout(self(registry)->db, milliseconds);
}

static int sqlite_begin(struct registry *registry, struct error *e)
{
	self(registry)->acting = false;
	return statement_run_fixed(self(registry), BEGIN, "starting to write", e);
}

static int sqlite_freeze(struct registry *registry, struct error *e)
{
	struct sqlite_registry *r = self(registry);
	int64_t ignored;
	sqlite3_stmt *statement;
	int outcome = statement_run_fixed(r, BEGIN_READ, "starting to read", e);
	if (outcome == DONE)
		outcome = statement_fixed(r, REVISION, &statement, e);
	return outcome == DONE ? statement_number(r, statement, &ignored, e) : outcome;
}

static void sqlite_rollback(struct registry *registry)
{
	struct sqlite_registry *r = self(registry);
	if (!sqlite3_get_autocommit(r->db))
		statement_run_fixed(r, ROLLBACK, "giving up", NULL);
	r->acting = false;
}

static int set_acting(struct sqlite_registry *r, const int64_t *act, struct error *e)
{
	sqlite3_stmt *statement;
	int outcome = statement_fixed(r, ACTING, &statement, e);
	if (outcome != DONE)
		return outcome;
	if (act == NULL)
		sqlite3_bind_null(statement, 1);
	else
		sqlite3_bind_int64(statement, 1, *act);
	r->acting = act != NULL;
	return statement_run(r, statement, "naming the actor", e);
}

static int sqlite_act(struct registry *registry, const struct act *act, struct error *e)
{
	struct sqlite_registry *r = self(registry);
	sqlite3_stmt *statement;
	int outcome = statement_fixed(r, ACT, &statement, e);
	if (outcome != DONE)
		return outcome;
	const char *const texts[] = { act->actor, act->origin, act->verb, act->reason };
	for (int i = 0; i < 4; i++)
		sqlite3_bind_text(statement, i + 1, texts[i] == NULL ? "" : texts[i], -1, SQLITE_STATIC);
	outcome = statement_run(r, statement, "writing the audit", e);
	int64_t id = sqlite3_last_insert_rowid(r->db);
	return outcome == DONE ? set_acting(r, &id, e) : outcome;
}

static int sqlite_commit(struct registry *registry, struct error *e)
{
	struct sqlite_registry *r = self(registry);
	int outcome = r->acting ? set_acting(r, NULL, e) : DONE;
	if (outcome == DONE)
		outcome = statement_run_fixed(r, COMMIT, "committing", e);
	int there = outcome == DONE ? sqlite_files_check(r, e) : DONE;
	if (there == ABSENT)
		sqlite_files_rescue(r);
	return there == DONE ? outcome : fail_within(e, FAILED, "what was just written may be lost");
}

static int sqlite_save(struct registry *registry, struct error *e)
{
	return statement_run_fixed(self(registry), SAVE, "starting a part of a transaction", e);
}

static int sqlite_keep(struct registry *registry, struct error *e)
{
	return statement_run_fixed(self(registry), KEEP, "ending a part of a transaction", e);
}

static int sqlite_undo(struct registry *registry, struct error *e)
{
	int outcome = statement_run_fixed(self(registry), UNDO, "giving up a part of a transaction", e);
	return outcome == DONE ? sqlite_keep(registry, e) : outcome;
}

static int walk_rows(struct sqlite_registry *r, sqlite3_stmt *statement, const struct kind *kind, const void *of,
	registry_row *callback, void *context, struct error *e)
{
	union any_row row;
	int outcome = of == NULL ? DONE : statement_bind(r, statement, kind, of, e), code = SQLITE_DONE;
	while (outcome == DONE && (code = sqlite3_step(statement)) == SQLITE_ROW) {
		statement_read(statement, kind, &row);
		outcome = callback(&row, context, e);
	}
	if (outcome == DONE && code != SQLITE_DONE)
		outcome = sqlite_trouble(r, e, "reading");
	sqlite3_reset(statement);
	return outcome;
}

static int walk(struct registry *registry, const struct kind *kind, enum operation operation, const void *of,
	registry_row *callback, void *context, struct error *e)
{
	sqlite3_stmt *statement;
	int outcome = statement_of_kind(self(registry), kind, operation, &statement, e);
	return outcome == DONE ? walk_rows(self(registry), statement, kind, of, callback, context, e) : outcome;
}

static int sqlite_each(struct registry *registry, const struct kind *kind, const void *of,
	registry_row *callback, void *context, struct error *e)
{
	return walk(registry, kind, of == NULL ? EACH : EACH_OF, of, callback, context, e);
}

static int sqlite_each_in(struct registry *registry, const struct kind *kind, const void *of,
	registry_row *callback, void *context, struct error *e)
{
	return walk(registry, kind, EACH_IN, of, callback, context, e);
}

static int sqlite_each_by_token(struct registry *registry, const struct kind *kind, const void *of,
	registry_row *callback, void *context, struct error *e)
{
	return walk(registry, kind, EACH_BY_TOKEN, of, callback, context, e);
}

static int sqlite_each_underscore(struct registry *registry, const struct record *of, registry_row *callback,
	void *context, struct error *e)
{
	sqlite3_stmt *statement;
	int outcome = statement_fixed(self(registry), EACH_UNDERSCORE, &statement, e);
	return outcome == DONE ? walk_rows(self(registry), statement, &record_kind, of, callback, context, e) : outcome;
}

static int sqlite_get(struct registry *registry, const struct kind *kind, const void *key,
	struct arena *arena, void *row, struct error *e)
{
	struct sqlite_registry *r = self(registry);
	_Alignas(max_align_t) char found[256];
	sqlite3_stmt *statement;
	int outcome = statement_of_kind(r, kind, GET, &statement, e);
	if (outcome == DONE)
		outcome = statement_bind(r, statement, kind, key, e);
	if (outcome != DONE)
		return outcome;
	int code = sqlite3_step(statement);
	if (code == SQLITE_ROW) {
		statement_read(statement, kind, found);
		outcome = row_copy(kind, found, row, arena, e);
	} else if (code == SQLITE_DONE) {
		struct text cite = { 0 };
		row_cite(kind, key, &cite);
		outcome = fail(e, ABSENT, "no %s", cite.bytes == NULL ? kind->name : cite.bytes);
		text_free(&cite);
	} else {
		outcome = sqlite_trouble(r, e, "reading");
	}
	sqlite3_reset(statement);
	return outcome;
}

static int change_row(struct registry *registry, const struct kind *kind, enum operation operation,
	const void *row, struct error *e)
{
	struct sqlite_registry *r = self(registry);
	sqlite3_stmt *statement;
	int outcome = statement_of_kind(r, kind, operation, &statement, e);
	if (outcome == DONE)
		outcome = statement_bind(r, statement, kind, row, e);
	if (outcome == DONE)
		outcome = statement_run_row(r, statement, operation, kind, row, e);
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
	int outcome = statement_of_kind(self(registry), kind, COUNT, &statement, e);
	return outcome == DONE ? statement_number(self(registry), statement, count, e) : outcome;
}

static int sqlite_count_owned(struct registry *registry, const struct kind *kind, const char *by, int64_t most,
	int64_t *count, struct error *e)
{
	sqlite3_stmt *statement;
	int outcome = statement_fixed(self(registry), kind == &host_kind ? COUNT_HOSTS : COUNT_REGISTERED, &statement, e);
	if (outcome != DONE)
		return outcome;
	sqlite3_bind_text(statement, 1, by, -1, SQLITE_STATIC);
	sqlite3_bind_int64(statement, 2, most);
	return statement_number(self(registry), statement, count, e);
}

static int sqlite_revision(struct registry *registry, int64_t *revision, struct error *e)
{
	sqlite3_stmt *statement;
	int outcome = statement_fixed(self(registry), REVISION, &statement, e);
	return outcome == DONE ? statement_number(self(registry), statement, revision, e) : outcome;
}

static int sqlite_raise(struct registry *registry, int64_t least, struct error *e)
{
	struct sqlite_registry *r = self(registry);
	sqlite3_stmt *statement;
	int outcome = statement_fixed(r, RAISE, &statement, e);
	if (outcome != DONE)
		return outcome;
	sqlite3_bind_int64(statement, 1, least - 1);
	return statement_run(r, statement, "raising the revision", e);
}

static int sqlite_note(struct registry *registry, const char *kind, struct error *e)
{
	struct sqlite_registry *r = self(registry);
	sqlite3_stmt *statement;
	int outcome = statement_fixed(r, NOTE, &statement, e);
	if (outcome != DONE)
		return outcome;
	sqlite3_bind_text(statement, 1, kind, -1, SQLITE_STATIC);
	return statement_run(r, statement, "writing to the change log", e);
}

static int check_reach(struct sqlite_registry *r, int64_t after, struct error *e)
{
	sqlite3_stmt *statement;
	int64_t pruned;
	int outcome = statement_fixed(r, PRUNED, &statement, e);
	if (outcome == DONE)
		outcome = statement_number(r, statement, &pruned, e);
	if (outcome == DONE && after < pruned)
		return fail(e, ABSENT, "the change log begins after revision %lld", (long long)pruned);
	return outcome;
}

/* TOUCHED tells of no more than the first columns; who and why, and the act, come with all. */
static void read_change(sqlite3_stmt *statement, struct change *change)
{
	enum { TEXTS_END = 10 };
	int columns = sqlite3_column_count(statement);
	const char **const texts[] = { &change->kind, &change->key, &change->old, &change->new, &change->actor,
		&change->origin, &change->verb, &change->reason };
	change->revision = sqlite3_column_int64(statement, 0);
	change->at = sqlite3_column_int64(statement, 1);
	for (int i = 2; i < columns && i < TEXTS_END; i++)
		*texts[i - 2] = (const char *)sqlite3_column_text(statement, i);
	change->act = columns > TEXTS_END ? sqlite3_column_int64(statement, TEXTS_END) : 0;
	change->of = model_kind(change->kind);
}

/* Walks on from a revision. Where the next one is in the log, nothing was pruned in between: the usual case, and cheap
 * to see. */
static int walk_changes(struct sqlite_registry *r, enum fixed which, int64_t after, registry_change *callback,
	void *context, struct error *e)
{
	sqlite3_stmt *statement;
	int outcome = statement_fixed(r, which, &statement, e), code = SQLITE_DONE;
	bool first = true;
	if (outcome != DONE)
		return outcome;
	sqlite3_bind_int64(statement, 1, after);
	while (outcome == DONE && (code = sqlite3_step(statement)) == SQLITE_ROW) {
		struct change change = { .actor = "", .origin = "", .verb = "", .reason = "" };
		read_change(statement, &change);
		if (first && change.revision != after + 1)
			outcome = check_reach(r, after, e);
		first = false;
		if (outcome == DONE)
			outcome = callback(&change, context, e);
	}
	if (outcome == DONE && code != SQLITE_DONE)
		outcome = sqlite_trouble(r, e, "reading the change log");
	sqlite3_reset(statement);
	return first && outcome == DONE ? check_reach(r, after, e) : outcome;
}

static int sqlite_changes(struct registry *registry, int64_t after, registry_change *callback,
	void *context, struct error *e)
{
	return walk_changes(self(registry), CHANGES, after, callback, context, e);
}

static int sqlite_changes_back(struct registry *registry, registry_change *callback, void *context, struct error *e)
{
	struct sqlite_registry *r = self(registry);
	sqlite3_stmt *statement;
	int outcome = statement_fixed(r, CHANGES_BACK, &statement, e), code = SQLITE_DONE;
	if (outcome != DONE)
		return outcome;
	while (outcome == DONE && (code = sqlite3_step(statement)) == SQLITE_ROW) {
		struct change change = { .actor = "", .origin = "", .verb = "", .reason = "" };
		read_change(statement, &change);
		outcome = callback(&change, context, e);
	}
	if (outcome == DONE && code != SQLITE_DONE)
		outcome = sqlite_trouble(r, e, "reading the change log");
	sqlite3_reset(statement);
	return outcome;
}

static int sqlite_touched(struct registry *registry, int64_t after, registry_change *callback,
	void *context, struct error *e)
{
	return walk_changes(self(registry), TOUCHED, after, callback, context, e);
}

static int sqlite_meta_set(struct registry *registry, const char *name, const char *value,
	struct error *e)
{
	struct sqlite_registry *r = self(registry);
	sqlite3_stmt *statement;
	int outcome = statement_fixed(r, META_SET, &statement, e);
	if (outcome != DONE)
		return outcome;
	sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 2, value, -1, SQLITE_STATIC);
	return statement_run(r, statement, "writing", e);
}

static int sqlite_meta_get(struct registry *registry, const char *name, struct arena *arena,
	const char **value, struct error *e)
{
	struct sqlite_registry *r = self(registry);
	sqlite3_stmt *statement;
	int outcome = statement_fixed(r, META_GET, &statement, e);
	if (outcome != DONE)
		return outcome;
	sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
	int code = sqlite3_step(statement);
	if (code == SQLITE_DONE)
		outcome = fail(e, ABSENT, "the registry has no %s", name);
	else if (code != SQLITE_ROW)
		outcome = sqlite_trouble(r, e, "reading");
	else if ((*value = arena_text(arena, (const char *)sqlite3_column_text(statement, 0))) == NULL)
		outcome = fail(e, FAILED, "out of memory");
	sqlite3_reset(statement);
	return outcome;
}

static int sqlite_oldest(struct registry *registry, int64_t *at, struct error *e)
{
	sqlite3_stmt *statement;
	int outcome = statement_fixed(self(registry), OLDEST, &statement, e);
	return outcome == DONE ? statement_number(self(registry), statement, at, e) : outcome;
}

static int sqlite_prune(struct registry *registry, int64_t before, int64_t most,
	int64_t readers_since, struct error *e)
{
	struct sqlite_registry *r = self(registry);
	sqlite3_stmt *statement;
	int64_t limit, pruned;
	int outcome = statement_fixed(r, PRUNED, &statement, e);
	if (outcome == DONE)
		outcome = statement_number(r, statement, &pruned, e);
	if (outcome == DONE)
		outcome = statement_fixed(r, PRUNE_LIMIT, &statement, e);
	if (outcome != DONE)
		return outcome;
	sqlite3_bind_int64(statement, 1, before);
	sqlite3_bind_int64(statement, 2, most);
	sqlite3_bind_int64(statement, 3, readers_since);
	outcome = statement_number(r, statement, &limit, e);
	if (outcome != DONE || limit <= pruned)
		return outcome == DONE ? UNCHANGED : outcome;
	outcome = statement_fixed(r, PRUNE, &statement, e);
	if (outcome != DONE)
		return outcome;
	sqlite3_bind_int64(statement, 1, limit);
	outcome = statement_run(r, statement, "pruning the change log", e);
	if (outcome == DONE && sqlite3_changes(r->db) == 0)
		return UNCHANGED; /* the log begins with the registry itself, and must go on to say so to whoever looks
		                   * back */
	if (outcome == DONE)
		outcome = statement_run_fixed(r, PRUNE_ACTS, "pruning the audit", e);
	char value[24];
	snprintf(value, sizeof value, "%lld", (long long)limit);
	return outcome == DONE ? sqlite_meta_set(registry, "pruned", value, e) : outcome;
}

/* Whether the write-ahead log's file shows that nothing was committed. A commit writes to it shortly before others can
 * see it, and a look at the file is far cheaper than asking SQLite. SQLite is asked once a second all the same: a
 * writer may be stopped between the two. */
static bool log_rests(struct sqlite_registry *r)
{
	enum { SHORTLY = 100, NOW_AND_THEN = 1000 }; /* milliseconds */
	struct stat log;
	int64_t now = clock_ticks();
	if (stat(r->log_path, &log) != 0)
		return false;
	if (log.st_mtim.tv_nsec != r->log.st_mtim.tv_nsec || log.st_mtim.tv_sec != r->log.st_mtim.tv_sec
		|| log.st_size != r->log.st_size || log.st_ino != r->log.st_ino) {
		r->log = log;
		r->log_changed = now;
	}
	if (now - r->log_changed > SHORTLY && now - r->asked < NOW_AND_THEN)
		return true;
	r->asked = now;
	return false;
}

static int sqlite_news(struct registry *registry, bool *news, struct error *e)
{
	struct sqlite_registry *r = self(registry);
	int gone = sqlite_files_check(r, e);
	if (gone == ABSENT && r->writes)
		sqlite_files_rescue(r);
	if (gone != DONE)
		return gone;
	*news = false;
	if (log_rests(r))
		return DONE;
	sqlite3_stmt *statement;
	int64_t version;
	int outcome = statement_fixed(r, DATA_VERSION, &statement, e);
	if (outcome == DONE)
		outcome = statement_number(r, statement, &version, e);
	if (outcome != DONE)
		return outcome;
	*news = version != r->data_version;
	r->data_version = version;
	return DONE;
}

static int sqlite_copy(struct registry *registry, const char *path, struct error *e)
{
	return database_copy(self(registry)->db, self(registry)->path, path, e);
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

const struct registry_engine sqlite_engine = {
	.close = sqlite_close, .patience = sqlite_patience, .begin = sqlite_begin, .act = sqlite_act,
	.commit = sqlite_commit, .rollback = sqlite_rollback, .freeze = sqlite_freeze,
	.each = sqlite_each, .each_in = sqlite_each_in, .each_underscore = sqlite_each_underscore, .each_by_token = sqlite_each_by_token,
	.count_owned = sqlite_count_owned, .save = sqlite_save, .keep = sqlite_keep, .undo = sqlite_undo, .get = sqlite_get, .add = sqlite_add, .set = sqlite_set,
	.remove = sqlite_remove, .remove_all = sqlite_remove_all, .count = sqlite_count,
	.revision = sqlite_revision, .raise = sqlite_raise, .note = sqlite_note, .changes = sqlite_changes, .changes_back = sqlite_changes_back,
	.touched = sqlite_touched, .oldest = sqlite_oldest, .prune = sqlite_prune, .news = sqlite_news, .meta_get = sqlite_meta_get,
	.meta_set = sqlite_meta_set, .copy = sqlite_copy,
};
