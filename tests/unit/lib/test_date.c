/* SPDX-License-Identifier: BSD-2-Clause */
/* Moments that there are have a date, and others have none. */
#include "lib/date.h"

#include "tests/unit/check.h"

/* What a reader of text fills in need not be a moment that there is. */
static void no_moment_is_taken_for_another(void **state)
{
	static const struct {
		struct tm tm;
		int64_t date; /* -1: there is none */
	} cases[] = {
		{ { .tm_year = 70, .tm_mday = 1 }, 0 },
		{ { .tm_year = 124, .tm_mon = 1, .tm_mday = 29, .tm_hour = 23, .tm_min = 59, .tm_sec = 59 }, 1709251199 },
		{ { .tm_year = 123, .tm_mon = 1, .tm_mday = 29 }, -1 },
		{ { .tm_year = 124, .tm_mon = 3, .tm_mday = 31 }, -1 },
		{ { .tm_year = 124, .tm_mon = 1 }, -1 },
		{ { .tm_year = 124, .tm_mon = 12, .tm_mday = 1 }, -1 },
		{ { .tm_year = 124, .tm_mday = 1, .tm_hour = 24 }, -1 },
		{ { .tm_year = 124, .tm_mday = 1, .tm_min = 60 }, -1 },
		{ { .tm_year = 124, .tm_mday = 1, .tm_sec = -1 }, -1 },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		int64_t date;
		assert_int_equal(date_of(&cases[i].tm, &date), cases[i].date >= 0);
		if (cases[i].date >= 0)
			assert_int_equal(date, cases[i].date);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(no_moment_is_taken_for_another) };
	return cmocka_run_group_tests_name("lib/date", tests, NULL, NULL);
}
