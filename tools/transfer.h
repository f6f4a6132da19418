/* SPDX-License-Identifier: BSD-2-Clause */
/* The registry as text: a line an object, `KIND field=value field="quoted value"`. What export
 * prints, import takes. */
#ifndef TOOLS_TRANSFER_H
#define TOOLS_TRANSFER_H

#include "tools/command.h"

/* Appends one object's line, its newline included. */
void line_write(const struct kind *, const void *row, struct text *);

/* Whether both rows would be written alike. False when memory is out. */
bool lines_same(const struct kind *, const void *a, const void *b);

/* Reads a line without its newline: its kind, and the row, whose texts are the arena's. Fields that
 * are missing get the standard of a new object. ABSENT for an empty line or a comment (#). */
int line_read(const char *line, const struct kind **, void *row, struct arena *, struct error *);

/* Adds or changes what each line of the file says ("-" for standard input), all or nothing; only
 * these kinds (NULL-terminated). REFUSED cites FILE:LINE. Pools that releases name and that are not
 * there are made. */
int import_file(struct command *, const char *path, const struct kind *const *kinds, struct error *);

/* Makes the pools that a release names and that are not there. */
int add_pools(struct command *, const struct release *, struct error *);

/* Progress of something long, on a terminal: a line on standard error now and then. DONE at its end
 * wipes it. */
void progress(const char *what, size_t count, bool done);

#endif
