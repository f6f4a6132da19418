/* SPDX-License-Identifier: BSD-2-Clause */
/* Which members a client network is given. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "steering/choose.h"
#include "steering/hands.h"
#include "steering/label.h"
#include "steering/steering.h"
#include "tests/unit/check.h"

enum { RELAYS = 10, NOON = 1700000000 };

static char names[RELAYS][8], addresses[RELAYS][64];
static struct relay relays[RELAYS];
static struct offer offers[RELAYS];
static struct seat seats[RELAYS];
static struct pool pool = { .label = "frontends" };

/* All in; IPv4 and IPv6 each. */
static struct membership all(int64_t answers)
{
	pool.answers = answers;
	for (int i = 0; i < RELAYS; i++) {
		snprintf(names[i], sizeof names[i], "r%d", i % 10);
		snprintf(addresses[i], sizeof addresses[i], "192.0.2.%d 2001:db8::%d", i + 1, i + 1);
		relays[i] = (struct relay){ .name = names[i], .addresses = addresses[i], .weight = 100 };
		offers[i] = (struct offer){ .relay = &relays[i], .families = FAMILY_4 | FAMILY_6, .weight = 10000 };
		seats[i] = (struct seat){ .offer = &offers[i], .in = true };
	}
	return (struct membership){ .pool = &pool, .families = FAMILY_4 | FAMILY_6, .seats = seats, .count = RELAYS,
		.members = RELAYS, .bits = 18 };
}

static void no_more_than_asked_for_and_no_twice(void **state)
{
	(void)state;
	for (int64_t answers = 1; answers <= 12; answers++) {
		struct membership m = all(answers);
		for (unsigned sample = 0; sample < STEERING_SAMPLES; sample++) {
			struct choice choice[ADDRESS_LIST_MOST];
			size_t count = steering_choose(&m, ADDRESS_V6, steering_sample(sample), NOON, choice);
			assert_int_equal(count, answers < RELAYS ? answers : RELAYS);
			for (size_t i = 0; i < count; i++) {
				assert_int_equal(choice[i].address.family, ADDRESS_V6);
				for (size_t j = 0; j < i; j++)
					assert_ptr_not_equal(choice[i].relay, choice[j].relay);
			}
		}
		assert_int_equal(steering_uniform(&m, ADDRESS_V4), answers >= RELAYS);
	}
}

static void no_address_twice(void **state)
{
	struct membership m = all(10);
	struct choice choice[ADDRESS_LIST_MOST];
	(void)state;
	for (int i = 0; i < RELAYS; i++)
		snprintf(addresses[i], sizeof addresses[i], "192.0.2.%d 192.0.2.99", i / 2 + 1);
	for (unsigned sample = 0; sample < STEERING_SAMPLES; sample++) {
		size_t count = steering_choose(&m, ADDRESS_V4, steering_sample(sample), NOON, choice);
		assert_int_equal(count, RELAYS / 2 + 1);
		for (size_t i = 0; i < count; i++)
			for (size_t j = 0; j < i; j++)
				assert_false(address_equal(&choice[i].address, &choice[j].address));
	}
}

static void only_the_families_of_the_label(void **state)
{
	struct choice choice[ADDRESS_LIST_MOST];
	struct membership m = all(8);
	(void)state;
	m.families = FAMILY_4;
	assert_int_equal(steering_choose(&m, ADDRESS_V6, 0, 1, choice), 0);
	assert_int_equal(steering_choose(&m, ADDRESS_V4, 0, 1, choice), 8);
	for (int i = 0; i < RELAYS; i++)
		seats[i].in = i == 3;
	assert_int_equal(steering_choose(&m, ADDRESS_V4, 0, 1, choice), 1);
	assert_ptr_equal(choice[0].relay, &relays[3]);
}

static void the_same_for_a_day_and_another_the_next(void **state)
{
	struct membership m = all(2);
	int moved = 0;
	(void)state;
	for (unsigned sample = 0; sample < STEERING_SAMPLES; sample++) {
		struct choice first[ADDRESS_LIST_MOST], second[ADDRESS_LIST_MOST];
		steering_choose(&m, ADDRESS_V4, steering_sample(sample), NOON, first);
		steering_choose(&m, ADDRESS_V4, steering_sample(sample), NOON, second);
		assert_memory_equal(&first[0].address, &second[0].address, sizeof first[0].address);
		assert_memory_equal(&first[1].address, &second[1].address, sizeof first[1].address);
		steering_choose(&m, ADDRESS_V4, steering_sample(sample), NOON + 86400, second);
		moved += first[0].relay != second[0].relay;
	}
	assert_in_range(moved, STEERING_SAMPLES / 2, STEERING_SAMPLES);
	assert_int_equal(steering_day(86399), 0);
	assert_int_equal(steering_day(86400), 1);
}

static void a_member_that_goes_moves_only_its_own_clients(void **state)
{
	struct membership m = all(1);
	int moved = 0;
	(void)state;
	for (int gone = 0; gone < RELAYS; gone++)
		for (unsigned sample = 0; sample < STEERING_SAMPLES; sample++) {
			struct choice before[ADDRESS_LIST_MOST], after[ADDRESS_LIST_MOST];
			steering_choose(&m, ADDRESS_V4, steering_sample(sample), NOON, before);
			seats[gone].in = false;
			steering_choose(&m, ADDRESS_V4, steering_sample(sample), NOON, after);
			seats[gone].in = true;
			assert_ptr_not_equal(after[0].relay, &relays[gone]);
			if (before[0].relay != &relays[gone])
				assert_ptr_equal(before[0].relay, after[0].relay);
			else
				moved++;
		}
	assert_int_equal(moved, STEERING_SAMPLES); /* each bucket had one */
}

static void weights_are_respected(void **state)
{
	struct membership m = all(1);
	int given[RELAYS] = { 0 };
	const int days = 400;
	(void)state;
	for (int i = 0; i < RELAYS; i++)
		offers[i].weight = 100 * (relays[i].weight = i < 5 ? 100 : 300);
	for (int day = 0; day < days; day++)
		for (unsigned sample = 0; sample < STEERING_SAMPLES; sample++) {
			struct choice choice[ADDRESS_LIST_MOST];
			steering_choose(&m, ADDRESS_V4, steering_sample(sample), day * 86400, choice);
			given[choice[0].relay - relays]++;
		}
	for (int i = 0; i < RELAYS; i++) {
		double wanted = (double)days * STEERING_SAMPLES * (double)relays[i].weight / 2000;
		if (fabs(given[i] - wanted) > wanted * 0.1)
			fail_msg("r%d was given %d times, wanted about %.0f", i, given[i], wanted);
	}
}

static unsigned bucket_of(const char *text)
{
	struct address address;
	assert_true(address_read(text, strlen(text), &address));
	unsigned bucket = steering_bucket(&address);
	assert_in_range(bucket, 0, STEERING_BUCKETS - 1);
	return bucket;
}

static void networks_share_a_bucket(void **state)
{
	static bool used[STEERING_BUCKETS];
	int count = 0;
	(void)state;
	assert_int_equal(bucket_of("198.51.100.1"), bucket_of("198.51.100.254"));
	assert_int_equal(bucket_of("2001:db8:0:1::1"), bucket_of("2001:db8:0:ff:ffff::1"));
	for (int i = 0; i < 256; i++) {
		char text[24];
		snprintf(text, sizeof text, "198.51.%d.1", i & 255);
		unsigned bucket = bucket_of(text);
		count += !used[bucket];
		used[bucket] = true;
	}
	assert_in_range(count, 250, 256);
}

/* Of two relays, one has four addresses: an answer of three names both, and another address for other networks. */
static void an_answer_names_as_many_relays_as_it_can(void **state)
{
	struct membership m = all(3);
	struct choice choice[ADDRESS_LIST_MOST];
	bool given[RELAYS] = { false };
	(void)state;
	for (int i = 0; i < RELAYS; i++)
		seats[i].in = i < 2;
	strcpy(addresses[0], "192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4");
	strcpy(addresses[1], "192.0.2.9");
	for (unsigned sample = 0; sample < STEERING_SAMPLES; sample++) {
		assert_int_equal(steering_choose(&m, ADDRESS_V4, steering_sample(sample), NOON, choice), 3);
		int first = 0;
		for (int i = 0; i < 3; i++) {
			first += choice[i].relay == &relays[0];
			given[choice[i].address.bytes[3]] = true;
		}
		assert_int_equal(first, 2);
		assert_ptr_not_equal(choice[0].relay, choice[1].relay);
	}
	assert_true(given[1] && given[2] && given[3] && given[4] && given[9]);
}

/* Each network's day begins at a moment of its own, and no moment is that of more than one in 128. */
static void days_turn_one_by_one(void **state)
{
	int turned[STEERING_TURNS] = { 0 };
	(void)state;
	for (int64_t at = NOON; at < NOON + 86400; at += 5)
		for (unsigned turn = 0; turn < STEERING_TURNS; turn++) {
			unsigned bucket = turn << (STEERING_BUCKET_BITS - STEERING_TURN_BITS);
			bool now = steering_turn_day(bucket, at) != steering_turn_day(bucket, at + 5);
			assert_true(!now || steering_turns(at) != steering_turns(at + 5));
			turned[turn] += now;
			int others = 0;
			for (unsigned other = 0; now && other < STEERING_TURNS; other++) {
				unsigned that = other << (STEERING_BUCKET_BITS - STEERING_TURN_BITS);
				others += steering_turn_day(that, at) != steering_turn_day(that, at + 5);
			}
			assert_true(others <= 1);
		}
	for (unsigned turn = 0; turn < STEERING_TURNS; turn++)
		assert_int_equal(turned[turn], 1);
}

/* What is dealt ahead is what is chosen one by one; and what an earlier deal had of the same is used again. */
static void hands_are_the_choices(void **state)
{
	struct arena arena = { 0 };
	struct hands_relay given[RELAYS];
	struct address list[RELAYS];
	struct hands first, second;
	struct error e;
	(void)state;
	for (unsigned answers = 1; answers <= 4; answers++) {
		struct membership m = all(answers);
		m.bits = 13;
		for (int i = 0; i < RELAYS; i++) {
			offers[i].weight = i == 0 ? 1 : 100 * (i + 1);
			address_read(addresses[i], strcspn(addresses[i], " "), &list[i]);
			given[i] = (struct hands_relay){ &relays[i], offers[i].weight, &list[i], (uint32_t)i, 1 };
		}
		assert_done(hands_deal(given, RELAYS, answers, 13, NOON, NULL, &arena, &first, &e), &e);
		assert_done(hands_deal(given, RELAYS, answers, 13, NOON + STEERING_TURN, &first, &arena, &second, &e), &e);
		for (unsigned bucket = 0; bucket < STEERING_BUCKETS; bucket += 1009) {
			struct choice choice[ADDRESS_LIST_MOST];
			for (int later = 0; later < 2; later++) {
				const uint16_t *hand = hands_of(later ? &second : &first, bucket);
				assert_int_equal(steering_choose(&m, ADDRESS_V4, bucket, NOON + later * STEERING_TURN, choice), answers);
				for (unsigned i = 0; i < answers; i++)
					assert_ptr_equal(choice[i].relay, &relays[hand[i]]);
			}
		}
		unsigned moved = 0;
		for (unsigned turn = 0; turn < STEERING_TURNS; turn++)
			moved += first.day[turn] != second.day[turn];
		assert_int_equal(moved, 1);
	}
	arena_free(&arena);
}

/* Over all networks, relays get what their weights say: many of them as well as few. */
static void hands_are_even(void **state)
{
	enum { MANY = 300, ANSWERS = 8, BITS = 17 };
	static struct relay many[MANY];
	static struct hands_relay given[MANY];
	static struct address list[MANY];
	static char name[MANY][8];
	unsigned count[MANY] = { 0 };
	struct arena arena = { 0 };
	struct hands hands;
	struct error e;
	(void)state;
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(name[i], sizeof name[i], "r%u", i);
		many[i].name = name[i];
		list[i] = (struct address){ ADDRESS_V4, { 10, 0, (uint8_t)(i >> 8), (uint8_t)i } };
		given[i] = (struct hands_relay){ &many[i], 10000, &list[i], i, 1 };
	}
	assert_done(hands_deal(given, MANY, ANSWERS, BITS, NOON, NULL, &arena, &hands, &e), &e);
	for (unsigned b = 0; b < 1u << BITS; b++)
		for (unsigned i = 0; i < ANSWERS; i++)
			count[hands_of(&hands, b << (STEERING_BUCKET_BITS - BITS))[i]]++;
	for (unsigned i = 0; i < MANY; i++) {
		double fair = (double)(ANSWERS << BITS) / MANY;
		if (fabs(count[i] - fair) > fair * 0.05)
			fail_msg("%s is given out %.3f times as often as is fair", name[i], count[i] / fair);
	}
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(no_more_than_asked_for_and_no_twice),
		cmocka_unit_test(no_address_twice), cmocka_unit_test(only_the_families_of_the_label), cmocka_unit_test(the_same_for_a_day_and_another_the_next),
		cmocka_unit_test(a_member_that_goes_moves_only_its_own_clients),
		cmocka_unit_test(weights_are_respected), cmocka_unit_test(an_answer_names_as_many_relays_as_it_can),
		cmocka_unit_test(days_turn_one_by_one), cmocka_unit_test(hands_are_the_choices), cmocka_unit_test(hands_are_even), cmocka_unit_test(networks_share_a_bucket) };
	return cmocka_run_group_tests_name("steering/choose", tests, NULL, NULL);
}
