/* SPDX-License-Identifier: BSD-2-Clause */
/* Sketches estimate within their error, merge, and read hostile octets. */
#include "lib/sketch.h"

#include <math.h>
#include <string.h>

#include "tests/unit/check.h"

/* A well-mixed hash of a number (splitmix64). */
static uint64_t mixed(uint64_t n)
{
	n = (n + 1) * UINT64_C(0x9e3779b97f4a7c15);
	n = (n ^ n >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	n = (n ^ n >> 27) * UINT64_C(0x94d049bb133111eb);
	return n ^ n >> 31;
}

static void add_range(struct sketch *s, uint64_t from, uint64_t to)
{
	for (; from < to; from++)
		sketch_add(s, mixed(from));
}

/* Within so many parts of the truth. */
static void check_near(double estimate, double truth, double within)
{
	if (fabs(estimate - truth) > truth * within)
		fail_msg("estimated %.1f of %.0f", estimate, truth);
}

static void test_empty_is_none(void **state)
{
	(void)state;
	struct sketch s = { { 0 } };
	assert_true(sketch_estimate(&s) == 0);
}

static void test_few_are_nearly_exact(void **state)
{
	(void)state;
	for (uint64_t n = 1; n <= 40; n++) {
		struct sketch s = { { 0 } };
		add_range(&s, 1000 * n, 1001 * n);
		assert_true(fabs(sketch_estimate(&s) - (double)n) <= 1 + (double)n / 20);
	}
}

/* Ten trials each: none beyond four standard errors, their mean within two of its own. */
static void test_many_are_within_the_error(void **state)
{
	static const uint64_t sizes[] = { 100, 500, 1000, 2000, 2560, 3000, 5000, 20000, 300000 };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		double sum = 0;
		for (uint64_t trial = 1; trial <= 10; trial++) {
			struct sketch s = { { 0 } };
			add_range(&s, trial << 32, (trial << 32) + sizes[i]);
			double estimate = sketch_estimate(&s);
			check_near(estimate, (double)sizes[i], 4 * 0.0325);
			sum += estimate;
		}
		check_near(sum / 10, (double)sizes[i], 2 * 0.0325 / sqrt(10) + 0.01);
	}
}

static void test_the_same_again_counts_once(void **state)
{
	(void)state;
	struct sketch s = { { 0 } }, before;
	add_range(&s, 0, 3000);
	before = s;
	add_range(&s, 0, 3000);
	assert_memory_equal(&s, &before, sizeof s);
}

static void test_merged_is_as_if_added_to_one(void **state)
{
	(void)state;
	struct sketch a = { { 0 } }, b = { { 0 } }, both = { { 0 } }, empty = { { 0 } };
	add_range(&a, 0, 3000);
	add_range(&b, 2000, 5000);
	add_range(&both, 0, 5000);
	sketch_merge(&a, &b);
	assert_memory_equal(&a, &both, sizeof a);
	sketch_merge(&a, &empty);
	sketch_merge(&a, &a);
	assert_memory_equal(&a, &both, sizeof a);
}

static void test_no_hash_is_out_of_bounds(void **state)
{
	(void)state;
	struct sketch s = { { 0 } };
	sketch_add(&s, 0);
	sketch_add(&s, UINT64_MAX);
	assert_int_equal(s.rank[0], SKETCH_RANK);
	assert_int_equal(s.rank[SKETCH_REGISTERS - 1], 1);
	memset(&s, SKETCH_RANK, sizeof s);
	assert_true(sketch_estimate(&s) > 4e7);
}

static void test_what_is_written_is_read(void **state)
{
	(void)state;
	for (uint64_t n = 0; n < 6000; n = n * 5 / 4 + 1) {
		uint8_t bytes[SKETCH_REGISTERS];
		struct sketch s = { { 0 } }, back;
		add_range(&s, 0, n);
		size_t size = sketch_write(&s, bytes);
		assert_true(size <= 2 * n && size <= sizeof bytes);
		assert_true(sketch_read(bytes, size, &back));
		assert_memory_equal(&s, &back, sizeof s);
	}
}

static void test_what_is_no_sketch_is_refused(void **state)
{
	static const uint8_t odd[3] = { 0, 1, 0 }, beyond[2] = { 0x80, 1 }, high[2] = { 0, SKETCH_RANK + 1 };
	uint8_t all[SKETCH_REGISTERS + 2] = { 0 };
	struct sketch s, empty = { { 0 } };
	(void)state;
	assert_false(sketch_read(odd, sizeof odd, &s));
	assert_false(sketch_read(beyond, sizeof beyond, &s));
	assert_false(sketch_read(high, sizeof high, &s));
	assert_false(sketch_read(all, sizeof all, &s));
	all[7] = SKETCH_RANK + 1;
	assert_false(sketch_read(all, SKETCH_REGISTERS, &s));
	assert_memory_equal(&s, &empty, sizeof s);
	all[7] = SKETCH_RANK;
	assert_true(sketch_read(all, SKETCH_REGISTERS, &s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty_is_none),
		cmocka_unit_test(test_few_are_nearly_exact),
		cmocka_unit_test(test_many_are_within_the_error),
		cmocka_unit_test(test_the_same_again_counts_once),
		cmocka_unit_test(test_merged_is_as_if_added_to_one),
		cmocka_unit_test(test_no_hash_is_out_of_bounds),
		cmocka_unit_test(test_what_is_written_is_read),
		cmocka_unit_test(test_what_is_no_sketch_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
