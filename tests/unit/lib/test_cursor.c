/* SPDX-License-Identifier: BSD-2-Clause */
/* Octets read and written up to the end, and never beyond it. */
#include "lib/cursor.h"

#include "tests/unit/check.h"

static void writes_and_reads_network_order(void **state)
{
	uint8_t bytes[10];
	(void)state;
	struct cursor w = cursor_over(bytes, sizeof bytes);
	cursor_put_u8(&w, 0xfe);
	cursor_put_u16(&w, 0x1234);
	cursor_put_u32(&w, 0xdeadbeef);
	cursor_put(&w, "abc", 3);
	assert_false(w.broken);
	assert_int_equal(cursor_left(&w), 0);
	assert_int_equal(cursor_done(&w), 10);
	assert_memory_equal(bytes, "\xfe\x12\x34\xde\xad\xbe\xef" "abc", 10);
	struct cursor r = cursor_reading(bytes, sizeof bytes);
	assert_int_equal(cursor_u8(&r), 0xfe);
	assert_int_equal(cursor_u16(&r), 0x1234);
	assert_int_equal(cursor_u32(&r), 0xdeadbeef);
	assert_memory_equal(cursor_skip(&r, 3), "abc", 3);
	assert_non_null(cursor_skip(&r, 0));
	assert_false(r.broken);
}

static void one_octet_short_breaks_for_good(void **state)
{
	uint8_t bytes[3] = { 1, 2, 3 };
	(void)state;
	struct cursor r = cursor_reading(bytes, sizeof bytes);
	assert_int_equal(cursor_u32(&r), 0);
	assert_true(r.broken);
	assert_int_equal(cursor_u8(&r), 0);
	assert_int_equal(cursor_left(&r), 0);
	assert_null(cursor_skip(&r, 0));
	struct cursor w = cursor_over(bytes, sizeof bytes);
	cursor_put_u32(&w, 0xffffffff);
	cursor_put_u8(&w, 9);
	assert_true(w.broken);
	assert_memory_equal(bytes, "\1\2\3", 3);
	struct cursor huge = cursor_over(bytes, sizeof bytes);
	assert_null(cursor_skip(&huge, SIZE_MAX));
	assert_true(huge.broken);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(writes_and_reads_network_order),
		cmocka_unit_test(one_octet_short_breaks_for_good) };
	return cmocka_run_group_tests_name("lib/cursor", tests, NULL, NULL);
}
