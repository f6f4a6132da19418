/* SPDX-License-Identifier: BSD-2-Clause */
/* A $GENERATE's range, and its template filled in for each number. */
#include "tools/zone/zonefile_generate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GENERATED_MOST = 1000000, WIDTH_MOST = 255 };

struct range {
	long from, to, step;
};

static bool read_range(const char *text, struct range *range)
{
	char end;
	range->step = 1;
	int got = sscanf(text, "%9ld-%9ld%c%9ld%c", &range->from, &range->to, &end, &range->step, &end);
	return (got == 2 || (got == 4 && strchr(text, '/') != NULL)) && range->from >= 0 && range->step > 0
		&& range->from <= range->to;
}

/* Writes hexadecimal digits in reverse order with dots between them, as in names below ip6.arpa. */
static void add_nibbles(struct text *out, unsigned long value, int width, bool capital)
{
	do {
		text_addf(out, capital ? "%lX" : "%lx", value & 15);
		value >>= 4;
		width--;
		if (width > 0 || value != 0) {
			text_add(out, ".");
			width--;
		}
	} while (value != 0 || width > 0);
}

static bool add_number(struct text *out, long value, int width, char base)
{
	if (value < 0 || width < 0 || width > WIDTH_MOST)
		return false;
	switch (base) {
	case 'd':
		text_addf(out, "%0*ld", width, value);
		return true;
	case 'o':
		text_addf(out, "%0*lo", width, (unsigned long)value);
		return true;
	case 'x':
		text_addf(out, "%0*lx", width, (unsigned long)value);
		return true;
	case 'X':
		text_addf(out, "%0*lX", width, (unsigned long)value);
		return true;
	case 'n':
	case 'N':
		add_nibbles(out, (unsigned long)value, width, base == 'N');
		return true;
	default:
		return false;
	}
}

/* Fills in the number for a '$', which {OFFSET[,WIDTH[,BASE]]} may follow. *AT moves behind that. */
static bool substitute(const char **at, long value, struct text *out)
{
	long offset = 0;
	int width = 0, size = 0;
	char base = 'd';
	if (**at == '$') { /* "$$" is a plain '$' in older files of BIND */
		(*at)++;
		text_add(out, "$");
		return true;
	}
	if (**at != '{')
		return add_number(out, value, 0, 'd');
	if ((sscanf(*at, "{%9ld}%n", &offset, &size) < 1 || size == 0)
		&& (sscanf(*at, "{%9ld,%4d}%n", &offset, &width, &size) < 2 || size == 0)
		&& (sscanf(*at, "{%9ld,%4d,%c}%n", &offset, &width, &base, &size) < 3 || size == 0))
		return false;
	*at += size;
	return add_number(out, value + offset, width, base);
}

static bool expand(const char *word, long value, struct text *out)
{
	out->length = 0;
	text_add(out, "");
	while (*word != '\0') {
		if (*word == '\\' && word[1] != '\0') {
			text_add_part(out, word, 2);
			word += 2;
		} else if (*word == '$') {
			word++;
			if (!substitute(&word, value, out))
				return false;
		} else
			text_add_part(out, word++, 1);
	}
	return true;
}

static int make(const struct entry *from, long value, struct entry *to, struct text *word, struct error *e)
{
	int outcome = DONE;
	entry_clear(to);
	to->line = from->line;
	for (size_t i = 2; i < from->count && outcome == DONE; i++) {
		if (!expand(entry_word(from, i), value, word))
			return fail(e, REFUSED, "$GENERATE: '%s' cannot be made of %ld", entry_word(from, i), value);
		outcome = entry_add(to, word->bytes, word->length, from->words[i].quoted, from->words[i].glued && i > 2, e);
	}
	return outcome;
}

int generate(const struct entry *entry, generate_taker *take, void *context, struct error *e)
{
	struct range range;
	struct entry made = { 0 };
	struct text word = { 0 };
	if (entry->count < 5 || !read_range(entry_word(entry, 1), &range))
		return fail(e, REFUSED, "wanted $GENERATE FROM-TO[/STEP] NAME [TTL] [CLASS] TYPE DATA");
	if ((range.to - range.from) / range.step >= GENERATED_MOST)
		return fail(e, REFUSED, "$GENERATE: more than %d names", GENERATED_MOST);
	int outcome = DONE;
	for (long value = range.from; value <= range.to && outcome == DONE; value += range.step) {
		outcome = make(entry, value, &made, &word, e);
		if (outcome == DONE)
			outcome = take(&made, context, e);
	}
	entry_free(&made);
	text_free(&word);
	return outcome;
}
