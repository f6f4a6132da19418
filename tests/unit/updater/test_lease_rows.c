/* SPDX-License-Identifier: BSD-2-Clause */
/* Leases that are read from the registry, and those that ran out. */
#include "tests/unit/updater/house.h"

#include "lib/clock.h"
#include "updater/lease_rows.h"

static int expire(void *context, struct error *e)
{
	return lease_rows_expire(context, e);
}

/* After a start each relay that is up by its own word has a whole lease; one that runs out is written down. */
static void leases_start_anew_and_run_out(void **state)
{
	(void)state;
	house_relays();
	house->settings.lease = 1000;
	house_sql("INSERT INTO observation (relay, observer, health, tls, overloaded, load, at) VALUES "
		  "('r1', 'lease', 1, 0, 0, 0, 1), ('r3', 'lease', 2, 0, 0, 0, 1), ('r3', 'prober', 1, 0, 0, 0, 1)");
	assert_done(lease_rows_load(house, &house_error), &house_error);
	assert_int_equal(house->leases.count, 1);
	assert_string_equal(house->leases.list[0].relay, "r1");
	assert_true(house->leases.list[0].until > clock_ticks() + 900 * 1000);
	assert_done(batch_own(house, expire, house, &house_error), &house_error);
	assert_int_equal(house_number("SELECT health FROM observation WHERE relay = 'r1'"), 1);
	house->leases.list[0].until = 0;
	assert_done(batch_own(house, expire, house, &house_error), &house_error);
	assert_int_equal(house_number("SELECT health FROM observation WHERE relay = 'r1'"), 2);
	assert_int_equal(house_number("SELECT count(*) FROM observation WHERE health = 1"), 1); /* the prober's */
}

static void another_writer_is_no_trouble(void **state)
{
	sqlite3 *other = NULL;
	(void)state;
	registry_patience(house->access.registry, 1);
	assert_int_equal(sqlite3_open(house_path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(batch_own(house, expire, house, &house_error), UNCHANGED);
	sqlite3_close(other);
	assert_done(batch_own(house, expire, house, &house_error), &house_error);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(leases_start_anew_and_run_out, house_open, house_close),
		cmocka_unit_test_setup_teardown(another_writer_is_no_trouble, house_open, house_close),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
