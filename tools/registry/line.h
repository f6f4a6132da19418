/* SPDX-License-Identifier: BSD-2-Clause */
/* An object as a line, `KIND field=value field="quoted value"`: what export prints and import reads. */
#ifndef TOOLS_LINE_H
#define TOOLS_LINE_H

#include "model/model.h"

/* Appends one object's line, with its newline. */
void line_write(const struct kind *, const void *row, struct text *);

/* The same for a declared state: without secrets, and dates since when something is so. */
void line_write_declared(const struct kind *, const void *row, struct text *);

/* Whether both rows would be written alike. False when memory is out. */
bool lines_same(const struct kind *, const void *a, const void *b);

/* Gives a row of a line what the object that is THERE has, of what the line does not say: secrets, and dates since when something is
 * so. GIVEN has bit N for the kind's Nth field, if the line has it. A date is now, where what it is of becomes another. */
void line_keep(const struct kind *, void *row, const void *there, uint64_t given);

/* Reads a line without its newline into its kind and a row, whose texts are the arena's. Missing fields get the default of
 * a new object. ABSENT for an empty line or a comment (#). */
int line_read(const char *line, const struct kind **, void *row, struct arena *, struct error *);

/* The same; *GIVEN has bit N for the kind's Nth field, if the line has it. */
int line_read_given(const char *line, const struct kind **, void *row, uint64_t *given, struct arena *, struct error *);

#endif
