/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows by their names, and values as a file says them. */
#include "lib/option_table.h"

#include <string.h>

#include "tests/unit/check.h"

struct config {
	const char *text;
	int64_t number, flag;
	struct networks networks;
};

static const struct option_row rows[] = {
	{ "text", OPTION_TEXT, offsetof(struct config, text), .live = true },
	{ "number", OPTION_NUMBER, offsetof(struct config, number), -9, 9, .live = true },
	{ "flag", OPTION_FLAG, offsetof(struct config, flag), .live = true },
	{ "networks", OPTION_NETWORKS, offsetof(struct config, networks), .live = true },
};
static const struct option_table table = { "windsock-test", "test", "A test.", rows, COUNT_OF(rows) };

static void rows_are_found_by_all_of_their_name(void **state)
{
	(void)state;
	assert_ptr_equal(option_find(&table, "number=7", 6), &rows[1]);
	assert_null(option_find(&table, "numbers", 7));
	assert_null(option_find(&table, "numb", 4));
	assert_null(option_find(&table, "", 0));
}

static void values_are_written_as_a_file_says_them(void **state)
{
	struct network networks[2];
	struct config config = { "some text", -7, 1, { networks, 2 } };
	struct text text = { 0 };
	(void)state;
	assert_true(network_read("192.0.2.7/24", 12, &networks[0]) && network_read("2001:DB8::/32", 13, &networks[1]));
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		option_write(&rows[i], &config, &text);
		text_add(&text, "|");
	}
	assert_string_equal(text.bytes, "some text|-7|yes|192.0.2.7/24 2001:db8::/32|");
	text_free(&text);
	config = (struct config){ "", 0, 0, { NULL, 0 } };
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		option_write(&rows[i], &config, &text);
	assert_string_equal(text.bytes, "0no");
	text_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(rows_are_found_by_all_of_their_name),
		cmocka_unit_test(values_are_written_as_a_file_says_them) };
	return cmocka_run_group_tests_name("lib/option_table", tests, NULL, NULL);
}
