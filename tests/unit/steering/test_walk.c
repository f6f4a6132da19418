/* SPDX-License-Identifier: BSD-2-Clause */
/* How far relays are from buckets: each bucket once, ever farther, and by name and weight alone. */
#include "steering/walk.h"

#include <math.h>
#include <string.h>

#include "tests/unit/check.h"

enum { BITS_MOST = 13, DAY = 19700 };

static void a_walk_comes_to_each_bucket_once(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 8 * (BITS_MOST + 1); i++) {
		static uint8_t met[1 << BITS_MOST];
		unsigned bits = i / 8;
		struct walk w;
		memset(met, 0, sizeof met);
		walk_begin(&w, walk_key("r1"), 100, bits, 127, DAY + i);
		for (uint32_t step = 0; step < 1u << bits; step++) {
			uint32_t bucket = walk_at(&w, step);
			assert_true(bucket < 1u << bits);
			assert_int_equal(met[bucket]++, 0);
			assert_int_equal(walk_step(&w, bucket), step);
		}
	}
}

/* An exponential variate's quantiles: their mean is one by the weight. */
static void distances_grow_to_a_mean_of_one_by_the_weight(void **state)
{
	static const int64_t weights[] = { 1, 100, 10000, 1000000 };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(weights); i++) {
		struct walk w;
		double before = 0, sum = 0;
		walk_begin(&w, walk_key("r1"), weights[i], BITS_MOST, 0, DAY);
		for (uint32_t step = 0; step < 1 << BITS_MOST; step++) {
			double distance = walk_distance(&w, step);
			assert_true(isfinite(distance) && distance > before);
			before = distance;
			sum += distance * (double)weights[i];
		}
		assert_true(fabs(sum / (1 << BITS_MOST) - 1) < 0.01);
	}
}

static void a_weight_below_one_counts_as_one(void **state)
{
	static const int64_t weights[] = { 0, -1, INT64_MIN };
	struct walk one, other;
	(void)state;
	walk_begin(&one, 7, 1, 4, 0, DAY);
	for (size_t i = 0; i < COUNT_OF(weights); i++) {
		walk_begin(&other, 7, weights[i], 4, 0, DAY);
		for (uint32_t step = 0; step < 16; step++)
			assert_true(walk_distance(&one, step) == walk_distance(&other, step));
	}
}

static unsigned alike(const struct walk *a, const struct walk *b)
{
	unsigned count = 0;
	for (uint32_t step = 0; step < 1024; step++)
		count += walk_at(a, step) == walk_at(b, step);
	return count;
}

static void name_turn_and_day_make_other_walks_and_the_weight_none(void **state)
{
	struct walk w, other;
	(void)state;
	walk_begin(&w, walk_key("r1"), 100, 10, 3, DAY);
	walk_begin(&other, walk_key("r1"), 700, 10, 3, DAY);
	assert_int_equal(alike(&w, &other), 1024);
	walk_begin(&other, walk_key("r2"), 100, 10, 3, DAY);
	assert_true(alike(&w, &other) < 100);
	walk_begin(&other, walk_key("r1"), 100, 10, 4, DAY);
	assert_true(alike(&w, &other) < 100);
	walk_begin(&other, walk_key("r1"), 100, 10, 3, DAY + 1);
	assert_true(alike(&w, &other) < 100);
}

static void networks_are_given_each_of_a_relays_addresses_first(void **state)
{
	(void)state;
	assert_int_equal(walk_first(walk_key("r1"), 9, 0), 0);
	assert_int_equal(walk_first(walk_key("r1"), 9, 1), 0);
	for (unsigned count = 2; count <= 8; count++) {
		unsigned first[8] = { 0 };
		for (unsigned bucket = 0; bucket < 8000; bucket++) {
			unsigned at = walk_first(walk_key("r1"), bucket, count);
			assert_true(at < count);
			first[at]++;
		}
		for (unsigned i = 0; i < count; i++)
			assert_in_range(first[i], 8000 / count * 8 / 10, 8000 / count * 12 / 10);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(a_walk_comes_to_each_bucket_once),
		cmocka_unit_test(distances_grow_to_a_mean_of_one_by_the_weight),
		cmocka_unit_test(a_weight_below_one_counts_as_one),
		cmocka_unit_test(name_turn_and_day_make_other_walks_and_the_weight_none),
		cmocka_unit_test(networks_are_given_each_of_a_relays_addresses_first) };
	return cmocka_run_group_tests_name("steering/walk", tests, NULL, NULL);
}
