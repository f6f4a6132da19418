/* SPDX-License-Identifier: BSD-2-Clause */
/* Usages as verbs have them, and what is found in them. */
#include "tools/usage.h"

#include <string.h>

#include "tests/unit/check.h"

static void same(const char *part, size_t length, const char *expected)
{
	assert_int_equal(length, strlen(expected));
	assert_memory_equal(part, expected, length);
}

/* "word" or "--option=VALUE", with "--flag=" for a flag. */
static void expect(const char *usage, const char *const *expected)
{
	struct usage_part part;
	for (; usage_next(&usage, &part); expected++) {
		assert_non_null(*expected);
		assert_int_equal(part.option, **expected == '-');
		if (!part.option) {
			same(part.text, part.length, *expected);
			continue;
		}
		const char *equals = strchr(*expected, '=');
		assert_int_equal(part.length, equals - *expected - 2);
		assert_memory_equal(part.text, *expected + 2, part.length);
		if (part.value_length > 0 || equals[1] != '\0')
			same(part.value, part.value_length, equals + 1);
	}
	assert_null(*expected);
}

#define EXPECT(usage, ...) expect(usage, (const char *const[]){ __VA_ARGS__, NULL })

static void parts_are_told_apart(void **state)
{
	(void)state;
	expect("", (const char *const[]){ NULL });
	EXPECT("NAME", "NAME");
	EXPECT("LABEL RELAY [--note TEXT]", "LABEL", "RELAY", "--note=TEXT");
	EXPECT("NAME [--wait [--for DURATION]]", "NAME", "--wait=", "--for=DURATION");
	EXPECT("ORIGIN --ns NAME[=ADDRESS]... [--ttl N]", "ORIGIN", "--ns=NAME[=ADDRESS]", "--ttl=N");
	EXPECT("[--server ADDR[:PORT]]... [--csv]", "--server=ADDR[:PORT]", "--csv=");
	EXPECT("NAME [--password-stdin | --new-token] [--role client|operator]", "NAME", "--password-stdin=", "--new-token=",
		"--role=client|operator");
	EXPECT("[LABEL | --tls] [--telemetry FILE]...", "LABEL", "--tls=", "--telemetry=FILE");
	EXPECT("ORIGIN FILE | ORIGIN --from ADDRESS[:PORT] [--tsig KEY] | --list LIST", "ORIGIN", "FILE", "ORIGIN",
		"--from=ADDRESS[:PORT]", "--tsig=KEY", "--list=LIST");
	EXPECT("LABEL --percent N | --end | --report", "LABEL", "--percent=N", "--end=", "--report=");
}

static void options_are_found_by_their_whole_name(void **state)
{
	static const char usage[] = "NAME [--for DURATION] [--force-it] [--wait]";
	struct usage_part part;
	(void)state;
	assert_true(usage_option(usage, "for", &part));
	same(part.value, part.value_length, "DURATION");
	assert_true(usage_option(usage, "wait", &part));
	assert_int_equal(part.value_length, 0);
	assert_false(usage_option(usage, "force", &part));
	assert_false(usage_option(usage, "fo", &part));
	assert_false(usage_option(usage, "NAME", &part));
	assert_false(usage_option(usage, "", &part));
}

static void words_are_counted_without_options(void **state)
{
	static const char usage[] = "[--days N] PRODUCT [--pool LABEL] VERSION";
	struct usage_part part;
	(void)state;
	assert_true(usage_word(usage, 0, &part));
	same(part.text, part.length, "PRODUCT");
	assert_true(usage_word(usage, 1, &part));
	same(part.text, part.length, "VERSION");
	assert_false(usage_word(usage, 2, &part));
}

static void a_choice_is_of_words_that_stand_for_themselves(void **state)
{
	static const char *const choices[] = { "yes|no", "4|6|46", "hmac-sha256|hmac-sha384" },
		*const others[] = { "N", "ADDRESS|NETWORK", "yes", "", "TEXT" };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(choices); i++)
		assert_true(usage_is_choice(choices[i], strlen(choices[i])));
	for (size_t i = 0; i < COUNT_OF(others); i++)
		assert_false(usage_is_choice(others[i], strlen(others[i])));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(parts_are_told_apart),
		cmocka_unit_test(options_are_found_by_their_whole_name), cmocka_unit_test(words_are_counted_without_options),
		cmocka_unit_test(a_choice_is_of_words_that_stand_for_themselves) };
	return cmocka_run_group_tests_name("tools/usage", tests, NULL, NULL);
}
