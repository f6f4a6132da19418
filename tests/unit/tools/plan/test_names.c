/* SPDX-License-Identifier: BSD-2-Clause */
/* Which names hosts may have, by zone and rule. */
#include "tools/plan/names.h"

#include <string.h>

#include "tests/unit/check.h"
#include "wire/type.h"

static const char *zones[] = { "b5p.us", "kites.example", "sub.kites.example" };
static const char *pools[] = { "fe4_152", "mine" };
static const char *cuts[] = { "cut.b5p.us" };
static const struct host_rules rules = { .zones = { zones, COUNT_OF(zones), 0 },
	.pools = { pools, COUNT_OF(pools), 0 }, .cuts = { cuts, COUNT_OF(cuts), 0 } };

static void the_longest_zone_is_found(void **state)
{
	(void)state;
	assert_string_equal(host_zone(&rules, "a.b5p.us"), "b5p.us");
	assert_string_equal(host_zone(&rules, "b5p.us"), "b5p.us");
	assert_string_equal(host_zone(&rules, "a.sub.kites.example"), "sub.kites.example");
	assert_string_equal(host_zone(&rules, "asub.kites.example"), "kites.example");
	assert_null(host_zone(&rules, "xb5p.us"));
	assert_null(host_zone(&rules, "us"));
	assert_null(host_zone(&rules, "."));
}

static void hosts_may_have_these_names(void **state)
{
	(void)state;
	static const char *const names[] = { "a.b5p.us", "a.b.b5p.us", "a_b.b5p.us", "auth.a.b5p.us", "xauth.b5p.us",
		"a.fe4_152.b5p.us", "a.frontends.kites.example", "mine.sub.b5p.us", "xcut.b5p.us", "a.xcut.b5p.us" };
	struct error e = { "" };
	for (size_t i = 0; i < COUNT_OF(names); i++)
		assert_done(host_name_free(&rules, names[i], &e), &e);
}

static void hosts_may_not_have_these(void **state)
{
	(void)state;
	static const struct {
		const char *name, *says;
	} cases[] = { { "a.example", "in no zone that we serve" }, { "b5p.us", "a zone's apex" },
		{ "sub.kites.example", "a zone's apex" }, { "fe4_152.b5p.us", "look up as a pool" },
		{ "fe4_777.kites.example", "look up as a pool" }, { "frontends.b5p.us", "look up as a pool" },
		{ "v6frontends.sub.kites.example", "look up as a pool" }, { "mine.b5p.us", "look up as a pool" },
		{ "auth.b5p.us", "relays' questions" }, { "a.b.auth.b5p.us", "relays' questions" },
		{ "_a.b5p.us", "begins with '_'" }, { "a._b.b5p.us", "begins with '_'" },
		{ "*.b5p.us", "without a '*'" }, { "cut.b5p.us", "the delegation of cut.b5p.us" },
		{ "a.b.cut.b5p.us", "the delegation of cut.b5p.us" } };
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct error e = { "" };
		if (host_name_free(&rules, cases[i].name, &e) != REFUSED)
			fail_msg("%s was not refused", cases[i].name);
		assert_says(e.text, cases[i].name);
		assert_says(e.text, cases[i].says);
	}
}

static void names_are_answered_here(void **state)
{
	static const char *renamed[] = { "gone.test", "loop.test", "old.test", "twice.test" };
	static const char *targets[] = { "elsewhere.test", "loop.test", "b5p.us", "old.test" };
	static const char *all[] = { "b5p.us", "gone.test", "loop.test", "old.test", "twice.test" };
	const struct host_rules r = { .zones = { all, COUNT_OF(all), 0 }, .cuts = { cuts, COUNT_OF(cuts), 0 },
		.renamed = { renamed, COUNT_OF(renamed), 0 }, .targets = { targets, COUNT_OF(targets), 0 } };
	(void)state;
	assert_true(name_answered(&r, "fe4_152.b5p.us"));
	assert_true(name_answered(&r, "fe4_152.old.test"));
	assert_true(name_answered(&r, "a.b.twice.test"));
	assert_false(name_answered(&r, "b5p.us"));
	assert_false(name_answered(&r, "a.cut.b5p.us"));
	assert_false(name_answered(&r, "a.cut.old.test"));
	assert_false(name_answered(&r, "fe4_152.gone.test"));
	assert_false(name_answered(&r, "fe4_152.loop.test"));
	assert_false(name_answered(&r, "fe4_152.nowhere.test"));
}

static void static_data_is_answered_here(void **state)
{
	static const char *renamed[] = { "sub.kites.example" }, *targets[] = { "b5p.us" };
	struct host_rules r = rules;
	(void)state;
	r.renamed = (struct name_list){ renamed, 1, 0 };
	r.targets = (struct name_list){ targets, 1, 0 };
	const struct {
		struct record record;
		bool answered;
	} cases[] = { { { .zone = "b5p.us", .owner = "www.b5p.us", .type = TYPE_A }, true },
		{ { .zone = "b5p.us", .owner = "b5p.us", .type = TYPE_NS }, true },
		{ { .zone = "b5p.us", .owner = "mine.b5p.us", .type = TYPE_A }, false }, /* the pool is */
		{ { .zone = "b5p.us", .owner = "mine.b5p.us", .type = TYPE_AAAA }, false },
		{ { .zone = "b5p.us", .owner = "mine.b5p.us", .type = TYPE_TXT }, true },
		{ { .zone = "b5p.us", .owner = "mine.a.b5p.us", .type = TYPE_A }, true },
		{ { .zone = "b5p.us", .owner = "cut.b5p.us", .type = TYPE_TXT }, false },
		{ { .zone = "b5p.us", .owner = "a.cut.b5p.us", .type = TYPE_A }, false },
		{ { .zone = "kites.example", .owner = "a.sub.kites.example", .type = TYPE_A }, false }, /* of the zone above */
		{ { .zone = "sub.kites.example", .owner = "sub.kites.example", .type = TYPE_TXT }, true },
		{ { .zone = "sub.kites.example", .owner = "a.sub.kites.example", .type = TYPE_TXT }, false },
		{ { .zone = "gone.test", .owner = "a.gone.test", .type = TYPE_A }, false } };
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		if (record_answered(&r, &cases[i].record) != cases[i].answered)
			fail_msg("%s, type %d", cases[i].record.owner, (int)cases[i].record.type);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(the_longest_zone_is_found), cmocka_unit_test(names_are_answered_here), cmocka_unit_test(static_data_is_answered_here),
		cmocka_unit_test(hosts_may_have_these_names), cmocka_unit_test(hosts_may_not_have_these) };
	return cmocka_run_group_tests_name("tools/plan/names", tests, NULL, NULL);
}
