/* SPDX-License-Identifier: BSD-2-Clause */
/* Series of days made up with a known end, and what is forecast of them. */
#include "steering/forecast.h"

#include <math.h>
#include <string.h>

#include "tests/unit/check.h"

enum { TODAY = 20000, POINTS = 400 };

static struct count_point points[POINTS];
static struct forecast f;
static uint64_t dice;

/* About normal, of mean 0 and deviation 1. */
static double noise(void)
{
	double sum = -6;
	for (int i = 0; i < 12; i++) {
		dice = dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		sum += (double)(dice >> 11) * 0x1p-53;
	}
	return sum;
}

/* Days that end yesterday; networks that are NOW today and halve in HALF_LIFE days. */
static void decline(size_t days, double now, double half_life, double deviation)
{
	for (size_t i = 0; i < days; i++) {
		double ago = (double)(days - i);
		points[i].day = TODAY - (int64_t)(days - i);
		points[i].count = now * pow(2, ago / half_life) * exp(deviation * noise());
	}
	forecast_fit(points, days, TODAY, &f);
}

static void assert_about(double got, double wanted, double within)
{
	if (fabs(got - wanted) > within)
		fail_msg("got %f, wanted %f", got, wanted);
}

static void test_an_exact_decline_is_found(void **state)
{
	(void)state;
	decline(100, 61, 47, 0);
	assert_int_equal(f.verdict, FORECAST_DECLINES);
	assert_int_equal(f.days, 100);
	assert_about(f.now, 61, 2);
	assert_about(f.half_life, 47, 3);
	assert_about((double)(f.under_one.likely - TODAY), 47 * log2(61), 12);
	assert_true(f.under_one.early < f.under_one.likely && f.under_one.likely < f.under_one.late);
	assert_true(f.silent.early < f.silent.likely && f.silent.likely < f.silent.late);
}

static void test_noise_widens_the_interval(void **state)
{
	(void)state;
	dice = 1;
	decline(100, 61, 47, 0.1);
	int64_t narrow = f.under_one.late - f.under_one.early;
	assert_int_equal(f.verdict, FORECAST_DECLINES);
	dice = 1;
	decline(100, 61, 47, 0.5);
	assert_int_equal(f.verdict, FORECAST_DECLINES);
	assert_true(f.under_one.late - f.under_one.early > 2 * narrow);
	assert_about(f.half_life, 47, 15);
}

/* The weekend's factor is no part of the trend, and the fewer that are left, the likelier a silent Sunday. */
static void test_weekdays_are_known(void **state)
{
	(void)state;
	for (int i = 0; i < 98; i++) {
		int64_t day = TODAY - 98 + i;
		points[i] = (struct count_point){ day, 61 * pow(2, (98 - i) / 47.0) * (day % 7 == 0 ? 0.2 : 1.13) };
	}
	forecast_fit(points, 98, TODAY, &f);
	assert_int_equal(f.verdict, FORECAST_DECLINES);
	assert_about((double)(f.under_one.likely - TODAY), 47 * log2(61), 15);
	forecast_fit(points, 95, TODAY - 3, &f); /* whichever day it ends on */
	assert_about((double)(f.under_one.likely - TODAY), 47 * log2(61), 15);
}

/* Flat, then fewer, then flat again: something happened, once. */
static void test_a_step_is_no_decline(void **state)
{
	(void)state;
	dice = 5;
	for (int i = 0; i < 100; i++)
		points[i] = (struct count_point){ TODAY - 100 + i, (i < 60 ? 100 : 50) * exp(0.08 * noise()) };
	forecast_fit(points, 100, TODAY, &f);
	assert_int_equal(f.verdict, FORECAST_STEADY);
}

/* A year ago it fell just so, and came back. */
static void test_a_season_is_no_decline(void **state)
{
	(void)state;
	for (int i = 0; i < 399; i++)
		points[i] = (struct count_point){ TODAY - 399 + i, 100 + 60 * cos((399 - i) * 2 * 3.14159 / 364 - 2) };
	forecast_fit(points + 280, 119, TODAY, &f);
	assert_int_equal(f.verdict, FORECAST_DECLINES); /* who does not know the year */
	forecast_fit(points, 399, TODAY, &f);
	assert_int_equal(f.verdict, FORECAST_STEADY);
}

/* What has no trend is called declining in fewer than one of twenty times. */
static void test_noise_is_no_decline(void **state)
{
	int wrong = 0;
	(void)state;
	for (uint64_t seed = 1; seed <= 400; seed++) {
		dice = seed * 77;
		decline(60, 61, 1e12, 0.3);
		assert_about(f.now, 63, 40);
		wrong += f.verdict == FORECAST_DECLINES;
	}
	assert_true(wrong < 20);
}

static void test_growth_is_no_decline(void **state)
{
	(void)state;
	decline(60, 61, -30, 0);
	assert_int_equal(f.verdict, FORECAST_STEADY);
	assert_int_equal(f.under_one.likely, 0);
	decline(60, 61, 1e12, 0);
	assert_int_equal(f.verdict, FORECAST_STEADY);
	decline(60, 61, 2 * FORECAST_HORIZON, 0);
	assert_int_equal(f.verdict, FORECAST_STEADY);
}

static void test_few_days_say_nothing(void **state)
{
	(void)state;
	decline(0, 61, 10, 0);
	assert_int_equal(f.verdict, FORECAST_FEW);
	assert_true(f.now == 0 && f.last == 0 && f.days == 0);
	decline(FORECAST_DAYS_LEAST - 1, 61, 10, 0);
	assert_int_equal(f.verdict, FORECAST_FEW);
	assert_int_equal(f.days, FORECAST_DAYS_LEAST - 1);
	decline(FORECAST_DAYS_LEAST, 61, 10, 0);
	assert_int_equal(f.verdict, FORECAST_DECLINES);
}

static void test_today_is_not_over(void **state)
{
	struct forecast before;
	(void)state;
	decline(50, 61, 47, 0);
	before = f;
	points[50] = (struct count_point){ TODAY, 1 };
	forecast_fit(points, 51, TODAY, &f);
	assert_int_equal(f.last, TODAY);
	f.last = before.last;
	assert_memory_equal(&f, &before, sizeof f);
	/* and only today is no data at all */
	forecast_fit(points + 50, 1, TODAY, &f);
	assert_int_equal(f.verdict, FORECAST_FEW);
	assert_int_equal(f.days, 0);
}

static void test_only_the_newest_days_count(void **state)
{
	(void)state;
	decline(POINTS, 61, 47, 0);
	for (int i = 0; i < POINTS - FORECAST_DAYS_MOST; i++)
		points[i].count = 1e6;
	forecast_fit(points, POINTS, TODAY, &f);
	assert_int_equal(f.days, FORECAST_DAYS_MOST);
	assert_about(f.half_life, 47, 3);
}

static void test_silence_is_said(void **state)
{
	(void)state;
	decline(100, 61, 47, 0);
	forecast_fit(points, 100, TODAY + FORECAST_SILENCE - 1, &f);
	assert_int_equal(f.verdict, FORECAST_DECLINES);
	forecast_fit(points, 100, TODAY + FORECAST_SILENCE, &f);
	assert_int_equal(f.verdict, FORECAST_SILENT);
	assert_int_equal(f.last, TODAY - 1);
	forecast_fit(points, 3, TODAY + 500, &f);
	assert_int_equal(f.verdict, FORECAST_SILENT);
}

static void test_days_may_be_missing(void **state)
{
	(void)state;
	decline(100, 61, 47, 0);
	size_t kept = 0;
	for (size_t i = 0; i < 100; i++)
		if (i % 3 != 0 || i == 99)
			points[kept++] = points[i];
	forecast_fit(points, kept, TODAY, &f);
	assert_about(f.half_life, 47, 3);
}

/* A day on which nobody asked is one; so it is not the last on which somebody did. */
static void test_zeros_are_counts(void **state)
{
	(void)state;
	decline(100, 2, 20, 0);
	for (int i = 97; i < 100; i++)
		points[i].count = 0;
	forecast_fit(points, 100, TODAY, &f);
	assert_int_equal(f.verdict, FORECAST_DECLINES);
	assert_int_equal(f.last, TODAY - 4);
	assert_true(f.now < 2);
}

static void test_what_is_gone_is_under_one_today(void **state)
{
	(void)state;
	decline(60, 0.5, 10, 0);
	assert_int_equal(f.verdict, FORECAST_DECLINES);
	assert_int_equal(f.under_one.likely, TODAY);
	assert_int_equal(f.under_one.early, TODAY);
}

static void test_beyond_the_horizon_is_no_date(void **state)
{
	(void)state;
	decline(120, 1e6, 1500, 0);
	assert_int_equal(f.verdict, FORECAST_DECLINES);
	assert_int_equal(f.under_one.likely, 0);
	assert_int_equal(f.under_one.late, 0);
}

static void test_zeros_do_no_harm(void **state)
{
	(void)state;
	for (int i = 0; i < 60; i++)
		points[i] = (struct count_point){ TODAY - 60 + i, 0 };
	forecast_fit(points, 60, TODAY, &f);
	assert_int_equal(f.verdict, FORECAST_STEADY);
	assert_true(f.now == 0);
	assert_string_equal(forecast_word(f.verdict), "not declining");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_exact_decline_is_found),
		cmocka_unit_test(test_noise_widens_the_interval),
		cmocka_unit_test(test_weekdays_are_known),
		cmocka_unit_test(test_a_step_is_no_decline),
		cmocka_unit_test(test_a_season_is_no_decline),
		cmocka_unit_test(test_noise_is_no_decline),
		cmocka_unit_test(test_growth_is_no_decline),
		cmocka_unit_test(test_few_days_say_nothing),
		cmocka_unit_test(test_today_is_not_over),
		cmocka_unit_test(test_only_the_newest_days_count),
		cmocka_unit_test(test_silence_is_said),
		cmocka_unit_test(test_days_may_be_missing),
		cmocka_unit_test(test_zeros_are_counts),
		cmocka_unit_test(test_what_is_gone_is_under_one_today),
		cmocka_unit_test(test_beyond_the_horizon_is_no_date),
		cmocka_unit_test(test_zeros_do_no_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
