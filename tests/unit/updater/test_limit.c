/* SPDX-License-Identifier: BSD-2-Clause */
/* Buckets, faults and their keys. */
#include "tests/unit/check.h"

#include <stdio.h>

#include "updater/limit.h"

static struct limit limit;

static int set_up(void **state)
{
	(void)state;
	return limit_make(&limit, 64, 42, NULL);
}

static int tear_down(void **state)
{
	(void)state;
	limit_free(&limit);
	return 0;
}

static void test_bucket(void **state)
{
	uint64_t a = limit_name(&limit, "a"), b = limit_name(&limit, "b");
	(void)state;
	for (int i = 0; i < 20; i++)
		assert_true(limit_take(&limit, a, 1000, 50, 20));
	assert_false(limit_take(&limit, a, 1000, 50, 20));
	assert_true(limit_take(&limit, b, 1000, 50, 20));
	assert_true(limit_take(&limit, a, 1050, 50, 20));
	assert_false(limit_take(&limit, a, 1050, 50, 20));
	for (int i = 0; i < 20; i++)
		assert_true(limit_take(&limit, a, 9000, 50, 20));
	assert_false(limit_take(&limit, a, 9000, 50, 20));
}

static void test_faults(void **state)
{
	uint64_t a = limit_name(&limit, "a"), b = limit_name(&limit, "b");
	int64_t now = 1000;
	(void)state;
	for (int i = 0; i < 10; i++)
		assert_int_equal(limit_fault(&limit, a, now, 10, 4000, 900000), 0);
	for (int64_t wait = 250; wait < 4000; wait *= 2)
		assert_int_equal(limit_fault(&limit, a, now += 900000, 10, 4000, 900000), wait);
	for (int i = 0; i < 100; i++)
		assert_int_equal(limit_fault(&limit, a, now, 10, 4000, 900000), 4000); /* and no more */
	assert_int_equal(limit_fault(&limit, b, now, 10, 4000, 900000), 0);
	assert_int_equal(limit_fault(&limit, a, now + 900001, 10, 4000, 900000), 0); /* forgiven */
}

static void test_parts(void **state)
{
	uint64_t a = limit_name(&limit, "a");
	(void)state;
	assert_true(limit_part(a, "b", 1) == limit_part(a, "b", 1));
	assert_false(limit_part(a, "b", 1) == limit_part(a, "c", 1));
	assert_false(limit_part(limit_part(a, "b", 1), "", 0) == limit_part(limit_part(a, "", 0), "b", 1));
}

static void test_sources(void **state)
{
	struct address a = { ADDRESS_V6, { 0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, 9 } }, b = a;
	(void)state;
	b.bytes[15] = 7;
	assert_true(limit_source(&limit, &a) == limit_source(&limit, &b));
	b.bytes[7] = 2;
	assert_false(limit_source(&limit, &a) == limit_source(&limit, &b));
}

/* Many keys in fixed memory: nothing breaks, and the newest are remembered. */
static void test_crowd(void **state)
{
	char name[20];
	(void)state;
	for (int i = 0; i < 100000; i++) {
		snprintf(name, sizeof name, "n%d", i);
		assert_true(limit_take(&limit, limit_name(&limit, name), 1000 + i, 100, 1));
		assert_false(limit_take(&limit, limit_name(&limit, name), 1000 + i, 100, 1));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_bucket, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_faults, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_parts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_sources, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_crowd, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
