/* SPDX-License-Identifier: BSD-2-Clause */
/* A scenario's line taken apart: words, then FIELD=VALUE pairs. */
#ifndef SIMULATOR_WORDS_H
#define SIMULATOR_WORDS_H

#include <stdint.h>

#include "lib/arena.h"
#include "lib/error.h"

enum { WORDS_LINE_MOST = 24 };

struct words {
	int count, value_count;
	const char *word[WORDS_LINE_MOST];
	const char *name[WORDS_LINE_MOST], *value[WORDS_LINE_MOST];
};

/* Takes a line apart. Quotes may hold spaces; a # at the beginning of a word ends the line. Texts are the arena's.
 * REFUSED says what is wrong with the line. */
int words_read(const char *line, struct arena *, struct words *, struct error *);

/* Takes NAME's pair out and returns its value; NULL when it was not given. */
const char *words_take(struct words *, const char *name);

/* Takes the first COUNT words off. */
void words_shift(struct words *, int count);

/* "2016-03-01", in seconds since 1970 (UTC). */
int date_read(const char *text, int64_t *date, struct error *);

/* "09:30", in seconds. */
int time_read(const char *text, int64_t *seconds, struct error *);

/* Writes "2016-03-01" into TEXT, which has room for DATE_TEXT. */
enum { DATE_TEXT = 11 };
void date_write(int64_t date, char *text);

/* "12.5%" or "12.5": in hundredths of a percent. */
int percent_read(const char *text, int64_t *share, struct error *);

#endif
