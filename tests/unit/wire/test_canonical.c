/* SPDX-License-Identifier: BSD-2-Clause */
/* Canonical order and form (RFC 4034 section 6), type bitmaps (section 4.1.2). */
#include "wire/canonical.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/check.h"

static size_t key_of(const char *text, uint8_t *key)
{
	struct name name;
	assert_outcome(name_read(text, &name, NULL), DONE, &(struct error){ "" });
	return canonical_key(&name, key);
}

/* The order of RFC 4034 section 6.1's own example, and names that differ in odd octets. */
static void test_order_of_names(void **state)
{
	static const char *const names[] = { ".", "example", "a.example", "yljkjljk.a.example", "z.a.example",
		"zabc.a.example", "z.example", "\\000.z.example", "\\000\\000.z.example", "\\000\\001.z.example",
		"\\001.z.example", "\\001\\000.z.example", "\\002.z.example", "*.z.example", "\\200.z.example",
		"examplf" };
	uint8_t a[CANONICAL_MOST], b[CANONICAL_MOST];
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
			size_t a_size = key_of(names[i], a), b_size = key_of(names[k], b);
			int order = canonical_compare(a, a_size, b, b_size), wanted = (i > k) - (i < k);
			if ((order > 0) - (order < 0) != wanted)
				fail_msg("%s and %s: %d", names[i], names[k], order);
		}
}

static void test_name_and_back(void **state)
{
	static const char *const names[] = { ".", "x", "a.b.c", "\\000\\001\\002.\\255\\001.z" };
	uint8_t key[CANONICAL_MOST];
	char text[NAME_TEXT];
	struct name name;
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		canonical_name(key, key_of(names[i], key), &name);
		name_write(name.wire, text);
		assert_string_equal(text, names[i]);
	}
}

static void test_parent(void **state)
{
	uint8_t key[CANONICAL_MOST], above[CANONICAL_MOST];
	(void)state;
	size_t size = canonical_parent(key, key_of("a\\000.b.c", key));
	assert_int_equal(size, key_of("b.c", above));
	assert_memory_equal(key, above, size);
	size = canonical_parent(key, key_of("c", key));
	assert_int_equal(size, 0);
}

static void test_the_longest_name(void **state)
{
	uint8_t key[CANONICAL_MOST];
	struct name name = { .size = NAME_WIRE }, back;
	(void)state;
	for (size_t at = 0; at < NAME_WIRE - 1; at += 2)
		name.wire[at] = 1; /* 127 labels of an octet 0 */
	assert_true(canonical_key(&name, key) <= CANONICAL_MOST);
	canonical_name(key, canonical_key(&name, key), &back);
	assert_int_equal(back.size, NAME_WIRE);
	assert_memory_equal(back.wire, name.wire, NAME_WIRE);
}

static void test_sorted_rdatas(void **state)
{
	static const uint8_t from[] = { 0, 2, 9, 9, 0, 1, 9, 0, 0, 0, 2, 1, 200, 0, 1, 9 };
	static const uint8_t to[] = { 0, 0, 0, 2, 1, 200, 0, 1, 9, 0, 2, 9, 9 };
	size_t size;
	(void)state;
	uint8_t *sorted = rdatas_sort((struct rdatas){ from, sizeof from }, &size);
	assert_int_equal(size, sizeof to);
	assert_memory_equal(sorted, to, size);
	free(sorted);
	sorted = rdatas_sort((struct rdatas){ NULL, 0 }, &size);
	assert_non_null(sorted);
	assert_int_equal(size, 0);
	free(sorted);
}

/* RFC 4034 section 4.3's example: A MX RRSIG NSEC TYPE1234. */
static void test_bitmap(void **state)
{
	static const uint16_t types[] = { 1, 15, 46, 47, 1234 };
	static const uint8_t wanted[8 + 2 + 27] = { 0, 6, 0x40, 1, 0, 0, 0, 3, 4, 27, [36] = 0x20 };
	uint8_t bitmap[BITMAP_MOST];
	(void)state;
	assert_int_equal(type_bitmap(types, 5, bitmap), sizeof wanted);
	assert_memory_equal(bitmap, wanted, sizeof wanted);
	static const uint16_t last[] = { 255, 65535 };
	assert_int_equal(type_bitmap(last, 2, bitmap), 2 * 34);
	assert_int_equal(bitmap[33], 1);
	assert_int_equal(bitmap[67], 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_of_names), cmocka_unit_test(test_name_and_back),
		cmocka_unit_test(test_parent), cmocka_unit_test(test_the_longest_name),
		cmocka_unit_test(test_sorted_rdatas), cmocka_unit_test(test_bitmap),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
