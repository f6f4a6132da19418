/* SPDX-License-Identifier: BSD-2-Clause */
/* What status says of clients: found in files of telemetry, for people and for scripts. */
#include "tools/watch/today.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/check.h"

static struct command c;
static struct error e;
static char dir[32], path[64];

static int begin(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/windsock-XXXXXX");
	snprintf(path, sizeof path, "%s/registry", mkdtemp(dir) == NULL ? "" : dir);
	c = (struct command){ .registry_path = path };
	return 0;
}

static int end(void **state)
{
	char command[64];
	(void)state;
	arena_free(&c.arena);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

static void is_printed(const struct today *t, const char *wanted)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	assert_non_null(out);
	today_print(out, t);
	fclose(out);
	assert_string_equal(text, wanted);
	free(text);
}

static void a_day_without_clients_is_not_told_of(void **state)
{
	(void)state;
	is_printed(&(struct today){ 0 }, "");
}

static void some_are_told_of_by_name(void **state)
{
	struct telemetry_unknown labels[] = { { .label = "fe4_999", .queries = 5 }, { .label = "", .queries = 2 } };
	struct telemetry_zone zones[] = { { "b5p.us", 70, 1.4 }, { "kites.test", 3, 1.5 } };
	struct telemetry_sessions versions[] = { { .version = "1.5.2", .sessions = 9 }, { .version = "", .sessions = 1 } };
	const struct today t = { labels, zones, versions, 2, 2, 2 };
	(void)state;
	is_printed(&t, "label fe4_999: nobody defined it; 5 queries today\n"
		"label (others): nobody defined it; 2 queries today\n"
		"zone b5p.us: about 1 network asked for its pools; 70 queries today\n"
		"zone kites.test: about 2 networks asked for its pools; 3 queries today\n"
		"sessions: 1.5.2 9,  1\n");
}

static void of_many_ten_are_told_and_the_others_counted(void **state)
{
	struct telemetry_unknown labels[12];
	struct telemetry_zone zones[12];
	struct telemetry_sessions versions[12];
	struct today t = { labels, zones, versions, 10, 10, 10 };
	char *text = NULL;
	size_t size;
	(void)state;
	for (int i = 0; i < 12; i++) {
		labels[i] = (struct telemetry_unknown){ .label = "x" };
		zones[i] = (struct telemetry_zone){ "y", 2, 2 };
		versions[i] = (struct telemetry_sessions){ .version = "z" };
	}
	for (size_t more = 0; more < 3; more++) {
		t.labels = t.zones = t.versions = 10 + more;
		FILE *out = open_memstream(&text, &size);
		int lines = 0, commas = 0;
		today_print(out, &t);
		fclose(out);
		for (const char *at = text; *at != '\0'; at++) {
			lines += *at == '\n';
			commas += *at == ',';
		}
		assert_int_equal(lines, more == 0 ? 21 : 23);
		assert_int_equal(commas, more == 0 ? 9 : 10);
		char wanted[3][64];
		snprintf(wanted[0], sizeof wanted[0], "%zu more labels", more);
		snprintf(wanted[1], sizeof wanted[1], "%zu more zones", more);
		snprintf(wanted[2], sizeof wanted[2], ", and of %zu more versions\n", more);
		for (int i = 0; i < 3 && more > 0; i++)
			assert_says(text, wanted[i]);
		free(text);
	}
}

/* Scripts get all of them. */
static void json_holds_all(void **state)
{
	struct telemetry_unknown labels[12];
	struct telemetry_zone zone = { "b5p.us", 70, 2.5 };
	const struct today t = { .label = labels, .zone = &zone, .labels = 12, .zones = 1 };
	json_t *json = json_object();
	(void)state;
	for (int i = 0; i < 12; i++)
		labels[i] = (struct telemetry_unknown){ .label = "x", .queries = i, .last = 7 };
	today_json(&t, json);
	assert_int_equal(json_array_size(json_object_get(json, "undefined_labels")), 12);
	const json_t *last = json_array_get(json_object_get(json, "undefined_labels"), 11);
	assert_int_equal(json_integer_value(json_object_get(last, "queries")), 11);
	assert_int_equal(json_integer_value(json_object_get(last, "last")), 7);
	const json_t *asked = json_array_get(json_object_get(json, "zones_asked"), 0);
	assert_int_equal(json_integer_value(json_object_get(asked, "networks")), 3);
	assert_true(json_is_array(json_object_get(json, "sessions")));
	json_decref(json);
}

/* The newest day's sessions, though only some relays have said theirs; what was before yesterday is nobody's. */
static void the_newest_days_sessions_are_found(void **state)
{
	struct telemetry *file;
	struct today t;
	char name[80];
	int64_t today = telemetry_today();
	(void)state;
	assert_done(today_find(&c, &t, &e), &e);
	assert_true(t.labels == 0 && t.zones == 0 && t.versions == 0);
	FILE *registry = fopen(path, "w");
	assert_non_null(registry);
	fclose(registry);
	snprintf(name, sizeof name, "%s/mine", dir);
	assert_done(telemetry_open(name, path, 1000, &file, &e), &e);
	assert_done(telemetry_begin(file, &e), &e);
	const struct telemetry_sessions old[] = { { "0.9", today - 2, 50 } }, before[] = { { "1.0", today - 1, 40 } },
		first[] = { { "1.5", today, 3 }, { "1.4", today, 8 }, { "1.6", today, 3 } }, second[] = { { "1.6", today, 1 } };
	assert_done(telemetry_put_sessions(file, "r1", today - 2, old, 1, &e), &e);
	assert_done(telemetry_put_sessions(file, "r1", today - 1, before, 1, &e), &e);
	const struct telemetry_unknown label = { .node = "n", .label = "fe4_999", .day = today, .queries = 4, .last = 9 },
		late = { .node = "n", .label = "fe4_998", .day = today - 1, .queries = 400, .last = 9 };
	assert_done(telemetry_add_unknown(file, &label, &e), &e);
	assert_done(telemetry_add_unknown(file, &late, &e), &e);
	assert_done(telemetry_commit(file, &e), &e);
	c.options[0] = (struct given_option){ .name = "telemetry", .value = name };
	c.option_count = 1;
	assert_done(today_find(&c, &t, &e), &e);
	assert_int_equal(t.versions, 1);
	assert_string_equal(t.version[0].version, "1.0");
	assert_int_equal(t.labels, 1);
	assert_string_equal(t.label[0].label, "fe4_999");
	assert_done(telemetry_begin(file, &e), &e);
	assert_done(telemetry_put_sessions(file, "r1", today, first, 3, &e), &e);
	assert_done(telemetry_put_sessions(file, "r2", today, second, 1, &e), &e);
	assert_done(telemetry_commit(file, &e), &e);
	telemetry_close(file);
	assert_done(today_find(&c, &t, &e), &e);
	is_printed(&(struct today){ .version = t.version, .versions = t.versions }, "sessions: 1.4 8, 1.6 4, 1.5 3\n");
}

static void trouble_is_a_note_and_an_odd_option_is_refused(void **state)
{
	struct today t;
	char name[80];
	(void)state;
	snprintf(name, sizeof name, "%s/nowhere", dir);
	c.options[0] = (struct given_option){ .name = "telemetry", .value = name };
	c.option_count = 1;
	assert_done(today_find(&c, &t, &e), &e);
	assert_true(t.labels == 0 && t.zones == 0 && t.versions == 0);
	c.options[1] = (struct given_option){ .name = "wieght", .value = "7" };
	c.option_count = 2;
	static const struct verb verb = { .noun = "status", .name = "" };
	c.verb = &verb;
	assert_outcome(today_find(&c, &t, &e), REFUSED, &e);
	assert_says(e.text, "wieght");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(a_day_without_clients_is_not_told_of),
		cmocka_unit_test(some_are_told_of_by_name), cmocka_unit_test(of_many_ten_are_told_and_the_others_counted),
		cmocka_unit_test(json_holds_all),
		cmocka_unit_test_setup_teardown(the_newest_days_sessions_are_found, begin, end),
		cmocka_unit_test_setup_teardown(trouble_is_a_note_and_an_odd_option_is_refused, begin, end) };
	return cmocka_run_group_tests_name("tools/watch/today", tests, NULL, NULL);
}
