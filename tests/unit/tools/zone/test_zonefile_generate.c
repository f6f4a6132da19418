/* SPDX-License-Identifier: BSD-2-Clause */
/* $GENERATE as BIND has it: ranges, offsets, widths, bases, and templates that nothing can be made of. */
#include "tools/zone/zonefile_generate.h"

#include <string.h>

#include "tests/unit/check.h"

static struct error e;
static struct text made;
static size_t count;

static int take(struct entry *entry, void *context, struct error *error)
{
	size_t *most = context;
	text_add(&made, made.length == 0 ? "" : "|");
	for (size_t i = 0; i < entry->count; i++)
		text_addf(&made, "%s%s", i == 0 ? "" : " ", entry_word(entry, i));
	return ++count == *most ? fail(error, FAILED, "enough") : DONE;
}

/* Of the line "$GENERATE ...": what is made, or the error. */
static const char *make(const char *line, size_t most)
{
	struct entry entry = { 0 };
	struct entry_reader r = { line, line + strlen(line), 1 };
	text_free(&made);
	made = (struct text){ 0 };
	text_add(&made, "");
	count = 0;
	assert_done(entry_read(&r, &entry, &e), &e);
	int outcome = generate(&entry, take, &most, &e);
	entry_free(&entry);
	return outcome == DONE ? made.bytes : e.text;
}

static int drop(void **state)
{
	(void)state;
	text_free(&made);
	made = (struct text){ 0 };
	return 0;
}

static void templates_are_filled_in(void **state)
{
	static const struct {
		const char *line, *wanted;
	} rows[] = {
		{ "$GENERATE 1-3 h$ A 192.0.2.$", "h1 A 192.0.2.1|h2 A 192.0.2.2|h3 A 192.0.2.3" },
		{ "$GENERATE 0-6/3 h$ 60 IN A 192.0.2.$", "h0 60 IN A 192.0.2.0|h3 60 IN A 192.0.2.3|h6 60 IN A 192.0.2.6" },
		{ "$GENERATE 5-6/9 h A 192.0.2.$", "h A 192.0.2.5" },
		{ "$GENERATE 7-7 h${3} TXT ${-2}", "h10 TXT 5" },
		{ "$GENERATE 7-7 h${0,3} TXT ${0,3,d}", "h007 TXT 007" },
		{ "$GENERATE 255-255 ${0,0,x} TXT ${0,4,X} ${0,0,o}", "ff TXT 00FF 377" },
		{ "$GENERATE 171-171 ${0,3,n} TXT ${0,4,N} ${0,0,n}", "b.a TXT B.A. b.a" },
		{ "$GENERATE 18-18 ${0,7,n}.ip6 PTR h$", "2.1.0.0.ip6 PTR h18" },
		{ "$GENERATE 1-1 a$$ TXT \\$ x$y", "a$ TXT \\$ x1y" },
		{ "$GENERATE 1-1 h TXT \"a $\"", "h TXT a 1" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (strcmp(make(rows[i].line, 0), rows[i].wanted) != 0)
			fail_msg("%s: '%s', wanted '%s'", rows[i].line, make(rows[i].line, 0), rows[i].wanted);
}

static void what_cannot_be_made_is_refused(void **state)
{
	static const struct {
		const char *line, *says;
	} rows[] = {
		{ "$GENERATE 1-3 h$ A", "wanted $GENERATE" }, { "$GENERATE", "wanted $GENERATE" },
		{ "$GENERATE 3-1 h$ A 192.0.2.1", "wanted" }, { "$GENERATE -1-3 h$ A 192.0.2.1", "wanted" },
		{ "$GENERATE 1-3/0 h$ A 192.0.2.1", "wanted" }, { "$GENERATE 1-3x1 h$ A 192.0.2.1", "wanted" },
		{ "$GENERATE 1-3/1x h$ A 192.0.2.1", "wanted" }, { "$GENERATE 1 h$ A 192.0.2.1", "wanted" },
		{ "$GENERATE 1-99999999999999999999 h$ A 192.0.2.1", "wanted" },
		{ "$GENERATE 0-1000000 h$ A 192.0.2.1", "more than 1000000 names" },
		{ "$GENERATE 1-1 h${-2} A 192.0.2.1", "'h${-2}' cannot be made of 1" },
		{ "$GENERATE 1-1 h${0,256} A 192.0.2.1", "cannot be made" }, { "$GENERATE 1-1 h${0,-1} A 192.0.2.1", "cannot be made" },
		{ "$GENERATE 1-1 h${0,1,b} A 192.0.2.1", "cannot be made" }, { "$GENERATE 1-1 h${0 A 192.0.2.1", "cannot be made" },
		{ "$GENERATE 1-1 h${} A 192.0.2.1", "cannot be made" }, { "$GENERATE 1-1 h${a} A 192.0.2.1", "cannot be made" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		assert_says(make(rows[i].line, 0), rows[i].says);
		assert_int_equal(count, 0);
	}
}

static void whoever_has_enough_ends_it(void **state)
{
	(void)state;
	assert_string_equal(make("$GENERATE 1-999999 h$ A 192.0.2.1", 2), "enough");
	assert_int_equal(count, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(templates_are_filled_in, drop),
		cmocka_unit_test_teardown(what_cannot_be_made_is_refused, drop),
		cmocka_unit_test_teardown(whoever_has_enough_ends_it, drop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
