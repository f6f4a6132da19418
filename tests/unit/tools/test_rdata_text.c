/* SPDX-License-Identifier: BSD-2-Clause */
/* RDATA of each type written as text. */
#include "tools/rdata_text.h"

#include <string.h>

#include "tests/unit/check.h"
#include "wire/rdata.h"

struct written {
	uint16_t type;
	const char *rdata;
	size_t size;
	const char *text;
};

#define RDATA(octets) octets, sizeof octets - 1

static void rdata_is_written(void **state)
{
	(void)state;
	static const struct written cases[] = {
		{ 1, RDATA("\xc0\x00\x02\x01"), "192.0.2.1" },
		{ 2, RDATA("\x03ns1\x03" "B5p\x02us\x00"), "ns1.B5p.us." },
		{ 15, RDATA("\x00\x0a\x01m\x00"), "10 m." },
		{ 16, RDATA("\x03" "a\"\\\x00"), "\"a\\\"\\\\\" \"\"" },
		{ 28, RDATA("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"), "2001:db8::1" },
		{ 65280, RDATA("\x01\xff"), "\\# 2 01ff" },
		{ 65280, RDATA(""), "\\# 0" },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct text out = { 0 };
		rdata_write(cases[i].type, (struct blob){ cases[i].rdata, cases[i].size }, &out);
		assert_string_equal(out.bytes, cases[i].text);
		assert_true(rdata_whole(cases[i].type, (struct blob){ cases[i].rdata, cases[i].size }));
		text_free(&out);
	}
}

/* What is not of the type's form is written as octets: nothing is lost, and nothing is read beyond. */
static void what_is_not_of_its_type_is_octets(void **state)
{
	(void)state;
	static const struct written cases[] = {
		{ 1, RDATA("\xc0\x00\x02"), "\\# 3 c00002" },
		{ 1, RDATA("\xc0\x00\x02\x01\x05"), "\\# 5 c000020105" },
		{ 2, RDATA("\x03ns1"), "\\# 4 036e7331" },
		{ 2, RDATA("\xc0\x00"), "\\# 2 c000" },
		{ 15, RDATA("\x00"), "\\# 1 00" },
		{ 16, RDATA("\x05" "a"), "\\# 2 0561" },
		{ 2, RDATA("\x01" "a\xc0\x00"), "\\# 4 0161c000" }, /* compressed: ldns would follow it */
		{ 33, RDATA("\0\1\0\2\0\3\xc0\x00"), "\\# 8 000100020003c000" },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct text out = { 0 };
		rdata_write(cases[i].type, (struct blob){ cases[i].rdata, cases[i].size }, &out);
		assert_string_equal(out.bytes, cases[i].text);
		assert_false(rdata_whole(cases[i].type, (struct blob){ cases[i].rdata, cases[i].size }));
		text_free(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(rdata_is_written),
		cmocka_unit_test(what_is_not_of_its_type_is_octets) };
	return cmocka_run_group_tests_name("tools/rdata_text", tests, NULL, NULL);
}
