/* SPDX-License-Identifier: BSD-2-Clause */
/* ClientHellos of each version, with and without a server's name. */
#include "prober/hello.h"

#include <string.h>

#include "lib/cursor.h"
#include "tests/unit/check.h"

enum { SSL3, TLS12 = 3, TLS13 };
enum { SIGNALLING = 0x00ff };
static const uint8_t random_octets[HELLO_RANDOM] = { 1, 2, 3 };

static void hellos_are_well_formed(void **state)
{
	(void)state;
	for (int version = SSL3; version <= TLS13; version++)
		for (int named = 0; named < 2; named++) {
			uint8_t hello[HELLO_MOST];
			size_t length = hello_write(version, named ? "frontends.b5p.us" : "", random_octets, hello);
			struct cursor c = cursor_reading(hello, length);
			assert_int_equal(cursor_u8(&c), 22);
			assert_int_equal(cursor_u16(&c), version == SSL3 ? 0x0300 : 0x0301);
			assert_int_equal(cursor_u16(&c), length - 5);
			assert_int_equal(cursor_u32(&c), 0x01000000 + length - 9);
			assert_int_equal(cursor_u16(&c), version == TLS13 ? 0x0303 : 0x0300 + version);
			cursor_skip(&c, 32);
			assert_int_equal(cursor_u8(&c), version == TLS13 ? 32 : 0);
			cursor_skip(&c, version == TLS13 ? 32 : 0);
			cursor_skip(&c, cursor_u16(&c));
			assert_int_equal(cursor_u16(&c), 0x0100);
			size_t extensions = version == SSL3 ? 0 : cursor_u16(&c);
			assert_int_equal(extensions, cursor_left(&c));
			while (cursor_left(&c) > 0) {
				unsigned type = cursor_u16(&c), extension = cursor_u16(&c);
				assert_true(type != 0 || named);
				cursor_skip(&c, extension);
			}
			assert_false(c.broken);
			bool found = memmem(hello, length, "frontends.b5p.us", 16) != NULL;
			assert_int_equal(found, named && version != SSL3);
		}
}

static void the_longest_name_fits(void **state)
{
	char name[300];
	uint8_t hello[HELLO_MOST];
	(void)state;
	memset(name, 'a', sizeof name);
	name[200] = '\0';
	assert_true(hello_write(TLS13, name, random_octets, hello) > 300);
	memset(name, 'a', sizeof name);
	name[299] = '\0'; /* longer than any: left out */
	assert_true(hello_write(TLS13, name, random_octets, hello) < 300);
	assert_true(hello_write(TLS12, name, random_octets, hello) < 300);
}

/* What a server may choose is what was written, but for the suite that is a signal (RFC 5746 section 3.3). */
static void what_is_written_is_offered(void **state)
{
	(void)state;
	for (int version = SSL3; version <= TLS13; version++) {
		uint8_t hello[HELLO_MOST];
		struct cursor c = cursor_reading(hello, hello_write(version, "", random_octets, hello));
		cursor_skip(&c, 5 + 4 + 2 + 32);
		cursor_skip(&c, cursor_u8(&c));
		size_t count = cursor_u16(&c) / 2u, offered = 0;
		bool signals = false;
		for (size_t i = 0; i < count; i++) {
			uint16_t suite = cursor_u16(&c);
			signals |= suite == SIGNALLING;
			assert_int_equal(hello_offers(version, suite), suite != SIGNALLING);
		}
		for (unsigned suite = 0; suite <= 0xffff; suite++)
			offered += hello_offers(version, (uint16_t)suite);
		assert_false(c.broken);
		assert_int_equal(offered, count - signals);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(hellos_are_well_formed), cmocka_unit_test(the_longest_name_fits),
		cmocka_unit_test(what_is_written_is_offered) };
	return cmocka_run_group_tests_name("prober/hello", tests, NULL, NULL);
}
