/* SPDX-License-Identifier: BSD-2-Clause */
/* Printing: aligned tables for people, JSON for scripts, both from the field tables. */
#ifndef TOOLS_TABLE_H
#define TOOLS_TABLE_H

#include <jansson.h>

#include "tools/command.h"

/* A table with one line a row; columns as wide as their widest cell. */
enum { COLUMNS_MOST = 12 };
struct table_print {
	const char *heads[COLUMNS_MOST];
	int columns;
	struct text cells; /* separated by NUL */
	size_t count;      /* of cells */
};
void table_cell(struct table_print *, const char *text); /* adds a cell; after COLUMNS cells a row is complete */
void table_end(const struct command *, struct table_print *);                    /* prints and frees */

/* Prints all rows of a kind (with OF, as registry_each): as a table of the fields that are neither hidden nor details, or
 * as JSON. */
int print_rows(struct command *, const struct kind *, const void *of, struct error *);

/* The same of those that WANTED says are to be printed. */
typedef bool row_wanted(const void *row, const void *context);
int print_rows_if(struct command *, const struct kind *, row_wanted *wanted, const void *context, struct error *);

/* Prints one row: as "name: value" lines, or as a JSON object. */
int print_row(struct command *, const struct kind *, const void *row);

/* A row as a JSON object: lists as arrays, flags as booleans, numbers as numbers. */
json_t *row_json(const struct kind *, const void *row);

/* A date as "2027-03-02T12:00:00Z"; it is the command's. */
const char *date_text(struct command *, int64_t date);

/* "1 zone", "2 zones"; it is the command's. */
const char *counted(struct command *, int64_t count, const char *noun);

/* Prints JSON with a newline, and frees it. */
void print_json(const struct command *, json_t *);

#endif
