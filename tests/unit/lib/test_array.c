/* SPDX-License-Identifier: BSD-2-Clause */
/* Arrays grow by doubling, keep what they have, and stay as they were when there is no more memory. */
#include "lib/array.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/check.h"

/* The linker has calls of these two come by here. */
static bool no_memory;
static size_t asked;
void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__real_arena_take(struct arena *, size_t size);
void *__wrap_arena_take(struct arena *, size_t size);

void *__wrap_realloc(void *old, size_t size)
{
	asked = size;
	return no_memory ? NULL : __real_realloc(old, size);
}

void *__wrap_arena_take(struct arena *arena, size_t size)
{
	asked = size;
	return no_memory ? NULL : __real_arena_take(arena, size);
}

struct list {
	uint32_t *items;
	size_t count, room;
	struct arena arena;
	bool in_arena;
};

static bool more(struct list *l, size_t count)
{
	return l->in_arena ? array_room_in(&l->arena, &l->items, &l->room, count, sizeof *l->items)
			   : array_room(&l->items, &l->room, count, sizeof *l->items);
}

static void end(struct list *l)
{
	if (!l->in_arena)
		free(l->items);
	arena_free(&l->arena);
}

static void they_double(void **state)
{
	(void)state;
	for (int in_arena = 0; in_arena < 2; in_arena++) {
		struct list l = { .in_arena = in_arena };
		size_t moves = 0;
		for (uint32_t i = 0; i < 100000; i++) {
			size_t before = l.room;
			assert_true(more(&l, l.count + 1));
			moves += l.room != before;
			assert_true(l.room == before || l.room >= 2 * before);
			l.items[l.count++] = i;
		}
		assert_in_range(moves, 10, 15);
		for (uint32_t i = 0; i < 100000; i++)
			assert_int_equal(l.items[i], i);
		end(&l);
	}
}

static void many_at_once(void **state)
{
	(void)state;
	for (int in_arena = 0; in_arena < 2; in_arena++) {
		struct list l = { .in_arena = in_arena };
		assert_true(more(&l, 0));
		assert_null(l.items);
		assert_true(more(&l, 1000));
		assert_int_equal(l.room, 1000);
		assert_true(more(&l, 999));
		assert_int_equal(l.room, 1000);
		assert_true(more(&l, 1001));
		assert_int_equal(l.room, 2000);
		end(&l);
	}
}

static void what_is_new_of_an_arenas_is_zero(void **state)
{
	struct list l = { .in_arena = true };
	(void)state;
	assert_true(more(&l, 1));
	memset(l.items, 0xff, l.room * sizeof *l.items);
	size_t had = l.room;
	assert_true(more(&l, had + 1));
	for (size_t i = 0; i < l.room; i++)
		assert_int_equal(l.items[i], i < had ? UINT32_MAX : 0);
	end(&l);
}

static void out_of_memory(void **state)
{
	(void)state;
	for (int in_arena = 0; in_arena < 2; in_arena++) {
		struct list l = { .in_arena = in_arena };
		assert_true(more(&l, 20));
		const struct list before = l;
		no_memory = true;
		assert_false(more(&l, 21));
		assert_true(more(&l, 20));
		no_memory = false;
		assert_ptr_equal(l.items, before.items);
		assert_int_equal(l.room, before.room);
		end(&l);
	}
}

/* No size is asked for that is less than what was meant. */
static void more_than_can_be(void **state)
{
	static const size_t sizes[] = { 1, 3, 4, 4096 };
	(void)state;
	for (int in_arena = 0; in_arena < 2; in_arena++)
		for (size_t i = 0; i < COUNT_OF(sizes); i++) {
			struct arena arena = { 0 };
			void *items = NULL;
			size_t most = SIZE_MAX / 2 / sizes[i];
			no_memory = true;
			for (size_t count = most - 2; count <= most + 2; count++) {
				size_t room = count - 1 <= most ? count - 1 : most;
				asked = 0;
				assert_false(in_arena ? array_room_in(&arena, &items, &room, count, sizes[i])
						      : array_room(&items, &room, count, sizes[i]));
				assert_true(count > most ? asked == 0 : asked >= count * sizes[i] && asked <= SIZE_MAX / 2);
			}
			size_t room = 0;
			asked = 0;
			assert_false(array_room(&items, &room, SIZE_MAX, sizes[i]));
			assert_int_equal(asked, 0);
			no_memory = false;
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_double),
		cmocka_unit_test(many_at_once),
		cmocka_unit_test(what_is_new_of_an_arenas_is_zero),
		cmocka_unit_test(out_of_memory),
		cmocka_unit_test(more_than_can_be),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
