/* SPDX-License-Identifier: BSD-2-Clause */
/* Substitution expressions (RFC 3402 section 3.2): which are such, and which BIND would refuse a zone for. */
#include "wire/naptr.h"

#include <string.h>

#include "tests/unit/check.h"

struct row {
	const char *text;
	bool good;
};

static void judge(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (naptr_expression(rows[i].text, strlen(rows[i].text)) != rows[i].good)
			fail_msg("%s is %s", rows[i].text, rows[i].good ? "refused" : "taken");
}

static void delimiters(void **state)
{
	static const struct row rows[] = {
		{ "", true }, { "!a!b!", true }, { "!a!b!i", true }, { "!a!b!ii", true }, { "/a/b/", true }, { "0a0b0", true },
		{ "!a!b", false }, { "!a", false }, { "!", false }, { "!!b!", false }, { "!a!!", true }, { "!a!b!x", false },
		{ "!a!b!!", false }, { "1a1b1", false }, { "9a9b9", false }, { "iaibi", false }, { "\\a\\b\\", false },
		{ "!a\\!b!c!", true }, { "!a!b\\!", false },
	};
	(void)state;
	judge(rows, COUNT_OF(rows));
}

static void regular_expressions(void **state)
{
	static const struct row rows[] = {
		{ "!^.*$!sip:x@y!", true }, { "!a|b!c!", true }, { "!a|!c!", false }, { "!|a!c!", false }, { "!a||b!c!", false },
		{ "!(a)!c!", true }, { "!()!c!", true }, { "!(a!c!", false }, { "!a)!c!", true }, { "!(a|b)*!c!", true },
		{ "!*!c!", false }, { "!a**!c!", false }, { "!a+!c!", true }, { "!a?!c!", true }, { "!^*!c!", false }, { "!$+!c!", false },
		{ "!a{2}!c!", true }, { "!a{2,}!c!", true }, { "!a{2,3}!c!", true }, { "!a{3,2}!c!", false }, { "!a{256}!c!", false },
		{ "!a{255}!c!", true }, { "!a{2!c!", false }, { "!a{x!c!", true }, { "!{2}!c!", false },
		{ "![a]!c!", true }, { "![]a]!c!", true }, { "![^]a]!c!", true }, { "![a!c!", false }, { "![b-a]!c!", false },
		{ "![a-b]!c!", true }, { "![a-]!c!", true }, { "![[:alpha:]]!c!", true }, { "![[:alpa:]]!c!", false },
		{ "![[=a=]]!c!", true }, { "![[.a.]]!c!", true }, { "![[::]]!c!", false }, { "![[:alpha]!c!", false },
		{ "!\\0!c!", false }, { "!\\1!c!", false }, { "!(a)\\1!c!", true }, { "!(a)\\2!c!", false }, { "!\\.!c!", true },
	};
	(void)state;
	judge(rows, COUNT_OF(rows));
}

static void replacements_refer_to_groups(void **state)
{
	static const struct row rows[] = {
		{ "!(a)!\\1!", true }, { "!(a)!\\2!", false }, { "!(a)(b)!\\2\\1!", true }, { "!a!\\1!", false }, { "!(a)!\\0!", false },
		{ "!a!\\\\!", true }, { "!a!x\\x!", true },
	};
	(void)state;
	judge(rows, COUNT_OF(rows));
}

static void lengths(void **state)
{
	char text[300];
	(void)state;
	memset(text, 'a', sizeof text);
	text[0] = text[100] = '!';
	text[254] = '!';
	assert_true(naptr_expression(text, 255));
	text[254] = 'a';
	text[255] = '!';
	assert_false(naptr_expression(text, 256));
	assert_false(naptr_expression("!a\0!b!", 6));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(delimiters),
		cmocka_unit_test(regular_expressions),
		cmocka_unit_test(replacements_refer_to_groups),
		cmocka_unit_test(lengths),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
