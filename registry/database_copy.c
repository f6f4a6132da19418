/* SPDX-License-Identifier: BSD-2-Clause */
/* A copy of the whole database, page by page, as it was at one moment. */
#include "registry/database_copy.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/owner.h"

enum { COPY_PATH = PATH_MAX + 32 };

static int refuse(sqlite3 *db, const char *path, const char *doing, struct error *e)
{
	return fail(e, FAILED, "%s %s: %s", doing, path, sqlite3_errmsg(db));
}

/* Pages are copied as they are, damaged ones, too: the copy is looked through before it is believed. */
static int check(sqlite3 *db, const char *from, const char *path, struct error *e)
{
	sqlite3_stmt *statement = NULL;
	int outcome = DONE;
	if (sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &statement, NULL) != SQLITE_OK
		|| sqlite3_step(statement) != SQLITE_ROW)
		outcome = refuse(db, path, "checking", e);
	else if (strcmp((const char *)sqlite3_column_text(statement, 0), "ok") != 0)
		outcome = fail(e, FAILED, "%s is damaged, and not copied: %s", from, sqlite3_column_text(statement, 0));
	sqlite3_finalize(statement);
	return outcome;
}

/* In one step, in which the source does not move. */
static int fill(sqlite3 *source, const char *from, sqlite3 *db, const char *path, struct error *e)
{
	sqlite3_backup *copy = sqlite3_backup_init(db, "main", source, "main");
	if (copy == NULL)
		return refuse(db, path, "copying to", e);
	int code = sqlite3_backup_step(copy, -1);
	sqlite3_backup_finish(copy);
	if (code != SQLITE_DONE)
		return fail(e, FAILED, "copying %s to %s: %s", from, path, sqlite3_errstr(code));
	return check(db, from, path, e);
}

/* There is no folder for temporary files within a daemon's walls. */
static bool configure(sqlite3 *db)
{
	return sqlite3_exec(db, "PRAGMA temp_store = MEMORY", NULL, NULL, NULL) == SQLITE_OK;
}

static int write_copy(sqlite3 *source, const char *from, const char *path, struct error *e)
{
	sqlite3 *db = NULL;
	int outcome = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK && configure(db)
		? fill(source, from, db, path, e)
		: refuse(db, path, "opening", e);
	if (sqlite3_close(db) != SQLITE_OK && outcome == DONE)
		outcome = refuse(db, path, "closing", e);
	return outcome;
}

void database_discard(const char *path)
{
	static const char *const ends[] = { "", "-wal", "-shm", "-journal" };
	char other[COPY_PATH + 16];
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		snprintf(other, sizeof other, "%s%s", path, ends[i]);
		unlink(other);
	}
}

int database_copy(sqlite3 *source, const char *from, const char *path, struct error *e)
{
	char fresh[COPY_PATH];
	int fd;
	if (snprintf(fresh, sizeof fresh, "%s.%ld", path, (long)getpid()) >= (int)sizeof fresh)
		return fail(e, REFUSED, "the path of a copy is too long: %.100s...", path);
	database_discard(fresh); /* of one of our number that was killed */
	int outcome = owner_make(fresh, from, OWNER_DATA, &fd, e);
	if (outcome != DONE)
		return outcome;
	close(fd);
	outcome = write_copy(source, from, fresh, e);
	if (outcome == DONE && rename(fresh, path) != 0)
		outcome = fail(e, FAILED, "%s: %s", path, strerror(errno));
	if (outcome == DONE)
		outcome = owner_keep_name(path, e);
	database_discard(fresh);
	return outcome;
}
