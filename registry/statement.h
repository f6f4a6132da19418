/* SPDX-License-Identifier: BSD-2-Clause */
/* The statements of the SQLite engine: prepared once, bound from rows and read into rows by the field
 * tables. Only the engine's own files include this. */
#ifndef REGISTRY_STATEMENT_H
#define REGISTRY_STATEMENT_H

#include <sqlite3.h>
#include <sys/stat.h>

#include "registry/engine.h"

/* Of each kind, made from its fields. */
enum operation { EACH, EACH_OF, EACH_IN, EACH_BY_TOKEN, GET, ADD, SET, REMOVE, REMOVE_ALL, COUNT, OPERATIONS };

/* All others, as they stand in statement.c. */
enum fixed {
	BEGIN, BEGIN_READ, COMMIT, ROLLBACK, ACT, ACTING, REVISION, RAISE, NOTE, CHANGES, CHANGES_BACK, TOUCHED, PRUNED, OLDEST, PRUNE_LIMIT,
	PRUNE, PRUNE_ACTS, DATA_VERSION, META_GET, META_SET, EACH_UNDERSCORE, COUNT_HOSTS, COUNT_REGISTERED, SAVE, KEEP,
	UNDO, FIXED
};

enum { KINDS = 13 };

/* The kinds that have a table, in this order. */
extern const struct kind *const statement_kinds[KINDS];

enum { SQLITE_FILES = 3 };

struct sqlite_registry {
	struct registry base;
	sqlite3 *db;
	sqlite3_stmt *statement[KINDS][OPERATIONS];
	sqlite3_stmt *fixed[FIXED];
	int64_t data_version;
	struct {
		dev_t device;
		ino_t inode;
	} files[SQLITE_FILES]; /* that it opened: the database, its write-ahead log, and that one's index */
	bool writes;
	bool acting; /* the open transaction has named its actor */
	struct stat log;                  /* of the write-ahead log, when last its file was looked at */
	int64_t log_changed, asked;       /* clock_ticks: when that was seen to change, when SQLite was asked */
	char *log_path;
	char path[];
};

/* Notes which files were opened; and whether they still stand there: ABSENT says that one was removed or replaced
 * (sqlite_files.c). */
int sqlite_files_note(struct sqlite_registry *, struct error *);
int sqlite_files_check(struct sqlite_registry *, struct error *);

/* Before a connection whose log is gone is given up: saves what can be saved. */
void sqlite_files_rescue(struct sqlite_registry *);


/* FAILED, with SQLite's word on it. */
int sqlite_trouble(struct sqlite_registry *, struct error *, const char *doing);

/* A statement ready to be bound; it stays the registry's. */
int statement_prepare(struct sqlite_registry *, const char *sql, sqlite3_stmt **, struct error *);
int statement_fixed(struct sqlite_registry *, enum fixed, sqlite3_stmt **, struct error *);
int statement_of_kind(struct sqlite_registry *, const struct kind *, enum operation, sqlite3_stmt **,
	struct error *);

/* Binds each parameter from the field of its name; texts and blobs are borrowed until the reset. */
int statement_bind(struct sqlite_registry *, sqlite3_stmt *, const struct kind *, const void *row,
	struct error *);

/* Reads the row that the statement stands on; texts and blobs are SQLite's until the next step. */
void statement_read(sqlite3_stmt *, const struct kind *, void *row);

/* Runs a statement that gives no rows, and resets it. DOING is for the error. */
int statement_run(struct sqlite_registry *, sqlite3_stmt *, const char *doing, struct error *);

/* The same of one that adds, changes or removes a row: constraints make EXISTS or REFUSED, which cite it. */
int statement_run_row(struct sqlite_registry *, sqlite3_stmt *, enum operation, const struct kind *, const void *row,
	struct error *);

int statement_run_fixed(struct sqlite_registry *, enum fixed, const char *doing, struct error *);

/* The one number of a statement's first row; resets it. */
int statement_number(struct sqlite_registry *, sqlite3_stmt *, int64_t *value, struct error *);

#endif
