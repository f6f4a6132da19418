/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of hosts' addresses: when they are the same, and what becomes of one. What is written is tested in test_rule.c. */
#include "updater/hosts.h"

#include "tests/unit/check.h"

static void test_same(void **state)
{
	(void)state;
	assert_true(hosts_same("192.0.2.1 2001:db8::1", "2001:db8::1 192.0.2.1"));
	assert_true(hosts_same("", ""));
	assert_false(hosts_same("192.0.2.1", ""));
	assert_false(hosts_same("192.0.2.1", "192.0.2.2"));
	assert_false(hosts_same("192.0.2.1 192.0.2.3", "192.0.2.1 192.0.2.2"));
}

static void test_merge(void **state)
{
	static const struct {
		const char *had, *given, *wanted;
		bool without_v4, without_v6;
	} rows[] = {
		{ "", "192.0.2.1", "192.0.2.1", false, false },
		{ "192.0.2.1", "192.0.2.2", "192.0.2.2", false, false },
		{ "192.0.2.1 192.0.2.3", "192.0.2.2", "192.0.2.2", false, false },
		{ "192.0.2.1", "2001:db8::1", "2001:db8::1 192.0.2.1", false, false },
		{ "2001:db8::1 192.0.2.1", "192.0.2.2", "192.0.2.2 2001:db8::1", false, false },
		{ "192.0.2.1 2001:db8::1", "192.0.2.2 2001:db8::2", "192.0.2.2 2001:db8::2", false, false },
		{ "192.0.2.1 2001:db8::1", "", "2001:db8::1", true, false },
		{ "192.0.2.1 2001:db8::1", "", "192.0.2.1", false, true },
		{ "192.0.2.1 2001:db8::1", "", "", true, true },
		{ "192.0.2.1 2001:db8::1", "192.0.2.2", "192.0.2.2", false, true },
	};
	struct arena own = { 0 };
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_string_equal(hosts_merge(rows[i].had, rows[i].given, rows[i].without_v4,
			rows[i].without_v6, &own), rows[i].wanted);
	arena_free(&own);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_merge),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
