/* SPDX-License-Identifier: BSD-2-Clause */
/* A copy of the whole database, page by page, as it was at one moment. */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/owner.h"
#include "registry/statement.h"

enum { COPY_PATH = PATH_MAX + 32 };

static int refuse(sqlite3 *db, const char *path, const char *doing, struct error *e)
{
	return fail(e, FAILED, "%s %s: %s", doing, path, sqlite3_errmsg(db));
}

/* Pages are copied as they are, damaged ones, too: the copy is looked through before it is believed. */
static int check(sqlite3 *db, const char *path, struct error *e)
{
	sqlite3_stmt *statement = NULL;
	int outcome = DONE;
	if (sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &statement, NULL) != SQLITE_OK
		|| sqlite3_step(statement) != SQLITE_ROW)
		outcome = refuse(db, path, "checking", e);
	else if (strcmp((const char *)sqlite3_column_text(statement, 0), "ok") != 0)
		outcome = fail(e, FAILED, "the registry is damaged, and not copied: %s", sqlite3_column_text(statement, 0));
	sqlite3_finalize(statement);
	return outcome;
}

/* In one step, in which the source does not move. */
static int fill(struct sqlite_registry *r, sqlite3 *db, const char *path, struct error *e)
{
	sqlite3_backup *copy = sqlite3_backup_init(db, "main", r->db, "main");
	if (copy == NULL)
		return refuse(db, path, "copying to", e);
	int code = sqlite3_backup_step(copy, -1);
	sqlite3_backup_finish(copy);
	if (code != SQLITE_DONE)
		return fail(e, FAILED, "copying %s to %s: %s", r->path, path, sqlite3_errstr(code));
	return check(db, path, e);
}

/* There is no folder for temporary files within a daemon's walls. */
static bool configure(sqlite3 *db)
{
	return sqlite3_exec(db, "PRAGMA temp_store = MEMORY", NULL, NULL, NULL) == SQLITE_OK;
}

static int write_copy(struct sqlite_registry *r, const char *path, struct error *e)
{
	sqlite3 *db = NULL;
	int outcome = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK && configure(db)
		? fill(r, db, path, e)
		: refuse(db, path, "opening", e);
	if (sqlite3_close(db) != SQLITE_OK && outcome == DONE)
		outcome = refuse(db, path, "closing", e);
	return outcome;
}

static void remove_all(const char *path)
{
	static const char *const ends[] = { "", "-wal", "-shm", "-journal" };
	char other[COPY_PATH + 16];
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		snprintf(other, sizeof other, "%s%s", path, ends[i]);
		unlink(other);
	}
}

int sqlite_copy(struct registry *registry, const char *path, struct error *e)
{
	struct sqlite_registry *r = (struct sqlite_registry *)registry;
	char fresh[COPY_PATH];
	int fd;
	if (snprintf(fresh, sizeof fresh, "%s.%ld", path, (long)getpid()) >= (int)sizeof fresh)
		return fail(e, REFUSED, "the path of a copy is too long: %.100s...", path);
	remove_all(fresh); /* of one of our number that was killed */
	int outcome = owner_make(fresh, r->path, OWNER_DATA, &fd, e);
	if (outcome != DONE)
		return outcome;
	close(fd);
	outcome = write_copy(r, fresh, e);
	if (outcome == DONE && rename(fresh, path) != 0)
		outcome = fail(e, FAILED, "%s: %s", path, strerror(errno));
	if (outcome == DONE)
		outcome = owner_keep_name(path, e);
	remove_all(fresh);
	return outcome;
}
