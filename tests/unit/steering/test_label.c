/* SPDX-License-Identifier: BSD-2-Clause */
/* Labels of each form, and the pools that answer undefined ones. */
#include "steering/label.h"

#include <string.h>

#include "tests/unit/check.h"

static void forms(void **state)
{
	static const struct {
		const char *text;
		enum label_form form;
		const char *digits, *letters;
		unsigned families;
	} cases[] = { { "frontends", LABEL_GENERIC, "", "", 3 }, { "v6frontends", LABEL_GENERIC, "", "", 2 },
		{ "fe", LABEL_GENERIC, "", "", 3 }, { "fe6", LABEL_GENERIC, "", "", 2 },
		{ "fe058", LABEL_PLAIN, "058", "", 3 }, { "fe091c", LABEL_PLAIN, "091", "c", 3 },
		{ "fe4_0590", LABEL_V4, "0590", "", 1 }, { "fe4_091c", LABEL_V4, "091", "c", 1 },
		{ "fe6_091c", LABEL_V6, "091", "c", 2 }, { "fe4_", LABEL_OTHER, "", "", 3 },
		{ "fe4_c", LABEL_OTHER, "", "", 3 }, { "fe5_058", LABEL_OTHER, "", "", 3 },
		{ "fe4_05_8", LABEL_OTHER, "", "", 3 }, { "fe4_05c8", LABEL_OTHER, "", "", 3 },
		{ "www", LABEL_OTHER, "", "", 3 }, { "", LABEL_OTHER, "", "", 3 }, { "f", LABEL_OTHER, "", "", 3 },
		{ "frontends2", LABEL_OTHER, "", "", 3 }, { "fe61", LABEL_PLAIN, "61", "", 3 } };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct label label;
		size_t length = strlen(cases[i].text);
		label_read(cases[i].text, length, &label);
		if (label.form != cases[i].form || label.digit_count != strlen(cases[i].digits)
			|| label.letter_count != strlen(cases[i].letters)
			|| label_families(cases[i].text, length) != cases[i].families)
			fail_msg("'%s' is form %d", cases[i].text, label.form);
		if (label.digit_count > 0)
			assert_memory_equal(label.digits, cases[i].digits, label.digit_count);
	}
}

static const char *answered_by(const struct pool *pools, size_t count, const char *label)
{
	struct fleet fleet = { .pools = (struct pool *)(uintptr_t)pools, .pool_count = count };
	struct arena arena = { 0 };
	struct lattice lattice;
	struct error e;
	assert_done(lattice_build(&fleet, &arena, &lattice, &e), &e);
	long at = lattice_find(&lattice, label, strlen(label));
	arena_free(&arena);
	return at == LATTICE_NONE ? "-" : pools[at].label;
}

static void unknown_versions_fall_to_the_nearest_older(void **state)
{
	static const struct pool pools[] = { { .label = "fe058" }, { .label = "fe091c" }, { .label = "fe4_058" },
		{ .label = "fe4_0590" }, { .label = "fe4_091c" }, { .label = "fe4_150" }, { .label = "fe4_152" },
		{ .label = "fe6_091c" }, { .label = "frontends" }, { .label = "v6frontends" } };
	static const char *const cases[][2] = { { "fe4_153", "fe4_152" }, { "fe4_151", "fe4_150" },
		{ "fe4_999", "fe4_152" }, { "fe4_0591", "fe4_0590" }, { "fe4_059", "fe4_058" },
		{ "fe4_001", "fe4_058" }, { "fe4_092c", "fe4_091c" }, { "fe4_090c", "fe4_091c" },
		{ "fe6_092c", "fe6_091c" }, { "fe059", "fe058" }, { "fe092c", "fe091c" },
		{ "fe4_092d", "fe4_0590" }, { "fe", "frontends" }, { "fe6", "v6frontends" }, { "www", "-" },
		{ "fe4_", "-" }, { "ns1", "-" } };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_string_equal(answered_by(pools, COUNT_OF(pools), cases[i][0]), cases[i][1]);
}

static void a_v6_label_never_falls_to_a_v4_pool(void **state)
{
	static const struct pool pools[] = { { .label = "fe4_152" }, { .label = "frontends" } };
	static const struct pool alone[] = { { .label = "fe4_152" } }, same[] = { { .label = "fe4_151" },
		{ .label = "fe4_152" }, { .label = "fe4_153" } };
	(void)state;
	assert_string_equal(answered_by(pools, 2, "fe6_152"), "frontends");
	assert_string_equal(answered_by(alone, 1, "fe6_152"), "-");
	assert_string_equal(answered_by(alone, 1, "fe152"), "fe4_152");
	assert_string_equal(answered_by(same, 3, "fe152"), "fe4_152");
}

static void no_pools_no_answer(void **state)
{
	static const struct pool none[1];
	(void)state;
	assert_string_equal(answered_by(none, 0, "fe4_152"), "-");
	assert_string_equal(answered_by(none, 0, "frontends"), "-");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(forms),
		cmocka_unit_test(unknown_versions_fall_to_the_nearest_older),
		cmocka_unit_test(a_v6_label_never_falls_to_a_v4_pool), cmocka_unit_test(no_pools_no_answer) };
	return cmocka_run_group_tests_name("steering/label", tests, NULL, NULL);
}
