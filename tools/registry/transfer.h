/* SPDX-License-Identifier: BSD-2-Clause */
/* The registry as text, which export prints and import reads: one line for each object,
 * `KIND field=value field="quoted value"`. */
#ifndef TOOLS_TRANSFER_H
#define TOOLS_TRANSFER_H

#include "tools/command.h"

/* Appends one object's line, with its newline. */
void line_write(const struct kind *, const void *row, struct text *);

/* Whether both rows would be written alike. False when memory is out. */
bool lines_same(const struct kind *, const void *a, const void *b);

/* Reads a line without its newline into its kind and a row, whose texts are the arena's. Missing fields get the default of
 * a new object. ABSENT for an empty line or a comment (#). */
int line_read(const char *line, const struct kind **, void *row, struct arena *, struct error *);

/* Adds or changes the objects of a file ("-" for standard input), all or none, and only of these kinds (NULL-terminated).
 * Makes missing pools that releases look up. REFUSED cites FILE:LINE. */
int import_file(struct command *, const char *path, const struct kind *const *kinds, struct error *);

/* Makes the missing pools that a release looks up. */
int add_pools(struct command *, const struct release *, struct error *);

/* Shows the progress of something long: a line on standard error, if that is a terminal, now and then. DONE erases it. */
void progress(const char *what, size_t count, bool done);

#endif
