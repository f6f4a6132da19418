/* SPDX-License-Identifier: BSD-2-Clause */
/* A copy of a database of SQLite's, the registry's or telemetry's, as it is at one moment while others write it. For the
 * files of registry/ that have one open. */
#ifndef REGISTRY_DATABASE_COPY_H
#define REGISTRY_DATABASE_COPY_H

#include <sqlite3.h>

#include "lib/error.h"

/* Copies what SOURCE, which was opened at FROM, has committed. The copy belongs to whom FROM belongs; it is checked and
 * durable before it takes the place of what is at PATH. FAILED leaves what is at PATH as it was: for lack of room, or
 * because the source is damaged. The thread of the connection. */
int database_copy(sqlite3 *source, const char *from, const char *path, struct error *);

/* Removes a database that nobody has open, with what may have been left beside it. */
void database_discard(const char *path);

#endif
