/* SPDX-License-Identifier: BSD-2-Clause */
#include "prober/observe.h"

#include "tests/unit/check.h"

static const struct finding well = { true, false, "ab", "" }, bad = { false, false, "", "no answer in time" },
			    busy = { true, true, "ab", "" };

static void a_new_relay_is_up_by_its_first_answer(void **state)
{
	struct watch w;
	(void)state;
	watch_start(&w, "r1", NULL);
	assert_false(watch_due(&w, 1000));
	watch_note(&w, &well, false);
	assert_int_equal(w.health, HEALTH_UP);
	assert_true(watch_due(&w, 1000));
}

static void it_falls_after_three_and_rises_after_two(void **state)
{
	const struct observation up = { .relay = "r1", .observer = "o", .version = "", .uuid = "", .reason = "",
		.health = HEALTH_UP, .tls = 6, .at = 1000 };
	struct watch w;
	(void)state;
	watch_start(&w, "r1", &up);
	watch_note(&w, &bad, false);
	watch_note(&w, &bad, false);
	watch_note(&w, &well, false);
	watch_note(&w, &bad, false);
	watch_note(&w, &bad, false);
	assert_int_equal(w.health, HEALTH_UP);
	assert_false(watch_due(&w, 1001));
	watch_note(&w, &bad, false);
	assert_int_equal(w.health, HEALTH_DOWN);
	assert_true(watch_due(&w, 1001));
	struct observation row = watch_row(&w, "o", 1001);
	assert_string_equal(row.reason, "no answer in time");
	assert_true(row.tls == 6 && row.at == 1001 && row.health == HEALTH_DOWN);
	watch_note(&w, &well, false);
	assert_int_equal(w.health, HEALTH_DOWN);
	watch_note(&w, &well, false);
	assert_int_equal(w.health, HEALTH_UP);
}

static void only_news_is_written_or_now_and_then(void **state)
{
	const struct observation up = { .relay = "r1", .observer = "o", .version = "", .uuid = "ab", .reason = "",
		.health = HEALTH_UP, .at = 1000 };
	struct watch w;
	(void)state;
	watch_start(&w, "r1", &up);
	watch_note(&w, &well, false);
	assert_false(watch_due(&w, 1000 + OBSERVE_REFRESH - 1));
	assert_true(watch_due(&w, 1000 + OBSERVE_REFRESH));
	assert_true(watch_due(&w, 999)); /* the clock was set back */
	watch_note(&w, &busy, false);
	assert_true(watch_due(&w, 1001));
}

static void once_is_enough_when_said(void **state)
{
	struct watch w;
	(void)state;
	watch_start(&w, "r1", NULL);
	watch_note(&w, &bad, true);
	assert_int_equal(w.health, HEALTH_DOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(a_new_relay_is_up_by_its_first_answer),
		cmocka_unit_test(it_falls_after_three_and_rises_after_two),
		cmocka_unit_test(only_news_is_written_or_now_and_then), cmocka_unit_test(once_is_enough_when_said) };
	return cmocka_run_group_tests_name("prober/observe", tests, NULL, NULL);
}
