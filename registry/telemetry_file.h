/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files about telemetry share: a connection and its statements. For them alone. */
#ifndef REGISTRY_TELEMETRY_FILE_H
#define REGISTRY_TELEMETRY_FILE_H

#include <sqlite3.h>

#include "registry/telemetry.h"

/* Of those that read, ?1 and ?2 are the first and last day, as far as they want them, and ?3 is the name. */
enum telemetry_statement {
	USE_GET, USE_PUT, ZONE_GET, ZONE_PUT, UNKNOWN_ADD, SESSIONS_DROP, SESSIONS_ADD,
	PRUNE_USE, PRUNE_ZONES, PRUNE_UNKNOWN, PRUNE_SESSIONS,
	DAYS, WATCHED, WATCHED_TLS, ZONE_DAYS, UNTOLD, UNTOLD_BY_POOLS, ZONES, UNKNOWNS, SESSIONS, RELAYS, STATEMENTS
};

struct telemetry {
	sqlite3 *db;
	sqlite3_stmt *statement[STATEMENTS];
	bool zones; /* it has the table of zones: one that an earlier windsock made gets it when it is written */
	char path[];
};

/* Ready to be bound; it stays the connection's. */
int telemetry_prepare(struct telemetry *, enum telemetry_statement, sqlite3_stmt **, struct error *);

/* Runs a statement that gives no rows, and resets it. DOING is for the error. */
int telemetry_run(struct telemetry *, sqlite3_stmt *, const char *doing, struct error *);

/* Borrows the text until the statement is reset. */
void telemetry_bind_text(sqlite3_stmt *, int at, const char *text);

/* Trouble of the database's, as FAILED. */
int telemetry_trouble(const struct telemetry *, struct error *, const char *doing);

/* What column AT holds; an empty sketch, when it cannot be read. */
void telemetry_sketch(sqlite3_stmt *, int at, struct sketch *);

/* Gives all rows of a statement, of all files, to TAKE, until it does not return DONE. NAME may be NULL. A file without
 * zones has no rows of them, and tells no zone apart. */
typedef int telemetry_take_row(sqlite3_stmt *, void *context, struct error *);
int telemetry_each(const struct telemetry_files *, enum telemetry_statement, const char *name, int64_t first,
	int64_t last, telemetry_take_row *, void *context, struct error *);

#endif
