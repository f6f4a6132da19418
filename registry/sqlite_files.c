/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether the files that a connection has open are those that stand there. SQLite goes on with files that were removed
 * or replaced as if nothing were: what it commits then is lost when it closes them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/log.h"
#include "registry/statement.h"

static const char *const ends[SQLITE_FILES] = { "", "-wal", "-shm" };

static void find_path(const struct sqlite_registry *r, int which, char *path)
{
	strcpy(path, r->path);
	strcat(path, ends[which]);
}

static char *room_for(const struct sqlite_registry *r)
{
	return malloc(strlen(r->path) + sizeof "-wal");
}

int sqlite_files_note(struct sqlite_registry *r, struct error *e)
{
	struct stat file;
	char *path = room_for(r);
	int outcome = path == NULL ? fail(e, FAILED, "out of memory") : DONE;
	for (int i = 0; i < SQLITE_FILES && outcome == DONE; i++) {
		find_path(r, i, path);
		bool there = stat(path, &file) == 0;
		if (i == 0 && !there)
			outcome = fail(e, FAILED, "registry %s: %s", r->path, strerror(errno));
		r->files[i].device = there ? file.st_dev : 0;
		r->files[i].inode = there ? file.st_ino : 0; /* it is not looked for, then */
	}
	free(path);
	return outcome;
}

static int look(const struct sqlite_registry *r, int which, const char *path, struct error *e)
{
	struct stat file;
	const char *what = which == 0 ? "" : "'s write-ahead log";
	if (r->files[which].inode == 0)
		return DONE;
	if (stat(path, &file) != 0)
		return fail(e, errno == ENOENT ? ABSENT : FAILED, "registry %s%s: %s: %s", r->path, what, ends[which],
			strerror(errno));
	if (file.st_dev != r->files[which].device || file.st_ino != r->files[which].inode)
		return fail(e, ABSENT, "registry %s%s was replaced by another file", r->path, what);
	return DONE;
}

int sqlite_files_check(struct sqlite_registry *r, struct error *e)
{
	char room[4096], *path = strlen(r->path) + sizeof "-wal" <= sizeof room ? room : room_for(r);
	int outcome = path == NULL ? fail(e, FAILED, "out of memory") : DONE;
	for (int i = 0; i < SQLITE_FILES && outcome == DONE; i++) {
		find_path(r, i, path);
		outcome = look(r, i, path, e);
	}
	if (path != room)
		free(path);
	return outcome;
}

/* What was acknowledged before the log was removed is only in the file that we hold open. It can be written to the
 * database while nobody has begun another log: then no other connection believes the database to be anything else. */
void sqlite_files_rescue(struct sqlite_registry *r)
{
	struct error e;
	char *path = room_for(r);
	int frames = 0, written = 0;
	if (path == NULL)
		return;
	find_path(r, 0, path);
	bool well = look(r, 0, path, &e) == DONE;
	find_path(r, 1, path);
	if (well && look(r, 1, path, &e) == DONE) { /* only its index is gone, which is made anew of it */
		free(path);
		return;
	}
	well = well && access(path, F_OK) != 0
		&& sqlite3_wal_checkpoint_v2(r->db, NULL, SQLITE_CHECKPOINT_PASSIVE, &frames, &written) == SQLITE_OK;
	free(path);
	if (well && frames == written)
		log_warning("the write-ahead log of registry %s was removed; what it held was written to the registry", r->path);
	else
		log_error("the write-ahead log of registry %s was removed; what it held may be lost", r->path);
}
