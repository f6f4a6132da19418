/* SPDX-License-Identifier: BSD-2-Clause */
/* Which client networks share a bucket, how evenly they are spread, and when a bucket's day turns. */
#include "steering/bucket.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/check.h"

static unsigned bucket_of(const char *text)
{
	struct address address;
	assert_true(address_read(text, strlen(text), &address));
	return steering_bucket(&address);
}

static void a_network_has_one_bucket(void **state)
{
	(void)state;
	assert_int_equal(bucket_of("198.51.100.1"), bucket_of("198.51.100.255"));
	assert_int_not_equal(bucket_of("198.51.100.1"), bucket_of("198.51.101.1"));
	assert_int_equal(bucket_of("2001:db8:0:ab00::1"), bucket_of("2001:db8:0:abff:ffff::1"));
	assert_int_not_equal(bucket_of("2001:db8:0:ab00::1"), bucket_of("2001:db8:0:ac00::1"));
	assert_int_equal(bucket_of("198.51.100.1"), steering_bucket_4(0xc6336401));
}

static void networks_are_spread_evenly(void **state)
{
	(void)state;
	enum { EACH = 100 };
	static unsigned counts[STEERING_SAMPLES];
	for (uint32_t i = 0; i < EACH * STEERING_SAMPLES; i++) {
		unsigned bucket = steering_bucket_4(i << 8);
		assert_true(bucket < STEERING_BUCKETS);
		counts[steering_sample_of(bucket)]++;
	}
	for (unsigned i = 0; i < STEERING_SAMPLES; i++) {
		assert_in_range(counts[i], EACH / 2, 2 * EACH);
		assert_int_equal(steering_sample_of(steering_sample(i)), i);
	}
}

/* Each turn is a 128th of the day, and the last one's is the UTC day. */
static void each_bucket_has_its_moment(void **state)
{
	(void)state;
	enum { EACH = STEERING_BUCKETS / STEERING_TURNS };
	const int64_t midnight = 86400 * INT64_C(17000);
	for (unsigned turn = 0; turn < STEERING_TURNS; turn++) {
		int64_t moment = midnight - (int64_t)(STEERING_TURNS - 1 - turn) * STEERING_TURN;
		assert_int_equal(steering_turn_day(turn * EACH, moment), 17000);
		assert_int_equal(steering_turn_day(turn * EACH, moment - 1), 16999);
		assert_int_equal(steering_turn_day(turn * EACH + EACH - 1, moment), 17000);
		assert_int_equal(steering_turn_day(turn * EACH + EACH - 1, moment - 1), 16999);
	}
	assert_int_equal(steering_turns(midnight), 17000 * STEERING_TURNS);
	assert_int_equal(steering_day(midnight - 1), 16999);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(a_network_has_one_bucket),
		cmocka_unit_test(networks_are_spread_evenly), cmocka_unit_test(each_bucket_has_its_moment) };
	return cmocka_run_group_tests_name("steering/bucket", tests, NULL, NULL);
}
