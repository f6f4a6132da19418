/* SPDX-License-Identifier: BSD-2-Clause */
/* Which relays are given service, by what probers say and when: also by one that died while the clock was ahead. */
#include "tests/unit/updater/house.h"

#include "lib/clock.h"
#include "steering/quorum.h"
#include "updater/admission.h"

enum { HOUR = 3600 };

static void clean(int64_t tested)
{
	char statement[400];
	house->admission = (struct admission){ 0 };
	snprintf(statement, sizeof statement, "DELETE FROM observation; DELETE FROM relay; INSERT INTO relay "
		"(name, addresses, port, state, tls, weight, since) VALUES ('r', '192.0.2.1', 443, %d, 8, 100, %lld), "
		"('old', '192.0.2.2', 443, %d, 8, 100, 1)", RELAY_TESTING, (long long)(clock_date() - tested), RELAY_SERVICE);
	house_sql(statement);
}

/* A prober's word, dated in AGO seconds from now, backwards. */
static void say(const char *relay, const char *prober, const char *health, int64_t ago)
{
	char statement[300];
	snprintf(statement, sizeof statement, "INSERT OR REPLACE INTO observation (relay, observer, health, tls, overloaded, load, "
		"at) VALUES ('%s', '%s', %d, 8, 0, 0, %lld)", relay, prober,
		strcmp(health, "up") == 0 ? HEALTH_UP : HEALTH_DOWN, (long long)(clock_date() - ago));
	house_sql(statement);
}

static bool admitted(void)
{
	house_begin();
	assert_done(admission_run(&house->admission, &house->transaction, &house_error), &house_error);
	assert_done(registry_commit(house->access.registry, &house_error), &house_error);
	return house_number("SELECT state FROM relay WHERE name = 'r'") == RELAY_SERVICE;
}

static void who_passes(void **state)
{
	(void)state;
	clean(60);
	assert_true(admitted()); /* nobody is there to test it */
	clean(60);
	say("old", "a", "up", 5);
	assert_false(admitted()); /* not looked at */
	say("r", "a", "down", 5);
	assert_false(admitted());
	say("r", "a", "up", 5);
	assert_true(admitted());
	clean(20);
	say("r", "a", "up", 0);
	assert_false(admitted()); /* not for long enough */
	clean(60);
	say("r", "a", "up", 40);
	assert_false(admitted());
	clean(60);
	say("r", "a", "down", QUORUM_STALE + 1);
	assert_true(admitted()); /* it fell silent */
}

static void who_died_while_the_clock_was_ahead(void **state)
{
	(void)state;
	clean(60);
	say("r", "dead", "down", -HOUR);
	assert_false(admitted()); /* it may live, and its clock be ahead */
	house->admission.moved -= (QUORUM_STALE - 10) * 1000;
	assert_false(admitted());
	say("r", "dead", "down", -HOUR - 10); /* it does */
	house->admission.moved -= (QUORUM_STALE - 10) * 1000;
	assert_false(admitted());
	house->admission.moved -= (QUORUM_STALE + 10) * INT64_C(1000);
	assert_true(admitted()); /* it does not */
}

static void whose_clock_is_wrong_has_one_voice(void **state)
{
	(void)state;
	clean(60);
	say("r", "ahead", "up", -HOUR);
	say("r", "a", "down", 1);
	say("r", "b", "down", 1);
	assert_false(admitted());
	say("r", "ahead", "down", -HOUR);
	say("r", "a", "up", 1);
	say("r", "b", "up", 1);
	assert_true(admitted());
	clean(20);
	say("r", "ahead", "up", -HOUR);
	assert_false(admitted()); /* it has not looked for an hour */
	clean(60);
	say("r", "behind", "up", HOUR);
	house_sql("UPDATE observation SET heard = unixepoch() - 2");
	assert_true(admitted());
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(who_passes),
		cmocka_unit_test(who_died_while_the_clock_was_ahead), cmocka_unit_test(whose_clock_is_wrong_has_one_voice) };
	return cmocka_run_group_tests_name("updater/admission", tests, house_open, house_close);
}
