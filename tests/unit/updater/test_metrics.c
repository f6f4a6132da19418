/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is shown the counters, and that what is shown is Prometheus' text. */
#include "tests/unit/updater/house.h"

#include "updater/metrics.h"

static const struct route route = { "/metrics", METHOD_GET, API_READ, NEEDS_NOTHING, metrics_show, NULL };

static int get(const char *caller)
{
	house_asked(&route, "/metrics", "", "");
	house_x.request.direct = house_x.request.privileged = true;
	assert_true(address_read(caller, strlen(caller), &house_x.request.caller));
	assert_done(metrics_show(house, &house_x, &house_error), &house_error);
	return house_x.reply.status;
}

static void monitors_alone_may_see_them(void **state)
{
	(void)state;
	assert_int_equal(get("198.51.100.7"), 403);
	assert_null(strstr(house_x.reply.body, "windsock_updater"));
	assert_int_equal(get("127.0.0.1"), 200);
	assert_string_equal(house_x.reply.type, "text/plain; version=0.0.4; charset=utf-8");
	assert_int_equal(get("::1"), 200);
}

/* Whether there is the line "NAME VALUE". */
static bool holds(const char *line)
{
	const char *at = strstr(house_x.reply.body, line);
	return at != NULL && (at == house_x.reply.body || at[-1] == '\n') && at[strlen(line)] == '\n';
}

static void what_was_counted_is_shown(void **state)
{
	(void)state;
	house->counters.codes[API_KITE][CODE_GOOD] = 5;
	house->counters.replies[4] = 3;
	house->counters.commit_micros = 1500000;
	house->counters.forwarded = 9;
	house->bell.heard.revision = 77;
	assert_int_equal(get("127.0.0.1"), 200);
	assert_true(holds("windsock_updater_updates_total{api=\"pagekite\",code=\"good\"} 5"));
	assert_true(holds("windsock_updater_updates_total{api=\"dyndns2\",code=\"good\"} 0"));
	assert_true(holds("windsock_updater_replies_total{status=\"4xx\"} 3"));
	assert_true(holds("windsock_updater_commit_seconds_total 1.500000"));
	assert_true(holds("windsock_updater_dns_updates_total 9"));
	assert_true(holds("windsock_updater_dnsd_revision 77"));
	assert_true(holds("windsock_updater_registry_open 1"));
	access_close(&house->access);
	assert_int_equal(get("127.0.0.1"), 200); /* also without a registry */
	assert_true(holds("windsock_updater_registry_open 0"));
}

/* Prometheus' text format, version 0.0.4: each metric has one TYPE line, before its values. */
static void each_metric_has_one_type(void **state)
{
	char name[100], copy[20000];
	(void)state;
	assert_int_equal(get("127.0.0.1"), 200);
	assert_true(house_x.reply.size < sizeof copy);
	memcpy(copy, house_x.reply.body, house_x.reply.size + 1);
	assert_int_equal(copy[house_x.reply.size - 1], '\n');
	for (char *line = strtok(copy, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		if (line[0] == '#')
			continue;
		snprintf(name, sizeof name, "# TYPE %.*s ", (int)strcspn(line, "{ "), line);
		const char *type = strstr(house_x.reply.body, name);
		if (type == NULL || strstr(type + 1, name) != NULL)
			fail_msg("'%s' has no type, or two", line);
		assert_true(strstr(house_x.reply.body, line) > type);
	}
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, house_open, house_close)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(monitors_alone_may_see_them), TEST(what_was_counted_is_shown),
		TEST(each_metric_has_one_type) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
