/* SPDX-License-Identifier: BSD-2-Clause */
/* Hands at their edges: few relays, shared addresses, what an earlier deal is used for. Whether they are what is chosen
 * one by one, test_choose.c says. */
#include "steering/hands.h"

#include <stdio.h>
#include <string.h>

#include "steering/walk.h"
#include "tests/unit/check.h"

enum { RELAYS = 4, EACH = 3, BITS = 9, NOON = 1700000000 };

static struct arena arena;
static struct error e;
static struct relay relays[RELAYS];
static struct address list[RELAYS][2];
static struct hands_relay given[RELAYS];

/* Relays with two addresses each, counted on from one to the next. */
static int make(void **state)
{
	static char names[RELAYS][4];
	(void)state;
	for (unsigned i = 0; i < RELAYS; i++) {
		snprintf(names[i], sizeof names[i], "r%u", i);
		relays[i] = (struct relay){ .name = names[i] };
		for (unsigned a = 0; a < 2; a++)
			list[i][a] = (struct address){ ADDRESS_V4, { 192, 0, 2, (uint8_t)(2 * i + a) } };
		given[i] = (struct hands_relay){ &relays[i], 100, list[i], 2 * i, 2 };
	}
	return 0;
}

static int empty_arena(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static void each_relay_gives_one_before_any_gives_two(void **state)
{
	const struct hands_relay *nearest[] = { &given[2], &given[0], &given[1] };
	uint32_t index[8] = { 0 };
	(void)state;
	for (unsigned bucket = 0; bucket < 50; bucket++) {
		assert_int_equal(hands_take(nearest, 3, 5, bucket, index), 5);
		static const unsigned of[] = { 2, 0, 1, 2, 0 };
		for (int i = 0; i < 5; i++)
			assert_int_equal(index[i] / 2, of[i]);
		assert_int_equal(index[0] % 2, walk_first(walk_key("r2"), bucket, 2));
		assert_int_not_equal(index[0], index[3]);
		assert_int_not_equal(index[1], index[4]);
	}
	assert_int_equal(hands_take(nearest, 3, 8, 0, index), 6);
	assert_int_equal(hands_take(nearest, 3, 0, 0, index), 0);
	assert_int_equal(hands_take(nearest, 0, 8, 0, index), 0);
}

static void an_address_of_two_relays_is_taken_once(void **state)
{
	const struct hands_relay *nearest[] = { &given[0], &given[1] };
	uint32_t index[4];
	(void)state;
	given[0].count = given[1].count = 1;
	list[1][0] = list[0][0];
	assert_int_equal(hands_take(nearest, 2, 4, 0, index), 1);
	assert_int_equal(index[0], 0);
	given[1].count = 2; /* its other one comes after */
	assert_int_equal(hands_take(nearest, 2, 4, 0, index), 2);
	assert_int_equal(index[0], 0);
	assert_int_equal(index[1], 3);
}

static void deal(size_t count, const struct hands *earlier, int64_t date, struct hands *h)
{
	assert_done(hands_deal(given, count, EACH, BITS, date, earlier, &arena, h, &e), &e);
}

/* A hand that is not full says so, and goes on from its end with its beginning. */
static void small_hands_are_read_around(void **state)
{
	struct hands h;
	(void)state;
	given[0].count = 1;
	for (size_t count = 1; count <= 2; count++) {
		size_t wanted = count == 1 ? 1 : 3;
		deal(count, NULL, NOON, &h);
		for (unsigned b = 0; b < 1u << BITS; b++) {
			const uint16_t *hand = hands_of(&h, b << (STEERING_BUCKET_BITS - BITS));
			assert_int_equal(hands_count(&h, hand), wanted);
			for (size_t i = 0; i < 2 * EACH; i++)
				assert_int_equal(hand[i], i < 2 * wanted ? hand[i % wanted] : HANDS_NONE);
		}
	}
}

static void buckets_with_the_same_highest_bits_have_the_same_hand(void **state)
{
	struct hands h;
	(void)state;
	deal(RELAYS, NULL, NOON, &h);
	unsigned last = (1u << (STEERING_BUCKET_BITS - BITS)) - 1;
	assert_ptr_equal(hands_of(&h, 0), hands_of(&h, last));
	assert_ptr_equal(hands_of(&h, last + 1), hands_of(&h, 0) + 2 * EACH);
	assert_ptr_equal(hands_of(&h, STEERING_BUCKETS - 1), h.index + ((1u << BITS) - 1) * (2 * EACH));
}

/* The earlier hands are marked, to tell those that were copied from those that were dealt. */
static void turns_of_the_same_relays_and_day_are_copied(void **state)
{
	struct hands first, later;
	const size_t size = (size_t)2 * EACH << BITS, turn = size / STEERING_TURNS;
	(void)state;
	deal(RELAYS, NULL, NOON, &first);
	for (size_t i = 0; i < size; i++)
		first.index[i] = 1000;
	deal(RELAYS, &first, NOON + 3 * STEERING_TURN, &later);
	unsigned dealt = 0;
	for (size_t i = 0; i < size; i++)
		if (later.day[i / turn] == first.day[i / turn])
			assert_int_equal(later.index[i], 1000);
		else
			dealt += later.index[i] < 2 * RELAYS;
	assert_int_equal(dealt, 3 * turn);
	given[1].weight++;
	deal(RELAYS, &first, NOON, &later);
	for (size_t i = 0; i < size; i++)
		assert_true(later.index[i] < 2 * RELAYS);
}

static void the_print_is_of_all_that_decides(void **state)
{
	uint64_t print = hands_print(given, RELAYS, EACH, BITS);
	(void)state;
	assert_true(print == hands_print(given, RELAYS, EACH, BITS));
	assert_true(print != hands_print(given, RELAYS - 1, EACH, BITS));
	assert_true(print != hands_print(given, RELAYS, EACH + 1, BITS));
	assert_true(print != hands_print(given, RELAYS, EACH, BITS + 1));
	given[RELAYS - 1].weight++;
	assert_true(print != hands_print(given, RELAYS, EACH, BITS));
	given[RELAYS - 1].weight--;
	given[0].count = 1;
	assert_true(print != hands_print(given, RELAYS, EACH, BITS));
	given[0].count = 2;
	relays[0].name = "r9";
	assert_true(print != hands_print(given, RELAYS, EACH, BITS));
	relays[0].name = "r1";
	relays[1].name = "r0";
	assert_true(print != hands_print(given, RELAYS, EACH, BITS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_relay_gives_one_before_any_gives_two, make, empty_arena),
		cmocka_unit_test_setup_teardown(an_address_of_two_relays_is_taken_once, make, empty_arena),
		cmocka_unit_test_setup_teardown(small_hands_are_read_around, make, empty_arena),
		cmocka_unit_test_setup_teardown(buckets_with_the_same_highest_bits_have_the_same_hand, make, empty_arena),
		cmocka_unit_test_setup_teardown(turns_of_the_same_relays_and_day_are_copied, make, empty_arena),
		cmocka_unit_test_setup_teardown(the_print_is_of_all_that_decides, make, empty_arena) };
	return cmocka_run_group_tests_name("steering/hands", tests, NULL, NULL);
}
