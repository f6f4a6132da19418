/* SPDX-License-Identifier: BSD-2-Clause */
/* Steps of shrinking pools: taken when they are due, put off with a reason, and held up by nothing that cannot be read. */
#include "tests/unit/updater/house.h"

#include "lib/clock.h"
#include "registry/telemetry.h"
#include "steering/steering.h"
#include "updater/shrink.h"

enum { DAY = 86400 };

static char telemetry[80];

/* Four relays that look well, and a pool that is to go from four of them to two. */
static int open_all(void **state)
{
	if (house_open(state) != 0)
		return -1;
	snprintf(telemetry, sizeof telemetry, "%s.telemetry", house_path);
	house_sql("INSERT INTO relay (name, addresses, port, state, tls, weight, since, note) VALUES "
		  "('r1', '9.9.9.1', 443, 2, 0, 100, 0, ''), ('r2', '9.9.9.2', 443, 2, 0, 100, 0, ''), "
		  "('r3', '9.9.9.3', 443, 2, 0, 100, 0, ''), ('r4', '9.9.9.4', 443, 2, 0, 100, 0, '');"
		  "INSERT INTO observation (relay, observer, health, tls, overloaded, load, at) "
		  "SELECT name, 'p', 1, 0, 0, 0, unixepoch() FROM relay;"
		  "INSERT INTO pool (label, state, tls, ttl, answers, least, size, roster, shrink_from, shrink_to, shrink_start, "
		  "shrink_by) VALUES ('fe4_058', 2, 0, 60, 2, 1, 4, 'r1 r2 r3 r4', 4, 2, unixepoch() - 15 * 86400, "
		  "unixepoch() + 5 * 86400)");
	return 0;
}

/* What is committed by it: whether anything was. */
static bool step(const char *path)
{
	house_begin();
	assert_done(shrink_pools(&house->transaction, path, &house_error), &house_error);
	bool wrote = house->transaction.wrote;
	assert_done(registry_commit(house->access.registry, &house_error), &house_error);
	return wrote;
}

static bool paused_for(const char *words)
{
	char statement[200];
	snprintf(statement, sizeof statement, "SELECT count(*) FROM pool WHERE paused LIKE '%%%s%%'", words);
	return house_number(statement) == 1;
}

static void a_step_that_is_due_is_taken_once(void **state)
{
	(void)state;
	assert_true(step("none"));
	assert_int_equal(house_number("SELECT size FROM pool"), 3);
	assert_int_equal(house_number("SELECT abs(shrunk - unixepoch()) < 60 FROM pool"), 1);
	assert_int_equal(house_number("SELECT count(*) FROM change JOIN act ON act.id = change.act "
		"WHERE kind = 'pool' AND verb = 'a step of pool shrink' AND actor = 'windsock-updater'"), 1);
	assert_false(step("none")); /* the next one is days away */
	house_sql("UPDATE pool SET shrunk = 0, shrink_by = unixepoch()");
	assert_true(step("none"));
	assert_int_equal(house_number("SELECT size FROM pool"), 2);
	house_sql("UPDATE pool SET shrunk = 0");
	assert_false(step("none")); /* it is where it was to get */
}

static void what_would_hurt_waits_and_says_why(void **state)
{
	(void)state;
	house_sql("UPDATE observation SET health = 2 WHERE relay IN ('r1', 'r2')");
	assert_true(step("none"));
	assert_int_equal(house_number("SELECT size FROM pool"), 4);
	assert_true(paused_for("only 2 of its relays look well"));
	assert_false(step("none")); /* said already */
	house_sql("UPDATE observation SET health = 1");
	assert_true(step("none"));
	assert_int_equal(house_number("SELECT size FROM pool"), 3);
	assert_int_equal(house_number("SELECT paused = '' FROM pool"), 1);
}

static void other_pools_are_left_alone(void **state)
{
	(void)state;
	house_sql("UPDATE pool SET state = 1"); /* frozen */
	assert_false(step("none"));
	house_sql("DELETE FROM pool");
	assert_false(step("none"));
}

/* So many networks a day asked for it. */
static void count(struct telemetry *t, int64_t day, int networks)
{
	struct telemetry_use use = { .node = "ns1", .pool = "fe4_058", .zone = "", .day = day, .queries = networks };
	for (int i = 0; i < networks; i++)
		sketch_add(&use.networks, (uint64_t)(i + 1) * UINT64_C(0x9E3779B97F4A7C15));
	assert_done(telemetry_add_use(t, &use, &house_error), &house_error);
}

static void a_pool_that_more_ask_for_does_not_shrink(void **state)
{
	struct telemetry *t;
	int64_t today = steering_day(clock_date());
	(void)state;
	assert_done(telemetry_open(telemetry, house_path, 100, &t, &house_error), &house_error);
	assert_done(telemetry_begin(t, &house_error), &house_error);
	for (int64_t day = today - 30; day < today; day++)
		count(t, day, day < today - 15 ? 100 : 400);
	assert_done(telemetry_commit(t, &house_error), &house_error);
	telemetry_close(t);
	assert_true(step(telemetry));
	assert_int_equal(house_number("SELECT size FROM pool"), 4);
	assert_true(paused_for("more client networks"));
	FILE *file = fopen(telemetry, "w"); /* what cannot be read holds up nothing */
	assert_non_null(file);
	fputs("this is no database", file);
	fclose(file);
	assert_true(step(telemetry));
	assert_int_equal(house_number("SELECT size FROM pool"), 3);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_all, house_close)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(a_step_that_is_due_is_taken_once), TEST(what_would_hurt_waits_and_says_why),
		TEST(other_pools_are_left_alone), TEST(a_pool_that_more_ask_for_does_not_shrink) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
