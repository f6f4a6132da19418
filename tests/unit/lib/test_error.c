/* SPDX-License-Identifier: BSD-2-Clause */
/* The line of an error, within its room. */
#include "lib/error.h"

#include <string.h>

#include "tests/unit/check.h"

static void returns_what_it_was_given(void **state)
{
	struct error e;
	(void)state;
	assert_int_equal(fail(&e, REFUSED, "%s %d", "x", 7), REFUSED);
	assert_string_equal(e.text, "x 7");
	assert_int_equal(fail(NULL, FAILED, "x"), FAILED);
	assert_int_equal(fail_within(&e, ABSENT, "file %d", 3), ABSENT);
	assert_string_equal(e.text, "file 3: x 7");
	assert_int_equal(fail_within(NULL, ABSENT, "x"), ABSENT);
}

static void disarms_control_bytes(void **state)
{
	struct error e;
	(void)state;
	fail(&e, REFUSED, "'%s'", "a\n\x1b[2J\x7f");
	assert_string_equal(e.text, "'a??[2J?'");
}

static void cuts_what_is_too_long(void **state)
{
	char longer[2 * ERROR_TEXT];
	struct error e;
	(void)state;
	memset(longer, 'x', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	fail(&e, REFUSED, "%s", longer);
	assert_int_equal(strlen(e.text), ERROR_TEXT - 1);
	fail_within(&e, REFUSED, "%s", longer);
	assert_in_range(strlen(e.text), ERROR_TEXT / 2, ERROR_TEXT - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(returns_what_it_was_given),
		cmocka_unit_test(disarms_control_bytes), cmocka_unit_test(cuts_what_is_too_long) };
	return cmocka_run_group_tests_name("lib/error", tests, NULL, NULL);
}
