/* SPDX-License-Identifier: BSD-2-Clause */
/* Command lines taken apart. */
#include "tools/arguments.h"

#include <string.h>

#include "tests/unit/check.h"

static struct command c;
static struct error e;

/* Takes the words of a line, which have no blanks in them. */
static int take(const char *line)
{
	static char copy[512];
	char *words[80] = { "windsock" }, *rest = copy;
	int count = 1;
	arena_free(&c.arena);
	c = (struct command){ 0 };
	snprintf(copy, sizeof copy, "%s", line);
	for (char *word; (word = strsep(&rest, " ")) != NULL;)
		if (*word != '\0')
			words[count++] = word;
	return arguments_take(&c, count, words, &e);
}

static void verb_is(const char *noun, const char *name, int words)
{
	assert_non_null(c.verb);
	assert_string_equal(c.verb->noun, noun);
	assert_string_equal(c.verb->name, name);
	assert_int_equal(c.word_count, words);
}

static void verbs_are_found_and_their_words_left(void **state)
{
	(void)state;
	assert_done(take("relay drain r1"), &e);
	verb_is("relay", "drain", 1);
	assert_string_equal(c.words[0], "r1");
	assert_false(c.planning || c.help);
	assert_done(take("status"), &e);
	verb_is("status", "", 0);
	assert_done(take("status x"), &e);
	verb_is("status", "", 1);
	assert_done(take("plan relay drain r1"), &e);
	verb_is("relay", "drain", 1);
	assert_true(c.planning && c.dry_run);
	assert_string_equal(c.typed, "plan relay drain r1");
	assert_done(take("plan"), &e);
	verb_is("plan", "", 0);
	assert_false(c.planning);
	assert_done(take("help relay drain"), &e);
	verb_is("relay", "drain", 0);
	assert_true(c.help && !c.planning);
	assert_done(take("help plan"), &e);
	verb_is("plan", "", 0);
	assert_true(c.help && !c.planning);
	assert_done(take("relay drain help"), &e);
	verb_is("relay", "drain", 1);
	assert_false(c.help);
}

static void words_that_name_none_are_left_as_they_are(void **state)
{
	(void)state;
	assert_done(take(""), &e);
	assert_true(c.verb == NULL && c.word_count == 0 && !c.help);
	assert_done(take("help"), &e);
	assert_true(c.verb == NULL && c.word_count == 0 && c.help);
	assert_done(take("help zome"), &e);
	assert_true(c.verb == NULL && c.word_count == 1 && c.help);
	assert_done(take("zone fly --ns x"), &e); /* what the option is does not matter then */
	assert_null(c.verb);
	assert_int_equal(c.word_count, 2);
	assert_done(take("plan zone"), &e);
	assert_true(c.verb == NULL && c.word_count == 1 && c.planning);
	assert_done(take("zone --help"), &e);
	assert_true(c.verb == NULL && c.word_count == 1 && c.help);
}

static void options_are_taken_by_the_usage(void **state)
{
	(void)state;
	assert_done(take("--registry x relay --json drain -c y r1 --wait --for 2h --reason=a=b"), &e);
	verb_is("relay", "drain", 1);
	assert_string_equal(option(&c, "registry"), "x");
	assert_string_equal(option(&c, "config"), "y");
	assert_string_equal(option(&c, "for"), "2h");
	assert_string_equal(c.reason, "a=b");
	assert_true(c.json && option_flag(&c, "wait"));
	assert_done(take("forecast --tls"), &e); /* a flag of this verb alone */
	assert_true(option_flag(&c, "tls"));
	assert_done(take("relay set r1 --tls 1.2"), &e);
	assert_string_equal(option(&c, "tls"), "1.2");
	assert_done(take("relay add r1 --address 192.0.2.1 --address 192.0.2.2"), &e);
	assert_string_equal(option_all(&c, "address"), "192.0.2.1 192.0.2.2");
	assert_done(take("log --after -1"), &e); /* a value may begin with a dash */
	assert_string_equal(option(&c, "after"), "-1");
	assert_done(take("import -"), &e);
	verb_is("import", "", 1);
	assert_done(take("relay drain -- --wait -x"), &e);
	verb_is("relay", "drain", 2);
	assert_string_equal(c.words[0], "--wait");
}

static void slips_are_told(void **state)
{
	static const char *const slips[][2] = { { "relay drain r1 --wiat", "relay drain has no option --wiat: did you mean '--wait'?" },
		{ "relay drain r1 --tls 1.2", "relay drain has no option --tls" }, { "--tls 1.2 relay add", "--tls stands before the verb" },
		{ "relay set r1 --weight", "--weight wants a value: N" }, { "relay drain r1 --wait=1", "--wait takes no value, and '1' is one" },
		{ "relay drain -x", "-x is not an option" }, { "status --registry", "--registry wants a value: FILE" } };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(slips); i++) {
		assert_outcome(take(slips[i][0]), REFUSED, &e);
		assert_says(e.text, slips[i][1]);
	}
	assert_outcome(take("import a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a "
		"a a a a a a a a a a"), REFUSED, &e);
	assert_says(e.text, "more than 64 words");
}

static int drop(void **state)
{
	(void)state;
	arena_free(&c.arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(verbs_are_found_and_their_words_left),
		cmocka_unit_test(words_that_name_none_are_left_as_they_are), cmocka_unit_test(options_are_taken_by_the_usage),
		cmocka_unit_test(slips_are_told) };
	return cmocka_run_group_tests_name("tools/arguments", tests, NULL, drop);
}
