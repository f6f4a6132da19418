/* SPDX-License-Identifier: BSD-2-Clause */
/* What holds for all verbs: their tables are what help, completion and the command line go by. */
#include "tools/verbs.h"

#include <ctype.h>
#include <string.h>

#include "tests/unit/check.h"

static void each_is_found_and_told(void **state)
{
	const struct verb *v;
	char text[VERB_TEXT], summary[SUMMARY_TEXT];
	(void)state;
	for (size_t i = 0; (v = verbs_at(i)) != NULL; i++) {
		assert_ptr_equal(verbs_find(v->noun, v->name), v);
		assert_true(verbs_have_noun(v->noun));
		size_t length = strlen(verb_summary(v, summary));
		assert_in_range(length, 8, SUMMARY_MOST);
		assert_true(isupper((unsigned char)summary[0]));
		assert_non_null(v->example);
		verb_text(v, text);
		assert_int_equal(strncmp(v->example, text, strlen(text)), 0);
	}
	assert_null(verbs_find("relay", "fly"));
	assert_null(verbs_find("relay", ""));
	assert_false(verbs_have_noun("drain"));
}

/* The words of a usage are as many as the verb takes, where it does not say itself that there are several ways. */
static void usages_have_the_words_that_are_wanted(void **state)
{
	const struct verb *v;
	struct usage_part part;
	(void)state;
	for (size_t i = 0; (v = verbs_at(i)) != NULL; i++) {
		assert_true(v->words_least == 0 || usage_word(v->usage, (size_t)v->words_least - 1, &part));
		if (v->words_most < WORDS_MOST && strstr(v->usage, " | ") == NULL)
			assert_false(usage_word(v->usage, (size_t)v->words_most, &part));
	}
}

/* One name has one form everywhere, or else it could not be read before its verb is known; and none hides what all have. */
static void options_do_not_contradict_each_other(void **state)
{
	const struct verb *v;
	struct usage_part part, common;
	char name[64];
	(void)state;
	for (size_t i = 0; (v = verbs_at(i)) != NULL; i++)
		for (const char *at = v->usage; usage_next(&at, &part);) {
			if (!part.option)
				continue;
			snprintf(name, sizeof name, "%.*s", (int)part.length, part.text);
			assert_true(verbs_option(v, name, &common));
			if (verbs_option(NULL, name, &common))
				assert_int_equal(part.value_length > 0, common.value_length > 0);
		}
	assert_true(verbs_option(verbs_find("host", "set"), "addresses", &common)); /* a list, by its field's name */
	assert_false(verbs_option(verbs_find("host", "show"), "addresses", &common));
	assert_true(verbs_option(verbs_find("release", "add"), "pools", &common));
	assert_false(verbs_option(verbs_find("host", "set"), "secret", &common));
	assert_false(verbs_option(verbs_find("zone", "set"), "signed", &common));
	assert_false(verbs_option(verbs_find("pool", "set"), "state", &common));
	assert_true(verbs_option(NULL, "registry", &common));
	assert_false(verbs_option(NULL, "tls", &common));
}

static void summaries_end_where_they_have_said_it(void **state)
{
	static const char *const cases[][2] = { { "Does it.", "Does it" }, { "Does it. And more.", "Does it" },
		{ "Does it: so.", "Does it" }, { "Does\nit; and so on", "Does it" }, { "Takes a file (RFC 1035.1).", "Takes a file (RFC 1035.1)" },
		{ "Takes a, b and c", "Takes a, b and c" },
		{ "Takes a thing that many a word is needed for, and some that nobody needs to know.",
			"Takes a thing that many a word is needed for" },
		{ "Takes a thing that many a word is needed (and some that nobody needs to know).",
			"Takes a thing that many a word is needed" } };
	char summary[SUMMARY_TEXT];
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_string_equal(verb_summary(&(struct verb){ .help = cases[i][0] }, summary), cases[i][1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(each_is_found_and_told),
		cmocka_unit_test(usages_have_the_words_that_are_wanted), cmocka_unit_test(options_do_not_contradict_each_other),
		cmocka_unit_test(summaries_end_where_they_have_said_it) };
	return cmocka_run_group_tests_name("tools/verbs", tests, NULL, NULL);
}
