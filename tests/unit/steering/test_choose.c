/* SPDX-License-Identifier: BSD-2-Clause */
/* Which members a client network is given. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "steering/label.h"
#include "steering/steering.h"
#include "tests/unit/check.h"

enum { RELAYS = 10 };

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
		.members = RELAYS };
}

static void no_more_than_asked_for_and_no_twice(void **state)
{
	(void)state;
	for (int64_t answers = 1; answers <= 12; answers++) {
		struct membership m = all(answers);
		for (unsigned bucket = 0; bucket < STEERING_BUCKETS; bucket++) {
			struct choice choice[ADDRESS_LIST_MOST];
			size_t count = steering_choose(&m, ADDRESS_V6, bucket, 20000, choice);
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
	for (unsigned bucket = 0; bucket < STEERING_BUCKETS; bucket++) {
		size_t count = steering_choose(&m, ADDRESS_V4, bucket, 20000, choice);
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
	for (unsigned bucket = 0; bucket < STEERING_BUCKETS; bucket++) {
		struct choice first[ADDRESS_LIST_MOST], second[ADDRESS_LIST_MOST];
		steering_choose(&m, ADDRESS_V4, bucket, 20000, first);
		steering_choose(&m, ADDRESS_V4, bucket, 20000, second);
		assert_memory_equal(&first[0].address, &second[0].address, sizeof first[0].address);
		assert_memory_equal(&first[1].address, &second[1].address, sizeof first[1].address);
		steering_choose(&m, ADDRESS_V4, bucket, 20001, second);
		moved += first[0].relay != second[0].relay;
	}
	assert_in_range(moved, STEERING_BUCKETS / 2, STEERING_BUCKETS);
	assert_int_equal(steering_day(86399), 0);
	assert_int_equal(steering_day(86400), 1);
}

static void a_member_that_goes_moves_only_its_own_clients(void **state)
{
	struct membership m = all(1);
	int moved = 0;
	(void)state;
	for (int gone = 0; gone < RELAYS; gone++)
		for (unsigned bucket = 0; bucket < STEERING_BUCKETS; bucket++) {
			struct choice before[ADDRESS_LIST_MOST], after[ADDRESS_LIST_MOST];
			steering_choose(&m, ADDRESS_V4, bucket, 20000, before);
			seats[gone].in = false;
			steering_choose(&m, ADDRESS_V4, bucket, 20000, after);
			seats[gone].in = true;
			assert_ptr_not_equal(after[0].relay, &relays[gone]);
			if (before[0].relay != &relays[gone])
				assert_ptr_equal(before[0].relay, after[0].relay);
			else
				moved++;
		}
	assert_int_equal(moved, STEERING_BUCKETS); /* each bucket had one */
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
		for (unsigned bucket = 0; bucket < STEERING_BUCKETS; bucket++) {
			struct choice choice[ADDRESS_LIST_MOST];
			steering_choose(&m, ADDRESS_V4, bucket, day, choice);
			given[choice[0].relay - relays]++;
		}
	for (int i = 0; i < RELAYS; i++) {
		double wanted = (double)days * STEERING_BUCKETS * (double)relays[i].weight / 2000;
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
	bool used[STEERING_BUCKETS] = { false };
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
	assert_in_range(count, 50, STEERING_BUCKETS);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(no_more_than_asked_for_and_no_twice),
		cmocka_unit_test(no_address_twice), cmocka_unit_test(only_the_families_of_the_label), cmocka_unit_test(the_same_for_a_day_and_another_the_next),
		cmocka_unit_test(a_member_that_goes_moves_only_its_own_clients),
		cmocka_unit_test(weights_are_respected), cmocka_unit_test(networks_share_a_bucket) };
	return cmocka_run_group_tests_name("steering/choose", tests, NULL, NULL);
}
