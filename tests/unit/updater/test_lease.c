/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of leases: who has one, whose ran out, and when what a relay says is to be written again. */
#include "updater/lease.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/check.h"

static void a_lease_runs_until_its_time(void **state)
{
	struct leases l = { 0 };
	(void)state;
	assert_null(lease_find(&l, "r1"));
	assert_null(lease_expired(&l, INT64_MAX));
	struct lease *lease = lease_renew(&l, "r1", 100);
	assert_non_null(lease);
	assert_int_equal(lease->written, LEASE_UNWRITTEN);
	lease->written = 7;
	assert_null(lease_expired(&l, 99));
	assert_string_equal(lease_expired(&l, 100)->relay, "r1");
	assert_int_equal(lease_renew(&l, "r1", 200)->written, 7); /* the same one, longer */
	assert_int_equal(l.count, 1);
	assert_null(lease_expired(&l, 100));
	lease_drop(&l, "r1");
	lease_drop(&l, "r1");
	assert_int_equal(l.count, 0);
	lease_free(&l);
}

static void many_have_one(void **state)
{
	struct leases l = { 0 };
	char name[LEASE_NAME + 1];
	(void)state;
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof name, "r%d", i);
		assert_non_null(lease_renew(&l, name, i));
	}
	lease_drop(&l, "r0");
	assert_null(lease_find(&l, "r0"));
	assert_int_equal(lease_find(&l, "r99")->until, 99);
	assert_int_equal(lease_find(&l, "r1")->until, 1);
	memset(name, 'a', LEASE_NAME);
	name[LEASE_NAME] = '\0';
	assert_null(lease_renew(&l, name, 1)); /* too long a name for any relay */
	assert_int_equal(l.count, 99);
	lease_free(&l);
}

static void what_may_be_lost_is_written_again(void **state)
{
	struct leases l = { 0 };
	(void)state;
	lease_renew(&l, "r1", 1)->written = 5;
	lease_renew(&l, "r2", 1)->written = 6;
	lease_unwritten(&l);
	assert_true(l.stale);
	assert_int_equal(lease_find(&l, "r1")->written, LEASE_UNWRITTEN);
	assert_int_equal(lease_find(&l, "r2")->written, LEASE_UNWRITTEN);
	lease_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lease_runs_until_its_time),
		cmocka_unit_test(many_have_one),
		cmocka_unit_test(what_may_be_lost_is_written_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
