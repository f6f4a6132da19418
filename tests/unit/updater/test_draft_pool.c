/* SPDX-License-Identifier: BSD-2-Clause */
/* What an update finds at a pool's label, so that its prerequisites mean what DNS answers. */
#include "tests/unit/updater/house.h"

#include "updater/draft.h"

static struct exchange x;
static struct draft draft;

static int open_all(void **state)
{
	x = (struct exchange){ .request = { .authorization = "", .agent = "" } };
	if (house_open(state) != 0)
		return -1;
	house_relays();
	house_sql("INSERT INTO observation (relay, observer, health, tls, overloaded, load, at) "
		  "SELECT name, 'p', 1, 31, 0, 0, unixepoch() FROM relay WHERE state = 2;"
		  "INSERT INTO pool (label, state, tls, ttl, answers) VALUES ('fe4_058', 0, 0, 60, 1), ('frontends', 0, 0, 60, 1)");
	return draft_begin(&draft, house, &x, "b5p.us", &house_error);
}

static int close_all(void **state)
{
	arena_free(&x.arena);
	return house_close(state);
}

static const char *members(const char *text)
{
	struct draft_name *name;
	assert_done(draft_name(&draft, text, &name), &house_error);
	assert_done(draft_pool(&draft, name), &house_error);
	return name->members == NULL ? "(none)" : name->members;
}

static void all_that_a_label_may_answer(void **state)
{
	(void)state;
	assert_string_equal(members("fe4_058.b5p.us"), "9.9.9.9 8.8.8.8"); /* fe4 is IPv4's */
	assert_string_equal(members("frontends.b5p.us"), "9.9.9.9 2620:fe::fe 8.8.8.8 fd00::1");
	assert_string_equal(members("fe6_058.b5p.us"), "2620:fe::fe fd00::1"); /* which nobody defined */
	assert_string_equal(members("fe4_999.b5p.us"), "9.9.9.9 8.8.8.8");
	assert_string_equal(members("fe4_999.b5p.us"), "9.9.9.9 8.8.8.8"); /* asked for once more */
}

static void other_names_have_no_pool(void **state)
{
	(void)state;
	assert_string_equal(members("b5p.us"), "(none)");
	assert_string_equal(members("demo.b5p.us"), "(none)");
	assert_string_equal(members("x.frontends.b5p.us"), "(none)");
	assert_string_equal(members("elsewhere.b5p.us"), "(none)");
}

/* Where something else has the name of a version which nobody defined, that is answered; a pool goes before both. */
static void what_is_there_goes_before_the_nearest_pool(void **state)
{
	(void)state;
	house_sql("INSERT INTO record (zone, owner, type, rdata, ttl) VALUES ('b5p.us', 'fe4_777.b5p.us', 16, x'0161', 60), "
		  "('b5p.us', 'fe4_058.b5p.us', 16, x'0161', 60);"
		  "INSERT INTO host (name, account) VALUES ('fe4_778.b5p.us', 'demo')");
	assert_string_equal(members("fe4_777.b5p.us"), "(none)");
	assert_string_equal(members("fe4_778.b5p.us"), "(none)");
	assert_string_equal(members("fe4_058.b5p.us"), "9.9.9.9 8.8.8.8");
}

static void a_pool_without_pools_or_relays(void **state)
{
	(void)state;
	house_sql("DELETE FROM observation; DELETE FROM relay");
	assert_string_equal(members("frontends.b5p.us"), ""); /* a name, without an address */
	house_sql("DELETE FROM pool");
	assert_string_equal(members("fe4_058.b5p.us"), "(none)");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_all, close_all)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(all_that_a_label_may_answer), TEST(other_names_have_no_pool),
		TEST(what_is_there_goes_before_the_nearest_pool), TEST(a_pool_without_pools_or_relays) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
