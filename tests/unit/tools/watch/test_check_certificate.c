/* SPDX-License-Identifier: BSD-2-Clause */
/* When a relay's certificate is warned of: how long before its end, in which words, and whose are nobody's concern. */
#include <string.h>

#include "tests/unit/check.h"
#include "tools/watch/check.h"

enum { NOW = 1800000000, HOUR = 3600, DAY = 86400 };

static struct arena arena;
static struct relay relay;
static struct observation seen[2];
static struct survey survey;
static struct findings found;

static int begin(void **state)
{
	(void)state;
	relay = (struct relay){ .name = "r1", .state = RELAY_SERVICE };
	for (int i = 0; i < 2; i++)
		seen[i] = (struct observation){ .relay = "r1", .observer = i == 0 ? "a" : "b", .version = "", .uuid = "", .reason = "",
			.pings = "", .names = "" };
	survey = (struct survey){ .fleet = { .relays = &relay, .relay_count = 1, .observations = seen, .observation_count = 1,
		.now = NOW } };
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

/* What is found; NULL for nothing. */
static void finds(enum level level, const char *says)
{
	found = (struct findings){ .list = json_array() };
	check_relays_certificates(&found, &survey, &arena);
	assert_int_equal(found.worst, level);
	assert_int_equal(found.count, says != NULL);
	if (says != NULL)
		assert_string_equal(found.first.bytes, says);
	text_free(&found.details);
	text_free(&found.first);
	json_decref(found.list);
}

static void its_end_is_told_two_weeks_ahead(void **state)
{
	static const struct {
		int64_t left;
		enum level level;
		const char *says;
	} cases[] = {
		{ 14 * DAY + 1, LEVEL_OK, NULL },
		{ 14 * DAY, LEVEL_WARNING, "the certificate of relay r1 expires in 14 days" },
		{ 2 * DAY, LEVEL_WARNING, "the certificate of relay r1 expires in 2 days" },
		{ 2 * DAY - 1, LEVEL_WARNING, "the certificate of relay r1 expires in 47 hours" },
		{ 2 * HOUR - 1, LEVEL_WARNING, "the certificate of relay r1 expires in 1 hour" },
		{ HOUR - 1, LEVEL_WARNING, "the certificate of relay r1 expires in less than an hour" },
		{ 1, LEVEL_WARNING, "the certificate of relay r1 expires in less than an hour" },
		{ 0, LEVEL_CRITICAL, "the certificate of relay r1 has expired" },
		{ -DAY, LEVEL_CRITICAL, "the certificate of relay r1 has expired" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		seen[0].expires = NOW + cases[i].left;
		finds(cases[i].level, cases[i].says);
	}
}

static void who_is_sent_nobody_needs_none(void **state)
{
	static const struct {
		enum relay_state state;
		bool told;
	} cases[] = { { RELAY_SERVICE, true }, { RELAY_TESTING, true }, { RELAY_DRAINING, true }, { RELAY_OUT, false },
		{ RELAY_INVITED, false } };
	(void)state;
	seen[0].expires = NOW;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		relay.state = cases[i].state;
		finds(cases[i].told ? LEVEL_CRITICAL : LEVEL_OK, cases[i].told ? "the certificate of relay r1 has expired" : NULL);
	}
}

/* The prober that looked last has seen the certificate that is there; what saw none says nothing. */
static void the_latest_look_counts(void **state)
{
	(void)state;
	finds(LEVEL_OK, NULL);
	survey.fleet.observation_count = 2;
	seen[0] = (struct observation){ .relay = "r1", .observer = "a", .expires = NOW, .heard = NOW - 60 };
	seen[1] = (struct observation){ .relay = "r1", .observer = "b", .expires = NOW + 90 * DAY, .heard = NOW - 30 };
	finds(LEVEL_OK, NULL);
	seen[0].heard = NOW - 10;
	finds(LEVEL_CRITICAL, "the certificate of relay r1 has expired");
	seen[0].expires = 0;
	finds(LEVEL_OK, NULL);
	seen[1].expires = NOW;
	seen[1].relay = "r2";
	finds(LEVEL_OK, NULL);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = { CASE(its_end_is_told_two_weeks_ahead), CASE(who_is_sent_nobody_needs_none),
		CASE(the_latest_look_counts) };
	return cmocka_run_group_tests_name("tools/watch/check_certificate", tests, NULL, NULL);
}
