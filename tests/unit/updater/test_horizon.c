/* SPDX-License-Identifier: BSD-2-Clause */
/* A clock that jumps does not empty the change log. */
#include "updater/horizon.h"

#include "tests/unit/check.h"

enum { DAY = 86400, KEEP = 90 * DAY };

static const int64_t today = 1800000000;
static struct horizon h;
static int64_t ticks;

static int begin(void **state)
{
	(void)state;
	h = (struct horizon){ 0 };
	ticks = 5000;
	return 0;
}

/* After so many seconds, by a clock that shows DATE; the log begins at OLDEST. */
static int64_t after(int64_t seconds, int64_t date, int64_t oldest)
{
	ticks += seconds * 1000;
	return horizon_move(&h, date - KEEP, oldest, ticks, KEEP);
}

static void follows_the_clock(void **state)
{
	int64_t oldest = today - KEEP;
	(void)state;
	for (int64_t i = 0; i < 1000; i++)
		assert_int_equal(after(1, today + i, oldest + i), today + i - KEEP);
}

static void a_young_log_is_left_alone(void **state)
{
	(void)state;
	assert_true(after(0, today, today - DAY) < today - DAY);
	assert_true(after(1, today + 1, today - DAY) < today - DAY);
}

static void a_clock_set_forward_takes_little(void **state)
{
	int64_t oldest = today - KEEP;
	(void)state;
	assert_int_equal(after(0, today, oldest), oldest);
	for (int i = 1; i <= 3600; i++)
		assert_true(after(1, today + 365 * DAY + i, oldest) <= oldest + 2 * i);
	assert_int_equal(after(0, today + 3600, oldest), oldest + 3600); /* set right again */
	assert_int_equal(after(1, today + 3601, oldest), oldest + 3601);
}

/* Who starts while it is ahead does not know what is right, but begins where the log does. */
static void started_under_a_wrong_clock(void **state)
{
	int64_t oldest = today - 3 * DAY;
	(void)state;
	assert_int_equal(after(0, today + 365 * DAY, oldest), oldest);
	assert_int_equal(after(10, today + 365 * DAY, oldest), oldest + 20);
}

static void set_back_nothing_goes(void **state)
{
	(void)state;
	after(0, today, today - KEEP);
	assert_int_equal(after(1, today - 365 * DAY, today - KEEP), today - 365 * DAY - KEEP);
	assert_true(after(1, today, today - KEEP) <= today - KEEP);
}

static void what_was_not_pruned_goes_in_time(void **state)
{
	int64_t oldest = today - KEEP - DAY; /* a day without a daemon */
	(void)state;
	after(0, today, oldest);
	assert_int_equal(after(DAY / 2, today + DAY / 2, oldest), oldest + DAY);
	assert_int_equal(after(DAY / 2, today + DAY, oldest + DAY), today + DAY - KEEP);
}

/* Made while the clock stood at 1970. */
static void a_long_gap_is_passed(void **state)
{
	(void)state;
	assert_int_equal(after(0, today, 60), 60);
	assert_int_equal(after(1, today, 60), 62);
	assert_int_equal(after(1, today, today - KEEP - 10), today - KEEP - 10);
	assert_int_equal(after(100, today, today - KEEP - 10), today - KEEP);
}

/* Calls that are closer than a second lose none of it. */
static void parts_of_seconds_count(void **state)
{
	(void)state;
	after(0, today, today - KEEP - DAY);
	for (int i = 0; i < 1000; i++) {
		ticks += 300;
		horizon_move(&h, today - KEEP, today - KEEP - DAY, ticks, KEEP);
	}
	assert_int_equal(h.date, today - KEEP - DAY + 600);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(follows_the_clock, begin),
		cmocka_unit_test_setup(a_young_log_is_left_alone, begin),
		cmocka_unit_test_setup(a_clock_set_forward_takes_little, begin),
		cmocka_unit_test_setup(started_under_a_wrong_clock, begin),
		cmocka_unit_test_setup(set_back_nothing_goes, begin),
		cmocka_unit_test_setup(what_was_not_pruned_goes_in_time, begin),
		cmocka_unit_test_setup(a_long_gap_is_passed, begin),
		cmocka_unit_test_setup(parts_of_seconds_count, begin),
	};
	return cmocka_run_group_tests_name("updater/horizon", tests, NULL, NULL);
}
