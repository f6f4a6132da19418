/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets of pings, read and written. */
#include "lib/pings.h"

#include <string.h>

#include "model/model.h"
#include "tests/unit/check.h"

/* The forms stand as the releases' do, and each is named the same. */
static void forms_are_those_of_releases(void **state)
{
	const struct field *f = kind_field(&release_kind, "ping", 4);
	(void)state;
	for (int form = 0; form < PING_FORMS; form++)
		assert_string_equal(ping_name(form), f->choices[form]);
	assert_null(f->choices[PING_FORMS]);
}

static void sets_go_out_and_in(void **state)
{
	char words[PINGS_TEXT];
	(void)state;
	for (unsigned set = 0; set < 1u << PING_FORMS; set++) {
		pings_write((ping_set)set, words);
		assert_true(strlen(words) < sizeof words);
		assert_int_equal(pings_read(words), set);
	}
	assert_string_equal(words, "ping-1.0 head-1.0 head-ping-1.1 get-ping-1.1 get-ping-1.0");
}

static void others_are_passed_over(void **state)
{
	(void)state;
	assert_int_equal(pings_read("ping-2.0  head-1.0 head-1 x"), 2);
	assert_int_equal(pings_read(""), 0);
	assert_int_equal(pings_read(NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(forms_are_those_of_releases),
		cmocka_unit_test(sets_go_out_and_in), cmocka_unit_test(others_are_passed_over) };
	return cmocka_run_group_tests_name("lib/pings", tests, NULL, NULL);
}
