/* SPDX-License-Identifier: BSD-2-Clause */
/* A zone file's entries (RFC 1035 section 5.1) as rows of words: blanks, comments, parentheses and line ends are
 * understood here, what the words mean is not. */
#ifndef TOOLS_ZONEFILE_ENTRY_H
#define TOOLS_ZONEFILE_ENTRY_H

#include "lib/error.h"
#include "lib/text.h"

struct entry_word {
	size_t at, size; /* in the entry's text, without its quotes */
	bool quoted, glued; /* glued: nothing stood between the last word and this one */
};

struct entry {
	size_t line;   /* where it begins */
	bool indented; /* it begins with a blank: its owner is the last one */
	size_t count, room;
	struct entry_word *words;
	struct text text; /* of the words, each with a NUL behind: escapes are left, octets beyond ASCII are escaped */
};

struct entry_reader {
	const char *at, *end;
	size_t line;
};

static inline const char *entry_word(const struct entry *entry, size_t which)
{
	return entry->text.bytes + entry->words[which].at;
}

/* Reads the next entry that has a word: ABSENT when there is none any more. REFUSED leaves the fault's line in the
 * entry's. */
int entry_read(struct entry_reader *, struct entry *, struct error *);

/* Empties it, and appends a word of SIZE octets. FAILED when memory is out. */
void entry_clear(struct entry *);
int entry_add(struct entry *, const char *word, size_t size, bool quoted, bool glued, struct error *);

void entry_free(struct entry *);

#endif
