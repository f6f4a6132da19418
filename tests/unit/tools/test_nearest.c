/* SPDX-License-Identifier: BSD-2-Clause */
/* Slips, and what is no slip any more. */
#include "tools/nearest.h"

#include <string.h>

#include "tests/unit/check.h"

static const char *const words[] = { "add", "list", "show", "set", "remove", "preflight", "drain", "resume", "retire", "revive" };

static const char *meant(const char *typed)
{
	static char found[64];
	struct nearest n = { .word = typed };
	for (size_t i = 0; i < COUNT_OF(words); i++)
		nearest_try(&n, words[i], strlen(words[i]));
	if (n.best == NULL)
		return "";
	memcpy(found, n.best, n.length);
	found[n.length] = '\0';
	return found;
}

static void slips_are_found(void **state)
{
	static const char *const slips[][2] = { { "drian", "drain" }, { "dran", "drain" }, { "draiin", "drain" }, { "drein", "drain" },
		{ "remvoe", "remove" }, { "delete", "" }, { "lst", "list" }, { "prefligth", "preflight" }, { "pre", "preflight" },
		{ "revvie", "revive" }, { "rem", "remove" }, { "sow", "show" }, { "list", "list" }, { "ad", "add" } };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(slips); i++)
		assert_string_equal(meant(slips[i][0]), slips[i][1]);
}

static void what_is_far_is_not_meant(void **state)
{
	static const char *const far[] = { "", "x", "xx", "xyz", "purge", "terminate", "an-option-of-more-than-forty-octets-which-no-verb-has" };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(far); i++)
		assert_string_equal(meant(far[i]), "");
}

static void the_first_of_those_as_near_stays(void **state)
{
	struct nearest n = { .word = "abcd" };
	(void)state;
	nearest_try(&n, "abxd", 4);
	nearest_try(&n, "abcy", 4);
	assert_memory_equal(n.best, "abxd", 4);
	nearest_try(&n, "abcd", 4);
	assert_memory_equal(n.best, "abcd", 4);
	assert_int_equal(n.distance, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(slips_are_found), cmocka_unit_test(what_is_far_is_not_meant),
		cmocka_unit_test(the_first_of_those_as_near_stays) };
	return cmocka_run_group_tests_name("tools/nearest", tests, NULL, NULL);
}
