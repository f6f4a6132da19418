/* SPDX-License-Identifier: BSD-2-Clause */
/* An operator's verbs read from words, and the rows that they fill. How lines refuse them, test_scenario_read.c says. */
#include "simulator/action.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/check.h"

static struct arena arena;
static struct error e;
static struct action a;
static struct words w;

static int empty_arena(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static void takes(const char *text)
{
	assert_done(words_read(text, &arena, &w, &e), &e);
	assert_done(action_read(&w, &arena, &a, &e), &e);
}

static void is_refused(const char *text, const char *says)
{
	assert_done(words_read(text, &arena, &w, &e), &e);
	assert_outcome(action_read(&w, &arena, &a, &e), REFUSED, &e);
	assert_says(e.text, says);
}

static void each_verb_has_its_deed(void **state)
{
	static const struct {
		const char *text;
		const struct kind *kind;
		enum deed deed;
	} cases[] = { { "relay add r1 os=a", &relay_kind, DEED_ADD }, { "relay set r1 weight=1", &relay_kind, DEED_SET },
		{ "relay set r1", &relay_kind, DEED_SET }, { "relay drain r1", &relay_kind, DEED_DRAIN },
		{ "relay resume r1", &relay_kind, DEED_RESUME }, { "relay remove r1", &relay_kind, DEED_REMOVE },
		{ "relay down r1", &relay_kind, DEED_DOWN }, { "relay up r1", &relay_kind, DEED_UP },
		{ "pool add fe4_058", &pool_kind, DEED_ADD }, { "pool freeze fe4_058", &pool_kind, DEED_FREEZE },
		{ "pool thaw fe4_058", &pool_kind, DEED_THAW }, { "pool include fe4_058 r1", &rule_kind, DEED_INCLUDE },
		{ "pool exclude fe4_058 r1", &rule_kind, DEED_EXCLUDE }, { "pool unrule fe4_058 r1", &rule_kind, DEED_REMOVE },
		{ "release remove p 1", &release_kind, DEED_REMOVE }, { "release add p 1 pools=fe tls=1.2", &release_kind, DEED_ADD },
		{ "rule add fe4_058 r1 verdict=exclude", &rule_kind, DEED_ADD } };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		takes(cases[i].text);
		assert_ptr_equal(a.verb->kind, cases[i].kind);
		assert_int_equal(a.verb->deed, cases[i].deed);
	}
}

static void a_new_row_has_its_key_its_fields_and_what_is_standard(void **state)
{
	struct relay relay;
	(void)state;
	takes("relay add R1 os=debian8 addresses=\"192.0.2.1 2001:DB8::1\" weight=7");
	assert_string_equal(a.os, "debian8");
	assert_int_equal(a.words.value_count, 2); /* os= is no field */
	assert_done(action_fill(&a, &relay, &arena, &e), &e);
	assert_string_equal(relay.name, "r1");
	assert_string_equal(relay.addresses, "192.0.2.1 2001:db8::1");
	assert_int_equal(relay.weight, 7);
	assert_int_equal(relay.port, 443);
	assert_int_equal(relay.state, RELAY_SERVICE);
}

/* What stood there stays, but for what is given. */
static void fields_alone_leave_the_rest(void **state)
{
	struct relay relay = { .name = "r1", .port = 444, .weight = 9, .note = "mine" };
	(void)state;
	takes("relay set r2 weight=7");
	assert_null(a.os);
	assert_done(action_set_fields(&a, &relay, &arena, &e), &e);
	assert_string_equal(relay.name, "r1");
	assert_int_equal(relay.weight, 7);
	assert_int_equal(relay.port, 444);
	assert_done(action_set_key(&a, &relay, &arena, &e), &e);
	assert_string_equal(relay.name, "r2");
	assert_int_equal(relay.weight, 100);
}

static void a_schedule_is_named_as_the_commands_options(void **state)
{
	struct pool pool;
	(void)state;
	takes("pool shrink fe4_058 by=2016-03-01T00:00:00Z from=9 to=2");
	assert_done(action_fill(&a, &pool, &arena, &e), &e);
	assert_int_equal(pool.shrink_to, 2);
	assert_int_equal(pool.shrink_from, 9);
	assert_int_equal(pool.shrink_by, 1456790400);
	is_refused("pool shrink fe4_058 to=2 from=9", "needs to=NUMBER and by=DATE");
	is_refused("pool shrink fe4_058 by=2016-03-01T00:00:00Z", "needs to=NUMBER and by=DATE");
}

static void what_is_wrong_whatever_the_fleet_is_is_refused(void **state)
{
	char word[200];
	(void)state;
	is_refused("", "' ' is nothing that can be done");
	is_refused("relay", "'relay ' is nothing that can be done");
	is_refused("Relay add r1 os=a", "'Relay add' is nothing");
	is_refused("rule drain a b", "'rule drain' is nothing");
	is_refused("relay drain", "wants 1 words behind it, not 0");
	is_refused("relay drain a b", "wants 1 words behind it, not 2");
	is_refused("pool include fe4_058", "wants 2 words behind it, not 1");
	is_refused("relay add r1", "needs os=");
	is_refused("pool add fe os=a", "a pool has no field 'os'");
	is_refused("relay drain r1 os=a", "'os=' has no place here");
	is_refused("relay add \"a b\" os=a", "name 'a b'");
	is_refused("relay add r1 os=a weight=-1", "weight '-1'");
	is_refused("relay add r1 os=a weight=10001", "weight '10001'");
	is_refused("relay add r1 os=a addresses=192.0.2.300", "192.0.2.300");
	is_refused("release add p 1 tls=1.2", "a release needs pools=");
	is_refused("release add p 1 pools=fe", "a release needs tls=");
	is_refused("rule add fe r1 verdict=maybe", "verdict 'maybe'");
	snprintf(word, sizeof word, "relay drain %0100d", 1);
	is_refused(word, "0000");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test_teardown(each_verb_has_its_deed, empty_arena),
		cmocka_unit_test_teardown(a_new_row_has_its_key_its_fields_and_what_is_standard, empty_arena),
		cmocka_unit_test_teardown(fields_alone_leave_the_rest, empty_arena),
		cmocka_unit_test_teardown(a_schedule_is_named_as_the_commands_options, empty_arena),
		cmocka_unit_test_teardown(what_is_wrong_whatever_the_fleet_is_is_refused, empty_arena) };
	return cmocka_run_group_tests_name("simulator/action", tests, NULL, NULL);
}
