/* SPDX-License-Identifier: BSD-2-Clause */
/* Text that grows, and words and lists in text. */
#include "lib/text.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/check.h"

static void grows(void **state)
{
	struct text t = { 0 };
	(void)state;
	for (int i = 0; i < 1000; i++)
		text_addf(&t, "%03d", i);
	text_add(&t, "");
	text_add_part(&t, "xyz", 2);
	assert_false(t.broken);
	assert_int_equal(t.length, 3002);
	assert_int_equal(strlen(t.bytes), 3002);
	assert_memory_equal(t.bytes + 2997, "999xy", 5);
	text_free(&t);
	assert_null(t.bytes);
	text_add(&t, "");
	assert_string_equal(t.bytes, "");
	text_free(&t);
}

static void words(void **state)
{
	const char *rest = " ,one, two,,three ", *word;
	static const char *const wanted[] = { "one", "two", "three" };
	size_t length, count = 0;
	(void)state;
	while ((word = text_word(&rest, ", ", &length)) != NULL) {
		assert_in_range(count, 0, 2);
		assert_int_equal(length, strlen(wanted[count]));
		assert_memory_equal(word, wanted[count++], length);
	}
	assert_int_equal(count, 3);
}

static void numbers(void **state)
{
	static const char *const bad[] = { "", "-", "--1", "+1", " 1", "1 ", "1x", "0x1", "1.0", "99999999999999999999",
		"-99999999999999999999", "101", "-101" };
	int64_t n = 7;
	(void)state;
	assert_true(text_number("0", 0, 0, &n) && n == 0);
	assert_true(text_number("-100", -100, 100, &n) && n == -100);
	assert_true(text_number("007", -100, 100, &n) && n == 7);
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		if (text_number(bad[i], -100, 100, &n))
			fail_msg("'%s' was read", bad[i]);
	assert_int_equal(n, 7);
	assert_true(text_number("9223372036854775807", 0, INT64_MAX, &n));
	assert_true(n == INT64_MAX);
	assert_false(text_number("9223372036854775808", 0, INT64_MAX, &n));
}

static void hexadecimal(void **state)
{
	char hex[9];
	uint8_t bytes[4];
	(void)state;
	hex_write("\x00\x7f\x80\xff", 4, hex);
	assert_string_equal(hex, "007f80ff");
	assert_true(hex_read("007F80ff", 8, bytes, 4));
	assert_memory_equal(bytes, "\x00\x7f\x80\xff", 4);
	assert_false(hex_read("007f80f", 7, bytes, 4));
	assert_false(hex_read("007f80fff", 9, bytes, 4));
	assert_false(hex_read("007f80fg", 8, bytes, 4));
	assert_false(hex_read("007f80f ", 8, bytes, 4));
}

/* RFC 4648 section 10. */
static void base64(void **state)
{
	static const char *const vectors[][2] = { { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" } };
	static const char *const bad[] = { "Z", "Zg", "Zg=", "Zg===", "=Zg=", "Z===", "====", "Zg==Zg==", "Zm9 ",
		"Zm9v\n", "Zm-_", "Zm=v" };
	char bytes[16];
	(void)state;
	for (size_t i = 0; i < COUNT_OF(vectors); i++) {
		struct text t = { 0 };
		const char *plain = vectors[i][0], *coded = vectors[i][1];
		text_add(&t, "");
		base64_write(plain, strlen(plain), &t);
		assert_string_equal(t.bytes, coded);
		text_free(&t);
		assert_int_equal(base64_read(coded, strlen(coded), bytes, sizeof bytes), strlen(plain));
		assert_memory_equal(bytes, plain, strlen(plain));
		if (*plain != '\0')
			assert_int_equal(base64_read(coded, strlen(coded), bytes, strlen(plain) - 1), -1);
	}
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		if (base64_read(bad[i], strlen(bad[i]), bytes, sizeof bytes) != -1)
			fail_msg("'%s' was read", bad[i]);
}

static void ascii_only(void **state)
{
	(void)state;
	assert_int_equal(ascii_lower('Z'), 'z');
	assert_int_equal(ascii_lower('['), '[');
	assert_int_equal(ascii_lower((char)0xc4), (char)0xc4);
	assert_false(ascii_letter((char)0xe4));
	assert_false(ascii_letter('@'));
	assert_int_equal(ascii_hex('F'), 15);
	assert_int_equal(ascii_hex('g'), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(grows), cmocka_unit_test(words),
		cmocka_unit_test(numbers), cmocka_unit_test(hexadecimal), cmocka_unit_test(base64),
		cmocka_unit_test(ascii_only) };
	return cmocka_run_group_tests_name("lib/text", tests, NULL, NULL);
}
