/* SPDX-License-Identifier: BSD-2-Clause */
/* Dates come out in order, each once. */
#include "simulator/moments.h"

#include <stdlib.h>

#include "tests/unit/check.h"

static void dates_come_in_order_and_once(void **state)
{
	struct moments m = { 0 };
	struct error e;
	int64_t next, last = INT64_MIN;
	size_t distinct = 0;
	bool there[500] = { false };
	(void)state;
	assert_false(moments_next(&m, &next));
	srand(7);
	for (int i = 0; i < 2000; i++) {
		int moment = rand() % 500;
		distinct += !there[moment];
		there[moment] = true;
		assert_done(moments_add(&m, moment, &e), &e);
	}
	while (moments_next(&m, &next)) {
		assert_true(next > last);
		assert_true(there[next]);
		last = next;
		distinct--;
	}
	assert_int_equal(distinct, 0);
	assert_false(moments_next(&m, &next));
	assert_done(moments_add(&m, INT64_MAX, &e), &e); /* and it can go on */
	assert_done(moments_add(&m, INT64_MIN, &e), &e);
	assert_true(moments_next(&m, &next));
	assert_true(next == INT64_MIN);
	assert_done(moments_add(&m, 3, &e), &e);
	assert_true(moments_next(&m, &next));
	assert_int_equal(next, 3);
	moments_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(dates_come_in_order_and_once) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
