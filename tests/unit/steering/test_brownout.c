/* SPDX-License-Identifier: BSD-2-Clause */
/* A brownout takes as many networks as was said, always the same ones, until it ends; and its end and aftermath are announced. */
#include "steering/brownout.h"

#include <string.h>

#include "steering/bucket.h"
#include "steering/steering.h"
#include "tests/unit/check.h"

enum { NOON = 1700000000 };

static struct pool pools[2];
static struct fleet fleet;

static int make_fleet(void **state)
{
	(void)state;
	pools[0] = (struct pool){ .label = "new", .ttl = 300 };
	pools[1] = (struct pool){ .label = "old", .ttl = 300, .successor = "new", .brownout = 25, .brownout_until = NOON + 60 };
	fleet = (struct fleet){ .pools = pools, .pool_count = 2, .now = NOON };
	return 0;
}

/* Never less than was asked for, and never a bucket more than that needs: of one per cent, one. */
static void is_as_large_as_was_said(void **state)
{
	(void)state;
	for (unsigned percent = 0; percent <= 100; percent++) {
		unsigned count = 0;
		pools[1].brownout = percent;
		for (unsigned b = 0; b < STEERING_BUCKETS; b++)
			count += brownout_takes(&pools[1], b);
		assert_int_equal(count, brownout_buckets(&pools[1]));
		assert_true(count * 100 >= percent * STEERING_BUCKETS);
		assert_true(count == 0 ? percent == 0 : (count - 1) * 100 < percent * STEERING_BUCKETS);
	}
}

static void is_a_stable_share_and_ends(void **state)
{
	(void)state;
	unsigned count = 0, more = 0;
	static bool first[STEERING_BUCKETS];
	for (unsigned b = 0; b < STEERING_BUCKETS; b++)
		count += first[b] = brownout_takes_now(&fleet, &pools[1], b);
	assert_int_equal(count, STEERING_BUCKETS / 4);
	pools[1].brownout = 50; /* those of a quarter are among those of a half */
	for (unsigned b = 0; b < STEERING_BUCKETS; b++) {
		bool now = brownout_takes_now(&fleet, &pools[1], b);
		assert_true(now || !first[b]);
		more += now;
	}
	assert_int_equal(more, STEERING_BUCKETS / 2);
	fleet.now = NOON + 60;
	for (unsigned b = 0; b < STEERING_BUCKETS; b++) {
		assert_false(brownout_takes_now(&fleet, &pools[1], b));
		assert_true(brownout_takes(&pools[1], b) || !first[b]);
	}
}

/* Two pools that brown out at once do not try the same networks: nobody is hit by all experiments. */
static void pools_differ_in_whom_they_take(void **state)
{
	(void)state;
	unsigned both = 0;
	pools[0].brownout = 25;
	for (unsigned b = 0; b < STEERING_BUCKETS; b++)
		both += brownout_takes(&pools[0], b) && brownout_takes(&pools[1], b);
	assert_in_range(both, STEERING_BUCKETS / 32, STEERING_BUCKETS / 10);
}

/* It runs while its percentage, its end and its successor say so, and not where time stands still. */
static void runs_to_a_successor_until_its_end(void **state)
{
	(void)state;
	static const struct {
		const char *what, *successor;
		int64_t percent, now;
		bool runs;
	} cases[] = {
		{ "the last second", "new", 25, NOON + 59, true },
		{ "its end", "new", 25, NOON + 60, false },
		{ "of nobody", "new", 0, NOON, false },
		{ "out of time", "new", 25, 0, false },
		{ "no successor", "", 25, NOON, false },
		{ "a successor that is gone", "gone", 25, NOON, false },
		{ "itself", "old", 25, NOON, false },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		pools[1].successor = cases[i].successor;
		pools[1].brownout = cases[i].percent;
		fleet.now = cases[i].now;
		const struct pool *to = brownout_successor(&fleet, &pools[1]);
		if (to != (cases[i].runs ? &pools[0] : NULL))
			fail_msg("%s: %s", cases[i].what, to == NULL ? "does not run" : to->label);
		if (!cases[i].runs)
			assert_false(brownout_takes_now(&fleet, &pools[1], 0) || brownout_takes_now(&fleet, &pools[1], 1));
	}
}

static void its_ttl_is_short(void **state)
{
	(void)state;
	static const int64_t ttls[][2] = { { 300, 60 }, { 61, 60 }, { 60, 60 }, { 59, 59 }, { 5, 5 } };
	for (size_t i = 0; i < COUNT_OF(ttls); i++) {
		pools[1].ttl = ttls[i][0];
		assert_int_equal(brownout_ttl(&pools[1]), ttls[i][1]);
	}
}

/* Answers change at its end, and what is counted changes at the end of its aftermath: steering_next tells of both. */
static void its_end_and_its_aftermath_are_announced(void **state)
{
	(void)state;
	static const struct {
		int64_t now, next;
	} cases[] = { { NOON, NOON + 60 }, { NOON + 59, NOON + 60 }, { NOON + 60, NOON + 60 + BROWNOUT_AFTERMATH },
		{ NOON + 59 + BROWNOUT_AFTERMATH, NOON + 60 + BROWNOUT_AFTERMATH }, { NOON + 60 + BROWNOUT_AFTERMATH, INT64_MAX } };
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		fleet.now = cases[i].now;
		assert_int_equal(brownout_next(&fleet, &pools[1]), cases[i].next);
		assert_int_equal(steering_next(&fleet), cases[i].next);
	}
	fleet.now = NOON;
	pools[0].brownout = 1;
	pools[0].brownout_until = NOON + 30; /* of two, the one that ends first */
	assert_int_equal(steering_next(&fleet), NOON + 30);
	pools[0].brownout = pools[1].brownout = 0;
	assert_int_equal(steering_next(&fleet), INT64_MAX);
}

#define CASE(test) cmocka_unit_test_setup(test, make_fleet)

int main(void)
{
	const struct CMUnitTest tests[] = { CASE(is_as_large_as_was_said), CASE(is_a_stable_share_and_ends),
		CASE(pools_differ_in_whom_they_take), CASE(runs_to_a_successor_until_its_end), CASE(its_ttl_is_short),
		CASE(its_end_and_its_aftermath_are_announced) };
	return cmocka_run_group_tests_name("steering/brownout", tests, NULL, NULL);
}
