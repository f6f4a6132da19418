/* SPDX-License-Identifier: BSD-2-Clause */
/* Things come when they are due, the earliest first. */
#include "prober/schedule.h"

#include <stdlib.h>

#include "tests/unit/check.h"

enum { MANY = 1000 };
static struct due dues[MANY];

static void the_earliest_comes_first(void **state)
{
	struct schedule s = { 0 };
	int64_t last = -1;
	(void)state;
	assert_null(schedule_first(&s));
	assert_true(schedule_reserve(&s, MANY));
	srand(1);
	for (int i = 0; i < MANY; i++)
		schedule_put(&s, &dues[i], rand() % 500);
	for (int i = 0; i < MANY; i += 3)
		schedule_put(&s, &dues[i], rand() % 500); /* moved */
	for (int i = 0; i < MANY; i += 7)
		schedule_remove(&s, &dues[i]);
	schedule_remove(&s, &dues[0]); /* twice is as good */
	assert_int_equal(s.count, MANY - (MANY + 6) / 7);
	for (struct due *d; (d = schedule_first(&s)) != NULL; schedule_remove(&s, d)) {
		assert_true(d->at >= last);
		assert_true((d - dues) % 7 != 0);
		last = d->at;
	}
	schedule_free(&s);
}

static void jitter_is_a_tenth(void **state)
{
	int64_t least = 15000, most = 0;
	(void)state;
	srand(1);
	for (int i = 0; i < 10000; i++) {
		int64_t length = schedule_jitter(15000, (uint32_t)rand());
		assert_true(length >= 13500 && length <= 16500);
		least = length < least ? length : least;
		most = length > most ? length : most;
	}
	assert_true(least < 13600 && most > 16400);
	assert_int_equal(schedule_jitter(5, 77), 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(the_earliest_comes_first),
		cmocka_unit_test(jitter_is_a_tenth) };
	return cmocka_run_group_tests_name("prober/schedule", tests, NULL, NULL);
}
