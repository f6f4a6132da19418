/* SPDX-License-Identifier: BSD-2-Clause */
/* Types by their mnemonics and numbers, and which of them records of a zone can have. */
#include "wire/type.h"

#include <string.h>

#include "tests/unit/check.h"

static void mnemonics_are_read_in_any_case(void **state)
{
	static const struct {
		const char *text;
		uint16_t type;
	} rows[] = {
		{ "A", 1 }, { "aaaa", 28 }, { "Https", 65 }, { "CAA", 257 }, { "TYPE1", 1 }, { "type65535", 65535 }, { "TYPE65280", 65280 },
		{ "", 0 }, { "AA", 0 }, { "TYPE", 0 }, { "TYPE0", 0 }, { "TYPE65536", 0 }, { "TYPE-1", 0 }, { "TYPE1 ", 0 }, { "A ", 0 },
		{ "IN", 0 }, { "TYPE99999999999999999999", 0 },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (type_read(rows[i].text) != rows[i].type)
			fail_msg("'%s': %u", rows[i].text, type_read(rows[i].text));
}

static void what_is_written_is_read_back(void **state)
{
	char text[TYPE_TEXT];
	(void)state;
	for (unsigned type = 1; type <= UINT16_MAX; type++) {
		memset(text, 'x', sizeof text);
		type_write((uint16_t)type, text);
		assert_non_null(memchr(text, '\0', sizeof text));
		if (type_read(text) != type)
			fail_msg("%u is %s", type, text);
	}
	type_write(TYPE_NSEC3PARAM, text);
	assert_string_equal(text, "NSEC3PARAM");
	type_write(4711, text);
	assert_string_equal(text, "TYPE4711");
}

/* RFC 6895 section 3.1: OPT, and 249 to 255, are of messages and questions alone. */
static void types_of_messages_are_none_of_data(void **state)
{
	(void)state;
	for (unsigned type = 0; type <= UINT16_MAX; type++)
		assert_int_equal(type_of_data((uint16_t)type), type != 0 && type != 41 && (type < 249 || type > 255));
}

static void what_signing_makes(void **state)
{
	(void)state;
	for (unsigned type = 0; type <= 100; type++) {
		bool anywhere = (type >= 46 && type <= 48) || type == 50 || type == 51;
		assert_int_equal(type_of_signing((uint16_t)type, false), anywhere);
		assert_int_equal(type_of_signing((uint16_t)type, true), anywhere || type == 59 || type == 60);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mnemonics_are_read_in_any_case),
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(types_of_messages_are_none_of_data),
		cmocka_unit_test(what_signing_makes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
