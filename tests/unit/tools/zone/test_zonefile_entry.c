/* SPDX-License-Identifier: BSD-2-Clause */
/* A zone file's entries as words: blanks, comments, quotes, parentheses, and what is left open. */
#include "tools/zone/zonefile_entry.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/check.h"

static struct entry entry;
static struct error e;

static int drop(void **state)
{
	(void)state;
	entry_free(&entry);
	entry = (struct entry){ 0 };
	return 0;
}

/* All entries of a text: words in [], quoted ones in "", a + in front of what is glued, entries with their line and >
 * where they are indented; the error in the end. */
static const char *split(const char *text)
{
	static char out[1000];
	struct entry_reader r = { text, text + strlen(text), 1 };
	size_t used = 0;
	int outcome;
	out[0] = '\0';
	while ((outcome = entry_read(&r, &entry, &e)) == DONE) {
		used += (size_t)snprintf(out + used, sizeof out - used, "%zu%s", entry.line, entry.indented ? ">" : ":");
		for (size_t i = 0; i < entry.count; i++) {
			const struct entry_word *w = &entry.words[i];
			assert_int_equal(strlen(entry_word(&entry, i)), w->size);
			used += (size_t)snprintf(out + used, sizeof out - used, "%s%c%s%c", w->glued ? "+" : "", w->quoted ? '"' : '[',
				entry_word(&entry, i), w->quoted ? '"' : ']');
		}
		used += (size_t)snprintf(out + used, sizeof out - used, "|");
	}
	if (outcome == REFUSED)
		snprintf(out + used, sizeof out - used, "%zu! %s", entry.line, e.text);
	else
		assert_int_equal(outcome, ABSENT);
	return out;
}

static void entries_become_words(void **state)
{
	static const struct {
		const char *text, *wanted;
	} rows[] = {
		{ "", "" },
		{ "\n\n ; nothing\n\t\n", "" },
		{ "a 60 A 192.0.2.1\n b\n", "1:[a][60][A][192.0.2.1]|2>[b]|" },
		{ "a\r\nb", "1:[a]|2:[b]|" },
		{ "a ; b\nc;d", "1:[a]|2:[c]|" },
		{ "a (b\n; c )\n d) e\nf", "1:[a][b][d][e]|4:[f]|" },
		{ "(\n\na )\n", "3:[a]|" },
		{ "((a) b)", "1:[a][b]|" },
		{ "a \"b c;()\" d", "1:[a]\"b c;()\"[d]|" },
		{ "\"a\"\"b\"c \"\"", "1:\"a\"+\"b\"+[c]\"\"|" },
		{ "a\"b\" (c)d", "1:[a]+\"b\"[c][d]|" },
		{ "a\\ b \\; \\\"", "1:[a\\ b][\\;][\\\"]|" },
		{ "\"a\\\"b\"", "1:\"a\\\"b\"|" },
		{ "\xc3\xbc \"\\\xff\"", "1:[\\195\\188]\"\\255\"|" }, /* octets beyond ASCII, with a backslash or without */
		{ "a\\", "1:[a\\]|" }, /* which whoever reads the word refuses */
		{ "a\\\nb", "1:[a\\]|2:[b]|" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (strcmp(split(rows[i].text), rows[i].wanted) != 0)
			fail_msg("'%s': '%s', wanted '%s'", rows[i].text, split(rows[i].text), rows[i].wanted);
}

static void what_is_open_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *text, *wanted;
	} rows[] = {
		{ "a\n\"b\nc\"", "1:[a]|2! a quote is not closed in its line" },
		{ "a \"b\\", "1! a quote is not closed in its line" },
		{ "a\nb )\n", "1:[a]|2! a ')' that closes nothing" },
		{ "a (\nb\n", "1! a '(' is not closed" },
		{ "a (\n\"b\n", "2! a quote is not closed in its line" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (strcmp(split(rows[i].text), rows[i].wanted) != 0)
			fail_msg("'%s': '%s', wanted '%s'", rows[i].text, split(rows[i].text), rows[i].wanted);
}

/* Files are mapped: a NUL is an octet, and nothing stands behind the end. */
static void a_nul_is_an_octet(void **state)
{
	static const char text[3] = { 'a', '\0', 'b' };
	struct entry_reader r = { text, text + sizeof text, 1 };
	(void)state;
	assert_done(entry_read(&r, &entry, &e), &e);
	assert_int_equal(entry.count, 1);
	assert_string_equal(entry_word(&entry, 0), "a\\000b");
	assert_outcome(entry_read(&r, &entry, &e), ABSENT, &e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(entries_become_words, drop),
		cmocka_unit_test_teardown(what_is_open_is_refused_with_its_line, drop),
		cmocka_unit_test_teardown(a_nul_is_an_octet, drop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
