/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory of an arena is apart, aligned, and grows. */
#include "lib/arena.h"

#include <stdalign.h>
#include <string.h>

#include "tests/unit/check.h"

static void pieces_are_apart_aligned_and_zero(void **state)
{
	struct arena arena = { 0 };
	unsigned char *pieces[500];
	(void)state;
	for (size_t i = 0; i < COUNT_OF(pieces); i++) {
		size_t size = i * 7 + 1;
		assert_non_null(arena_bytes(&arena, 1 + i % 3));
		pieces[i] = arena_take(&arena, size);
		assert_non_null(pieces[i]);
		assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t), 0);
		for (size_t j = 0; j < size; j++)
			assert_int_equal(pieces[i][j], 0);
		memset(pieces[i], (int)(i & 255), size);
	}
	for (size_t i = 0; i < COUNT_OF(pieces); i++)
		for (size_t j = 0; j < i * 7 + 1; j++)
			assert_int_equal(pieces[i][j], i & 255);
	arena_free(&arena);
	assert_int_equal(arena.total, 0);
	assert_string_equal(arena_text(&arena, "again"), "again");
	arena_free(&arena);
}

static void texts(void **state)
{
	struct arena arena = { 0 };
	(void)state;
	assert_string_equal(arena_text_part(&arena, "abcdef", 3), "abc");
	assert_string_equal(arena_text_part(&arena, "", 0), "");
	assert_string_equal(arena_format(&arena, "%s-%d", "x", 12345), "x-12345");
	assert_null(arena_text_part(&arena, "x", SIZE_MAX));
	arena_free(&arena);
}

static void large_and_impossible_pieces(void **state)
{
	struct arena arena = { 0 };
	(void)state;
	char *large = arena_take(&arena, 5 << 20);
	assert_non_null(large);
	large[(5 << 20) - 1] = 1;
	assert_non_null(arena_take(&arena, 1));
	assert_null(arena_take(&arena, SIZE_MAX));
	assert_null(arena_bytes(&arena, SIZE_MAX - 8));
	assert_non_null(arena_take(&arena, 1));
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(pieces_are_apart_aligned_and_zero),
		cmocka_unit_test(texts), cmocka_unit_test(large_and_impossible_pieces) };
	return cmocka_run_group_tests_name("lib/arena", tests, NULL, NULL);
}
