/* SPDX-License-Identifier: BSD-2-Clause */
/* Members' expected parts: worked out by hand, and counted from choices. */
#include "steering/share.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "steering/choose.h"
#include "steering/label.h"
#include "tests/unit/check.h"

enum { RELAYS = 6, MANY = 700 };

static struct arena arena;
static struct error e;
static char names[MANY][8], addresses[MANY][64];
static struct relay relays[MANY];
static struct offer offers[MANY];
static struct seat seats[MANY];
static struct pool pool = { .label = "fe4_058" };
static double shares[MANY];

static int empty_arena(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

/* COUNT members that weigh alike, with an IPv4 address each. */
static struct membership alike(size_t count, int64_t answers)
{
	pool.answers = answers;
	for (size_t i = 0; i < count; i++) {
		snprintf(names[i], sizeof names[i], "r%zu", i);
		snprintf(addresses[i], sizeof addresses[i], "10.0.%zu.%zu", i / 256, i % 256);
		relays[i] = (struct relay){ .name = names[i], .addresses = addresses[i], .weight = 100 };
		offers[i] = (struct offer){ .relay = &relays[i], .families = FAMILY_4, .live = FAMILY_4, .weight = 10000 };
		seats[i] = (struct seat){ .offer = &offers[i], .in = true };
	}
	return (struct membership){ .pool = &pool, .families = FAMILY_4, .seats = seats, .count = count,
		.members = count, .bits = 18 };
}

static void are(const struct membership *m, const double *wanted)
{
	assert_done(steering_shares(m, &arena, shares, &e), &e);
	for (size_t i = 0; i < m->count; i++)
		if (!(fabs(shares[i] - wanted[i]) < 0.0005))
			fail_msg("r%zu has %.5f, wanted %.5f", i, shares[i], wanted[i]);
}

static void nothing_is_shared_where_nothing_is_answered(void **state)
{
	struct membership m = alike(2, 8);
	(void)state;
	m.members = 0;
	seats[0].in = seats[1].in = false;
	are(&m, (const double[]){ 0, 0 });
	m = alike(2, 0);
	are(&m, (const double[]){ 0, 0 });
	m = alike(2, 8);
	m.families = FAMILY_6;
	are(&m, (const double[]){ 0, 0 });
}

static void one_place_goes_by_the_weights(void **state)
{
	struct membership m = alike(3, 1);
	(void)state;
	offers[1].weight = 20000;
	offers[2].weight = 30000;
	are(&m, (const double[]){ 1. / 6, 2. / 6, 3. / 6 });
	seats[2].in = false;
	m.members = 2;
	are(&m, (const double[]){ 1. / 3, 2. / 3, 0 });
	offers[0].weight = -7; /* one, as in a walk */
	offers[1].weight = 0;
	are(&m, (const double[]){ 0.5, 0.5, 0 });
}

/* Weights 1, 2 and 3: the first is nearest, or second behind either of the others. */
static void two_places_go_to_the_two_nearest(void **state)
{
	struct membership m = alike(3, 2);
	(void)state;
	offers[1].weight = 20000;
	offers[2].weight = 30000;
	are(&m, (const double[]){ (1. / 6 + 2. / 6 * 1 / 4 + 3. / 6 * 1 / 3) / 2, (2. / 6 + 1. / 6 * 2 / 5 + 3. / 6 * 2 / 3) / 2,
		(3. / 6 + 1. / 6 * 3 / 5 + 2. / 6 * 3 / 4) / 2 });
}

static void weights_do_not_count_where_all_fit(void **state)
{
	struct membership m = alike(3, 8);
	(void)state;
	offers[1].weight = 1000000;
	are(&m, (const double[]){ 1. / 3, 1. / 3, 1. / 3 });
	strcpy(addresses[2], "10.0.0.2 10.0.1.2 10.0.2.2");
	are(&m, (const double[]){ 0.2, 0.2, 0.6 });
}

/* Of two relays with two addresses and one with one, the fourth place goes to one of the two, by their weights. */
static void second_addresses_have_the_places_that_are_left(void **state)
{
	struct membership m = alike(3, 4);
	(void)state;
	strcpy(addresses[0], "10.0.0.1 10.0.1.1");
	strcpy(addresses[1], "10.0.0.2 10.0.1.2");
	offers[1].weight = 30000;
	offers[2].weight = 1000000;
	are(&m, (const double[]){ 1.25 / 4, 1.75 / 4, 1. / 4 });
}

static void families_count_alike(void **state)
{
	struct membership m = alike(3, 1);
	(void)state;
	m.families = FAMILY_4 | FAMILY_6;
	strcpy(addresses[0], "10.0.0.1 2001:db8::1");
	offers[0].families = offers[0].live = FAMILY_4 | FAMILY_6;
	are(&m, (const double[]){ (1. / 3 + 1) / 2, 1. / 6, 1. / 6 });
	offers[0].families = offers[0].live = FAMILY_4;
	strcpy(addresses[0], "10.0.0.1");
	are(&m, (const double[]){ 1. / 3, 1. / 3, 1. / 3 }); /* nobody has the other family */
}

static void shares_are_what_is_chosen(void **state)
{
	enum { DAYS = 200 };
	(void)state;
	for (int64_t answers = 1; answers <= 4; answers++) {
		struct membership m = alike(RELAYS, answers);
		double given[RELAYS] = { 0 };
		for (int i = 0; i < RELAYS; i++)
			offers[i].weight = 2000 * (i + 1);
		assert_done(steering_shares(&m, &arena, shares, &e), &e);
		for (int day = 0; day < DAYS; day++)
			for (unsigned sample = 0; sample < STEERING_SAMPLES; sample++) {
				struct choice choice[ADDRESS_LIST_MOST];
				size_t count = steering_choose(&m, ADDRESS_V4, steering_sample(sample), day * 86400, choice);
				for (size_t i = 0; i < count; i++)
					given[choice[i].relay - relays] += 1. / ((double)count * DAYS * STEERING_SAMPLES);
			}
		for (int i = 0; i < RELAYS; i++)
			if (fabs(given[i] - shares[i]) > 0.015)
				fail_msg("r%d was given %.4f, its share of %lld is %.4f", i, given[i], (long long)answers, shares[i]);
	}
}

/* So many weights that they are rounded, from one to the greatest there is. */
static void many_weights_sum_to_one(void **state)
{
	struct membership m = alike(MANY, 8);
	double sum = 0;
	(void)state;
	for (int i = 0; i < MANY; i++)
		offers[i].weight = 1 + (int64_t)i * i * 20;
	assert_done(steering_shares(&m, &arena, shares, &e), &e);
	for (int i = 0; i < MANY; i++) {
		assert_true(isfinite(shares[i]) && shares[i] > 0 && shares[i] < 1. / 8);
		assert_true(i == 0 || shares[i] >= shares[i - 1]);
		sum += shares[i];
	}
	assert_true(fabs(sum - 1) < 1e-9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(nothing_is_shared_where_nothing_is_answered, empty_arena),
		cmocka_unit_test_teardown(one_place_goes_by_the_weights, empty_arena),
		cmocka_unit_test_teardown(two_places_go_to_the_two_nearest, empty_arena),
		cmocka_unit_test_teardown(weights_do_not_count_where_all_fit, empty_arena),
		cmocka_unit_test_teardown(second_addresses_have_the_places_that_are_left, empty_arena),
		cmocka_unit_test_teardown(families_count_alike, empty_arena),
		cmocka_unit_test_teardown(shares_are_what_is_chosen, empty_arena),
		cmocka_unit_test_teardown(many_weights_sum_to_one, empty_arena) };
	return cmocka_run_group_tests_name("steering/share", tests, NULL, NULL);
}
