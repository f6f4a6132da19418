/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of chores: each has its turn, and one that another writer held up is done the next time. */
#include "tests/unit/updater/house.h"

#include "updater/housekeeping.h"

static struct housekeeping keeping;

static int begin(void **state)
{
	if (house_open(state) != 0)
		return -1;
	house->settings.telemetry = "none";
	house->settings.log_days = 90;
	house->settings.log_rows = 1000;
	keeping = (struct housekeeping){ .updater = house };
	return 0;
}

static void dnsd_reads(int64_t revision)
{
	house->bell.heard.revision = house->bell.heard.serial = revision;
}

static int64_t noted(void)
{
	return house_number("SELECT coalesce((SELECT revision FROM reader WHERE name = 'dnsd'), 0)");
}

static void a_chore_has_its_turn_when_its_time_has_come(void **state)
{
	(void)state;
	dnsd_reads(5);
	housekeeping_run(&keeping, 1000);
	assert_int_equal(noted(), 5);
	assert_false(house->access.unmended); /* it was looked at after the opening */
	dnsd_reads(6);
	housekeeping_run(&keeping, 60999);
	assert_int_equal(noted(), 5);
	housekeeping_run(&keeping, 61000); /* the next look is 200 ms after the last one */
	assert_int_equal(noted(), 5);
	housekeeping_run(&keeping, 61199);
	assert_int_equal(noted(), 6);
	house_sql("DELETE FROM reader");
	housekeeping_run(&keeping, 200000);
	assert_int_equal(noted(), 0); /* there is nothing new to note */
}

static int64_t moves(void)
{
	return house_number("SELECT count(*) FROM change WHERE kind = 'signatures'");
}

static void what_another_writer_held_up_is_done_the_next_time(void **state)
{
	sqlite3 *other = NULL;
	(void)state;
	housekeeping_run(&keeping, 1000);
	assert_int_equal(moves(), 0);
	house->bell.serial_wanted = true;
	assert_int_equal(sqlite3_open(house_path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	housekeeping_run(&keeping, 2000);
	assert_true(house->bell.serial_wanted);
	sqlite3_close(other);
	housekeeping_run(&keeping, 6999);
	assert_true(house->bell.serial_wanted);
	housekeeping_run(&keeping, 7199);
	assert_false(house->bell.serial_wanted);
	assert_int_equal(moves(), 1);
	housekeeping_run(&keeping, 20000);
	assert_int_equal(moves(), 1);
	assert_non_null(house->access.registry); /* nothing was wrong */
}

static void a_lease_that_ran_out_is_written_and_gone(void **state)
{
	(void)state;
	house_relays();
	house->settings.lease = 1000000;
	house_sql("INSERT INTO observation (relay, observer, health, tls, overloaded, load, at) VALUES "
		  "('r1', 'lease', 1, 0, 0, 0, 1)");
	house->leases.stale = true;
	housekeeping_run(&keeping, 1000);
	assert_int_equal(house->leases.count, 1);
	house->leases.list[0].until = 0;
	housekeeping_run(&keeping, 2000);
	assert_int_equal(house->leases.count, 0);
	assert_int_equal(house_number("SELECT health FROM observation WHERE relay = 'r1'"), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_chore_has_its_turn_when_its_time_has_come, begin, house_close),
		cmocka_unit_test_setup_teardown(what_another_writer_held_up_is_done_the_next_time, begin, house_close),
		cmocka_unit_test_setup_teardown(a_lease_that_ran_out_is_written_and_gone, begin, house_close),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
