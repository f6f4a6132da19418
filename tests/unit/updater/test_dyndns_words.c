/* SPDX-License-Identifier: BSD-2-Clause */
/* The words of dyndns2, and what clients would make of them. */
#include "updater/dyndns_words.h"

#include <string.h>

#include "tests/unit/check.h"

static void test_lines(void **state)
{
	struct text out = { 0 };
	(void)state;
	code_line(&out, CODE_GOOD, "192.0.2.7 2001:db8::7");
	code_line(&out, CODE_NOHOST, NULL);
	assert_string_equal(out.bytes, "good 192.0.2.7,2001:db8::7\nnohost\n");
	text_free(&out);
	/* inadyn takes any body with one of these in it for success */
	static const char *const success[] = { "OK", "good", "true", "updated", "nochg" };
	for (int code = CODE_BADAUTH; code < CODE_COUNT; code++)
		for (size_t i = 0; i < 5; i++)
			assert_null(strcasestr(code_words[code], success[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
