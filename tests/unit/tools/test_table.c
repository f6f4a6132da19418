/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows as tables, as lines and as JSON; dates and counts in words. */
#include "tools/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/check.h"

static struct command c;
static struct error e;
static char *out, dir[32], path[64];
static size_t size;

static int begin(void **state)
{
	(void)state;
	c = (struct command){ .out = open_memstream(&out, &size) };
	return c.out == NULL ? -1 : 0;
}

static int end(void **state)
{
	(void)state;
	fclose(c.out);
	free(out);
	out = NULL;
	arena_free(&c.arena);
	return 0;
}

/* What was printed so far, once. */
static void is_printed(const char *wanted)
{
	fflush(c.out);
	assert_string_equal(out, wanted);
	rewind(c.out);
	memset(out, 0, size);
}

static void print(struct table_print *t, const char *const *cells)
{
	for (; *cells != NULL; cells++)
		table_cell(t, *cells);
	table_end(&c, t);
}

static void columns_are_as_wide_as_their_widest_cell(void **state)
{
	struct table_print t = { .heads = { "a", "long head", "z" }, .columns = 3 };
	(void)state;
	print(&t, (const char *const[]){ "1", "2", "3", "wider", "", "no spaces behind", NULL });
	is_printed("a      long head  z\n"
		"1      2          3\n"
		"wider             no spaces behind\n");
	assert_null(t.cells.bytes);
}

static void a_table_may_have_no_rows_or_one_column(void **state)
{
	struct table_print t = { .heads = { "name", "state" }, .columns = 2 };
	struct table_print one = { .heads = { "name" }, .columns = 1 };
	(void)state;
	print(&t, (const char *const[]){ NULL });
	is_printed("name  state\n");
	print(&one, (const char *const[]){ "a", "", "%s", NULL });
	is_printed("name\na\n\n%s\n");
}

static const struct relay row = { .name = "r1", .addresses = "192.0.2.1 2001:db8::1", .note = "say \"hi\"\\", .port = 443,
	.state = RELAY_SERVICE, .tls = 24, .weight = 7, .allow_private = 1, .token = { "secret", 6 } };

/* Secrets are in none of them. */
static void a_row_is_lines(void **state)
{
	struct relay bare = { .name = "r2", .addresses = "", .note = "" };
	(void)state;
	assert_done(print_row(&c, &relay_kind, &row), &e);
	is_printed("name: r1\naddresses: 192.0.2.1 2001:db8::1\nport: 443\nstate: service\ntls: 1.2-1.3\nweight: 7\n"
		"allow_private: yes\nsince: never\nnote: say \"hi\"\\\n");
	assert_done(print_row(&c, &relay_kind, &bare), &e);
	fflush(c.out);
	assert_says(out, "addresses: -\n");
	assert_says(out, "tls: none\n");
	assert_says(out, "note: -\n");
}

static void a_row_is_json_of_its_kinds(void **state)
{
	struct relay other = row;
	json_t *json = row_json(&relay_kind, &row);
	(void)state;
	assert_int_equal(json_object_size(json), relay_kind.count - 1);
	assert_null(json_object_get(json, "token"));
	assert_int_equal(json_array_size(json_object_get(json, "addresses")), 2);
	assert_string_equal(json_string_value(json_array_get(json_object_get(json, "addresses"), 1)), "2001:db8::1");
	assert_int_equal(json_integer_value(json_object_get(json, "weight")), 7);
	assert_true(json_is_true(json_object_get(json, "allow_private")));
	assert_true(json_is_null(json_object_get(json, "since")));
	assert_string_equal(json_string_value(json_object_get(json, "note")), "say \"hi\"\\");
	assert_string_equal(json_string_value(json_object_get(json, "state")), "service");
	json_decref(json);
	other.addresses = other.note = "";
	other.since = 86400;
	other.allow_private = 0;
	json = row_json(&relay_kind, &other);
	assert_true(json_is_array(json_object_get(json, "addresses")));
	assert_int_equal(json_array_size(json_object_get(json, "addresses")), 0);
	assert_string_equal(json_string_value(json_object_get(json, "note")), "");
	assert_string_equal(json_string_value(json_object_get(json, "since")), "1970-01-02T00:00:00Z");
	assert_true(json_is_false(json_object_get(json, "allow_private")));
	c.json = true;
	assert_done(print_row(&c, &relay_kind, &other), &e);
	fflush(c.out);
	json_t *printed = json_loads(out, 0, NULL);
	assert_int_equal(json_equal(json, printed), 1);
	assert_int_equal(out[size - 1], '\n');
	json_decref(printed);
	json_decref(json);
}

static void rows_are_listed_without_details(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/windsock-XXXXXX");
	snprintf(path, sizeof path, "%s/registry", mkdtemp(dir) == NULL ? "" : dir);
	assert_done(registry_open(path, REGISTRY_CREATE, &c.registry, &e), &e);
	assert_done(print_rows(&c, &relay_kind, NULL, &e), &e);
	is_printed("name  addresses  port  state  tls  weight\n");
	c.json = true;
	assert_done(print_rows(&c, &relay_kind, NULL, &e), &e);
	is_printed("[]\n");
	struct relay bare = { .name = "r2", .addresses = "", .note = "", .port = 1 };
	assert_done(registry_begin(c.registry, &e), &e);
	assert_done(registry_add(c.registry, &relay_kind, &bare, &e), &e);
	assert_done(registry_add(c.registry, &relay_kind, &row, &e), &e);
	assert_done(print_rows(&c, &relay_kind, NULL, &e), &e);
	fflush(c.out);
	json_t *list = json_loads(out, 0, NULL);
	assert_int_equal(json_array_size(list), 2);
	assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "note")), row.note);
	json_decref(list);
	rewind(c.out);
	memset(out, 0, size);
	c.json = false;
	assert_done(print_rows(&c, &relay_kind, NULL, &e), &e);
	is_printed("name  addresses              port  state    tls      weight\n"
		"r1    192.0.2.1 2001:db8::1  443   service  1.2-1.3  7\n"
		"r2    -                      1     invited  none     0\n");
	registry_rollback(c.registry);
	registry_close(c.registry);
	char command[64];
	snprintf(command, sizeof command, "rm -rf %s", dir);
	assert_int_equal(system(command), 0);
}

static void dates_and_counts_are_words(void **state)
{
	(void)state;
	assert_string_equal(date_text(&c, 0), "1970-01-01T00:00:00Z");
	assert_string_equal(date_text(&c, 1804075200), "2027-03-03T12:00:00Z");
	assert_string_equal(date_text(&c, -1), "1969-12-31T23:59:59Z");
	assert_string_equal(date_text(&c, INT64_MAX), "?");
	assert_string_equal(counted(&c, 0, "zone"), "0 zones");
	assert_string_equal(counted(&c, 1, "zone"), "1 zone");
	assert_string_equal(counted(&c, 2, "zone"), "2 zones");
	assert_string_equal(counted(&c, INT64_MAX, "zone"), "9223372036854775807 zones");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test_setup_teardown(columns_are_as_wide_as_their_widest_cell, begin, end),
		cmocka_unit_test_setup_teardown(a_table_may_have_no_rows_or_one_column, begin, end),
		cmocka_unit_test_setup_teardown(a_row_is_lines, begin, end),
		cmocka_unit_test_setup_teardown(a_row_is_json_of_its_kinds, begin, end),
		cmocka_unit_test_setup_teardown(rows_are_listed_without_details, begin, end),
		cmocka_unit_test_setup_teardown(dates_and_counts_are_words, begin, end) };
	return cmocka_run_group_tests_name("tools/table", tests, NULL, NULL);
}
