/* SPDX-License-Identifier: BSD-2-Clause */
/* A zone file read character by character into words. */
#include "tools/zone/zonefile_entry.h"

#include <stdlib.h>
#include <string.h>

#include "lib/array.h"

void entry_clear(struct entry *entry)
{
	entry->count = 0;
	entry->text.length = 0;
}

void entry_free(struct entry *entry)
{
	free(entry->words);
	text_free(&entry->text);
}

/* Octets that are not ASCII's are written by their numbers, be there a backslash before or not: so they mean the same to
 * whoever reads the word. */
static void add_text(struct text *text, const char *word, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)word[i], next = i + 1 < size ? (unsigned char)word[i + 1] : 'x';
		if (c == '\\' && (next < ' ' || next >= 127))
			continue;
		if (c < ' ' || c >= 127)
			text_addf(text, "\\%03u", c);
		else
			text_add_part(text, word + i, 1);
		if (c == '\\' && i + 1 < size)
			text_add_part(text, word + ++i, 1);
	}
}

int entry_add(struct entry *entry, const char *word, size_t size, bool quoted, bool glued, struct error *e)
{
	if (!array_room(&entry->words, &entry->room, entry->count + 1, sizeof *entry->words))
		return fail(e, FAILED, "out of memory");
	size_t at = entry->text.length;
	add_text(&entry->text, word, size);
	entry->words[entry->count++] = (struct entry_word){ at, entry->text.length - at, quoted, glued };
	text_add_part(&entry->text, "", 1);
	return entry->text.broken ? fail(e, FAILED, "out of memory") : DONE;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

static bool ends_word(char c)
{
	return is_blank(c) || c == '\n' || c == ';' || c == '(' || c == ')' || c == '"';
}

/* A word between quotes, which are ended in the same line. */
static int read_quoted(struct entry_reader *r, struct entry *entry, bool glued, struct error *e)
{
	const char *from = ++r->at;
	while (r->at < r->end && *r->at != '"' && *r->at != '\n')
		r->at += *r->at == '\\' && r->end - r->at > 1 && r->at[1] != '\n' ? 2 : 1;
	if (r->at >= r->end || *r->at != '"')
		return fail(e, REFUSED, "a quote is not closed in its line");
	return entry_add(entry, from, (size_t)(r->at++ - from), true, glued, e);
}

static int read_plain(struct entry_reader *r, struct entry *entry, bool glued, struct error *e)
{
	const char *from = r->at;
	while (r->at < r->end && !ends_word(*r->at))
		r->at += *r->at == '\\' && r->end - r->at > 1 && r->at[1] != '\n' ? 2 : 1;
	return entry_add(entry, from, (size_t)(r->at - from), false, glued, e);
}

static void skip_comment(struct entry_reader *r)
{
	while (r->at < r->end && *r->at != '\n')
		r->at++;
}

/* One step within a line. GLUED: a word ended here. */
static int step(struct entry_reader *r, struct entry *entry, int *depth, bool *glued, struct error *e)
{
	char c = *r->at;
	bool was = *glued;
	*glued = false;
	if (is_blank(c)) {
		r->at++;
		return DONE;
	}
	switch (c) {
	case ';':
		skip_comment(r);
		return DONE;
	case '(':
	case ')':
		*depth += c == '(' ? 1 : -1;
		r->at++;
		return *depth < 0 ? fail(e, REFUSED, "a ')' that closes nothing") : DONE;
	default:
		*glued = true;
		return c == '"' ? read_quoted(r, entry, was, e) : read_plain(r, entry, was, e);
	}
}

/* To the end of a line outside of parentheses. */
static int read_line(struct entry_reader *r, struct entry *entry, struct error *e)
{
	int depth = 0, outcome = DONE;
	bool glued = false;
	entry_clear(entry);
	entry->line = r->line;
	entry->indented = is_blank(*r->at);
	while (outcome == DONE && r->at < r->end && (depth > 0 || *r->at != '\n'))
		if (*r->at == '\n') {
			r->line++;
			r->at++;
			glued = false;
		} else {
			bool first = entry->count == 0;
			outcome = step(r, entry, &depth, &glued, e);
			entry->line = first && entry->count > 0 ? r->line : entry->line;
		}
	if (outcome == REFUSED)
		entry->line = r->line;
	if (outcome == DONE && depth > 0)
		return fail(e, REFUSED, "a '(' is not closed");
	if (r->at < r->end) {
		r->line++;
		r->at++;
	}
	return outcome;
}

int entry_read(struct entry_reader *r, struct entry *entry, struct error *e)
{
	int outcome = DONE;
	entry_clear(entry);
	while (outcome == DONE && r->at < r->end && entry->count == 0)
		outcome = read_line(r, entry, e);
	return outcome == DONE && entry->count == 0 ? ABSENT : outcome;
}
