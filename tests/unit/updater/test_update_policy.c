/* SPDX-License-Identifier: BSD-2-Clause */
/* What a key's names and types hold. */
#include "updater/update_policy.h"

#include <string.h>

#include "tests/unit/check.h"

static void names_are_covered(void **state)
{
	static const struct {
		const char *patterns, *name;
		bool covers;
	} rows[] = {
		{ "a.test", "a.test", true }, { "a.test", "b.a.test", false }, { "*.a.test", "b.a.test", true },
		{ "*.a.test", "a.test", false }, { "x.test _acme-challenge.*", "_acme-challenge.a.test", true },
		{ "_acme-challenge.*", "_acme-challenge2.a.test", false }, { "_acme-challenge.*", "x._acme-challenge.a.test", false },
		{ "", "a.test", false }, { "*", "a.test", false },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (update_policy_covers(rows[i].patterns, rows[i].name) != rows[i].covers)
			fail_msg("%s, %s", rows[i].patterns, rows[i].name);
}

static void types_are_held(void **state)
{
	(void)state;
	assert_true(update_policy_types("", 255));
	assert_true(update_policy_types("txt aaaa", 28));
	assert_true(update_policy_types("type65280", 65280));
	assert_false(update_policy_types("txt aaaa", 1));
	assert_false(update_policy_types("txt aaaa", 255));
	assert_false(update_policy_types("averyveryverylongword", 1));
}

static void underscores_belong_to_what_is_above(void **state)
{
	(void)state;
	assert_string_equal(update_policy_host("_443._tcp.a.test"), "a.test");
	assert_string_equal(update_policy_host("a.test"), "a.test");
	assert_string_equal(update_policy_host("x._tcp.a.test"), "x._tcp.a.test");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_covered),
		cmocka_unit_test(types_are_held),
		cmocka_unit_test(underscores_belong_to_what_is_above),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
