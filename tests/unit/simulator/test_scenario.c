/* SPDX-License-Identifier: BSD-2-Clause */
/* A scenario as a whole: what it must have, how much it may be, and the order of its actions. */
#include <stdio.h>
#include <string.h>

#include "simulator/scenario.h"
#include "tests/unit/check.h"

static struct scenario s;
static struct error e;

static int begin(void **state)
{
	(void)state;
	scenario_init(&s);
	return 0;
}

static int end(void **state)
{
	(void)state;
	scenario_free(&s);
	return 0;
}

static void takes(const char *line)
{
	assert_done(scenario_line(&s, line, &e), &e);
}

static void take_a_whole(void)
{
	takes("from 2016-03-01");
	takes("until 2016-03-02");
	takes("use p 1 100%");
}

static void actions_are_in_the_order_of_dates(void **state)
{
	(void)state;
	take_a_whole();
	takes("os a tls=1.2");
	takes("2016-03-02 relay drain r1");
	takes("2016-03-01 09:30 relay set r1 weight=7");
	takes("2016-03-01 relay add r1 os=a addresses=\"192.0.2.1 2001:db8::1\" note=\"a b\"");
	takes("2016-03-01 09:30 relay down r1");
	takes("2016-03-01 12:00 move p 1 p 2 share=50% days=10");
	assert_done(scenario_finish(&s, &e), &e);
	assert_int_equal(s.action_count, 4);
	assert_string_equal(s.actions[0].verb->name, "add");
	assert_string_equal(s.actions[1].verb->name, "set");
	assert_string_equal(s.actions[2].verb->name, "down");
	assert_string_equal(s.actions[3].text, "relay drain r1");
	assert_int_equal(s.actions[1].at, s.from + 34200);
	assert_int_equal(s.actions[1].line, 6);
	assert_int_equal(s.moves[0].at, s.from);
	assert_int_equal(s.moves[0].share, 5000);
}

static void is_no_whole(const char *says)
{
	assert_outcome(scenario_finish(&s, &e), REFUSED, &e);
	assert_says(e.text, says);
}

static void a_part_is_refused(void **state)
{
	(void)state;
	is_no_whole("from DATE");
	takes("from 2016-03-02");
	takes("until 2016-03-01");
	is_no_whole("the later one second");
	takes("until 2016-03-02");
	is_no_whole("nobody uses anything");
	takes("use p 1 99.99%");
	is_no_whole("99.99% together");
	takes("use p 2 0.01%");
	assert_done(scenario_finish(&s, &e), &e);
	takes("2016-03-03 relay drain r");
	is_no_whole("line 6: its date is not within");
}

static void days_and_relays_are_limited(void **state)
{
	(void)state;
	char line[80];
	takes("from 2016-03-01");
	takes("until 2116-02-06"); /* with its first day, a day more than a scenario may have */
	takes("use p 1 100%");
	is_no_whole("longer than 36500 days");
	takes("until 2116-02-05");
	assert_done(scenario_finish(&s, &e), &e);
	takes("os a tls=1.2");
	for (int i = 0; i <= MACHINES_MOST; i++) {
		assert_done(scenario_finish(&s, &e), &e);
		assert_int_equal(scenario_relays(&s), i);
		snprintf(line, sizeof line, "2016-03-01 relay add r%d os=a addresses=192.0.2.1", i);
		takes(line);
	}
	is_no_whole("more than 1024 relays");
}

/* Where a scenario does not say it, there is a network for each 25 clients. */
static void networks_follow_from_clients(void **state)
{
	(void)state;
	static const struct {
		const char *line;
		int64_t networks;
	} cases[] = { { "clients 1", 1 }, { "clients 49", 1 }, { "clients 50", 2 }, { "clients 100000", 4000 },
		{ "clients 100025", 4000 } };
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		take_a_whole();
		takes(cases[i].line);
		assert_done(scenario_finish(&s, &e), &e);
		assert_int_equal(s.networks, cases[i].networks);
		scenario_free(&s);
		scenario_init(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test_setup_teardown(actions_are_in_the_order_of_dates, begin, end),
		cmocka_unit_test_setup_teardown(a_part_is_refused, begin, end),
		cmocka_unit_test_setup_teardown(days_and_relays_are_limited, begin, end),
		cmocka_unit_test_setup_teardown(networks_follow_from_clients, begin, end) };
	return cmocka_run_group_tests_name("simulator/scenario", tests, NULL, NULL);
}
