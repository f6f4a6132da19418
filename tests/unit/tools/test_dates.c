/* SPDX-License-Identifier: BSD-2-Clause */
/* A moment as an operator says it. */
#include "tools/dates.h"

#include <string.h>

#include "lib/clock.h"
#include "tests/unit/check.h"

static struct error e;

static int read_date(const char *text, int64_t *date)
{
	struct command c = { .options = { { .name = "since", .value = text } }, .option_count = 1 };
	int outcome = date_option(&c, "since", date, &e);
	arena_free(&c.arena);
	return outcome;
}

static void dates_are_read(void **state)
{
	(void)state;
	int64_t date = 7;
	struct command none = { .option_count = 0 };
	assert_done(date_option(&none, "since", &date, &e), &e);
	assert_true(date == 7);
	arena_free(&none.arena);
	assert_done(read_date("2016-03-01", &date), &e);
	assert_true(date == 1456790400);
	assert_done(read_date("90", &date), &e);
	assert_true(date == 90);
}

static void durations_are_so_long_ago(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t ago;
	} cases[] = { { "now", 0 }, { "90s", 90 }, { "30m", 1800 }, { "2d", 172800 }, { "1w", 604800 } };
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		int64_t date = 0, now = clock_date();
		assert_done(read_date(cases[i].text, &date), &e);
		assert_true(date - (now - cases[i].ago) >= 0 && date - (now - cases[i].ago) < 30);
	}
	int64_t date = 0;
	assert_done(read_date("90y", &date) == REFUSED ? DONE : FAILED, &e);
	assert_done(read_date("5000w", &date), &e); /* longer ago than dates go */
	assert_true(date >= 1);
}

static void others_are_refused(void **state)
{
	(void)state;
	int64_t date;
	assert_outcome(read_date("noon", &date), REFUSED, &e);
	assert_says(e.text, "--since 'noon'");
	assert_says(e.text, "how long ago");
	assert_outcome(read_date("", &date), REFUSED, &e);
	assert_outcome(read_date("2999-01-01", &date), REFUSED, &e);
	assert_says(e.text, "yet to come");
	assert_outcome(read_date("2016-02-31", &date), REFUSED, &e);
	assert_says(e.text, "no such day");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates_are_read),
		cmocka_unit_test(durations_are_so_long_ago),
		cmocka_unit_test(others_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
