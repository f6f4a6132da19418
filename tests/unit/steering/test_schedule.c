/* SPDX-License-Identifier: BSD-2-Clause */
/* A pool shrinks step by step, no step too soon after another, and none that would hurt. */
#include "steering/schedule.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/check.h"

enum { RELAYS = 8, NOON = 1700000000, DAY = 86400 };

static struct arena arena;
static struct relay relays[RELAYS];
static struct observation down[RELAYS];
static char names[RELAYS][8], addresses[RELAYS][16];
static struct pool pool;
static struct fleet fleet;
static struct error e;

/* Eight relays that are alike, and a pool that shrinks from 8 to 2 of them in six days. */
static int make_fleet(void **state)
{
	(void)state;
	for (int i = 0; i < RELAYS; i++) {
		snprintf(names[i], sizeof names[i], "r%02d", i);
		snprintf(addresses[i], sizeof addresses[i], "192.0.2.%d", i);
		relays[i] = (struct relay){ .name = names[i], .addresses = addresses[i], .note = "", .port = 443,
			.state = RELAY_SERVICE, .tls = 6, .weight = 100 };
	}
	pool = (struct pool){ .label = "old", .note = "", .ttl = 300, .answers = 25, .size = 5, .roster = "r00", .paused = "late",
		.shrink_from = 8, .shrink_to = 2, .shrink_by = NOON + 6 * DAY };
	fleet = (struct fleet){ .relays = relays, .relay_count = RELAYS, .pools = &pool, .pool_count = 1, .observations = down,
		.now = NOON };
	schedule_begin(&pool, NOON);
	pool.roster = "r00 r01 r02 r03 r04 r05 r06 r07";
	return 0;
}

static int empty_arena(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

/* The verdict at that time after the beginning; WHY is said of a pause. */
static int verdict(int64_t after, bool more_networks, const char *why)
{
	struct offer *offers;
	const char *said;
	fleet.now = NOON + after;
	assert_done(steering_offers(&fleet, &arena, &offers, &e), &e);
	int outcome = schedule_step(&fleet, offers, &pool, more_networks, &arena, &said, &e);
	assert_true(outcome >= 0);
	if (outcome == SCHEDULE_PAUSE)
		assert_says(said, why);
	else
		assert_null(said);
	return outcome;
}

static void falls_ill(int i)
{
	down[fleet.observation_count++] = (struct observation){ .relay = names[i], .observer = "p", .version = "", .uuid = "",
		.reason = "it does not answer", .pings = "", .names = "", .health = HEALTH_DOWN };
}

static void begins_with_all_and_ends_as_it_was(void **state)
{
	(void)state;
	assert_int_equal(pool.state, POOL_SHRINKING);
	assert_int_equal(pool.size, 8);
	assert_int_equal(pool.shrink_size, 5);
	assert_string_equal(pool.paused, "");
	pool.shrink_from = 6;
	schedule_begin(&pool, NOON + DAY); /* anew: its size before is still the one before the first schedule */
	assert_int_equal(pool.shrink_size, 5);
	assert_int_equal(pool.size, 6);
	schedule_end(&pool);
	assert_int_equal(pool.size, 5);
	assert_true(pool.shrink_by == 0 && pool.shrink_start == 0 && pool.shrink_from == 0 && pool.shrink_to == 0);
	assert_string_equal(pool.roster, "");
	schedule_end(&pool); /* without a schedule, the size stays */
	assert_int_equal(pool.size, 5);
}

static void its_size_falls_evenly(void **state)
{
	(void)state;
	static const int64_t sizes[][2] = { { -DAY, 8 }, { 0, 8 }, { DAY - 1, 8 }, { DAY, 7 }, { 3 * DAY, 5 }, { 6 * DAY - 1, 3 },
		{ 6 * DAY, 2 }, { 60 * DAY, 2 } };
	for (size_t i = 0; i < COUNT_OF(sizes); i++)
		assert_int_equal(schedule_size(&pool, NOON + sizes[i][0]), sizes[i][1]);
	pool.shrink_by = pool.shrink_start; /* at once */
	assert_int_equal(schedule_size(&pool, NOON + 1), 2);
}

static void a_step_is_due_when_its_time_has_come(void **state)
{
	(void)state;
	assert_int_equal(verdict(DAY - 1, false, ""), SCHEDULE_REST);
	assert_int_equal(verdict(DAY, false, ""), SCHEDULE_STEP);
	schedule_take(&pool, NOON + DAY);
	assert_int_equal(pool.size, 7);
	assert_int_equal(verdict(DAY, false, ""), SCHEDULE_REST);
	/* after three days of sleep, steps are made up for, a step's time apart */
	assert_int_equal(verdict(5 * DAY, false, ""), SCHEDULE_STEP);
	schedule_take(&pool, NOON + 5 * DAY);
	assert_int_equal(verdict(6 * DAY - 1, false, ""), SCHEDULE_REST);
	assert_int_equal(verdict(6 * DAY, false, ""), SCHEDULE_STEP);
	pool.state = POOL_FROZEN;
	assert_int_equal(verdict(6 * DAY, false, ""), SCHEDULE_REST);
}

/* A day is long enough to see what a step did, be the schedule as slow as it may. */
static void a_slow_schedule_waits_a_day(void **state)
{
	(void)state;
	pool.shrink_by = NOON + 60 * DAY;
	schedule_take(&pool, NOON + 40 * DAY);
	assert_int_equal(verdict(41 * DAY - 1, false, ""), SCHEDULE_REST);
	assert_int_equal(verdict(41 * DAY, false, ""), SCHEDULE_STEP);
}

static void it_ends_at_its_last_size(void **state)
{
	(void)state;
	pool.size = 2;
	assert_int_equal(verdict(60 * DAY, false, ""), SCHEDULE_REST);
	pool.size = 3;
	assert_int_equal(verdict(60 * DAY, false, ""), SCHEDULE_STEP);
}

static void a_step_that_would_hurt_waits(void **state)
{
	(void)state;
	assert_int_equal(verdict(DAY, true, "more client networks"), SCHEDULE_PAUSE);
	pool.least = 8;
	assert_int_equal(verdict(DAY, false, "below its least, 8"), SCHEDULE_PAUSE);
	pool.least = 7;
	assert_int_equal(verdict(DAY, false, ""), SCHEDULE_STEP);
	falls_ill(0);
	assert_int_equal(verdict(DAY, false, "with one relay lost, fewer than 7"), SCHEDULE_PAUSE);
	pool.least = 0;
	assert_int_equal(verdict(DAY, false, ""), SCHEDULE_STEP);
	falls_ill(1);
	assert_int_equal(verdict(DAY, false, "only 6 of its relays look well"), SCHEDULE_PAUSE);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, make_fleet, empty_arena)

int main(void)
{
	const struct CMUnitTest tests[] = { CASE(begins_with_all_and_ends_as_it_was), CASE(its_size_falls_evenly),
		CASE(a_step_is_due_when_its_time_has_come), CASE(a_slow_schedule_waits_a_day), CASE(it_ends_at_its_last_size),
		CASE(a_step_that_would_hurt_waits) };
	return cmocka_run_group_tests_name("steering/schedule", tests, NULL, NULL);
}
