/* SPDX-License-Identifier: BSD-2-Clause */
/* Splits a zone file's entries (RFC 1035 section 5.1) into words. This knows blanks, comments, parentheses and line ends,
 * but not what words mean. */
#ifndef TOOLS_ZONEFILE_ENTRY_H
#define TOOLS_ZONEFILE_ENTRY_H

#include "lib/error.h"
#include "lib/text.h"

struct entry_word {
	size_t at, size; /* in the entry's text, without its quotes */
	bool quoted, glued; /* glued: it follows the last word without a blank */
};

struct entry {
	size_t line;   /* the number of its first line */
	bool indented; /* it begins with a blank, so that its owner is that of the last record */
	size_t count, room;
	struct entry_word *words;
	struct text text; /* all words, each with a NUL behind it; escapes are kept, and octets beyond ASCII become escapes */
};

struct entry_reader {
	const char *at, *end;
	size_t line;
};

static inline const char *entry_word(const struct entry *entry, size_t which)
{
	return entry->text.bytes + entry->words[which].at;
}

/* Reads the next entry that has a word. ABSENT at the end. REFUSED sets the entry's line to that of the error. */
int entry_read(struct entry_reader *, struct entry *, struct error *);

/* Empties an entry; appends a word of SIZE octets to one. FAILED when memory is out. */
void entry_clear(struct entry *);
int entry_add(struct entry *, const char *word, size_t size, bool quoted, bool glued, struct error *);

void entry_free(struct entry *);

#endif
