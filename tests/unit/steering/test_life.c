/* SPDX-License-Identifier: BSD-2-Clause */
/* A pool's life: frozen, shrunk, retired; and a relay's first half hour. */
#include "steering/steering.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/check.h"

enum { RELAYS = 12, NOON = 1700000000 };

static struct arena arena;
static struct relay relays[RELAYS];
static struct observation down[RELAYS];
static struct rule rules[1];
static struct pool pools[3];
static struct fleet fleet;
static char names[RELAYS][8], addresses[RELAYS][16];

/* Twelve relays that are alike, and three pools, of which "old" is the one that lives. */
static int make_fleet(void **state)
{
	(void)state;
	for (int i = 0; i < RELAYS; i++) {
		snprintf(names[i], sizeof names[i], "r%02d", i);
		snprintf(addresses[i], sizeof addresses[i], "192.0.2.%d", i);
		relays[i] = (struct relay){ .name = names[i], .addresses = addresses[i], .note = "", .port = 443,
			.state = RELAY_SERVICE, .tls = 6, .weight = 100 };
	}
	memset(pools, 0, sizeof pools);
	pools[0] = (struct pool){ .label = "new", .note = "", .ttl = 300, .answers = 25, .size = 2 };
	pools[1] = (struct pool){ .label = "old", .note = "", .ttl = 300, .answers = 25 };
	pools[2] = (struct pool){ .label = "other", .note = "", .ttl = 300, .answers = 25, .size = 3 };
	fleet = (struct fleet){ .relays = relays, .relay_count = RELAYS, .pools = pools, .pool_count = 3,
		.observations = down, .rules = rules, .now = NOON };
	return 0;
}

static int empty_arena(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static struct membership members(void)
{
	struct offer *offers;
	struct membership m;
	struct error e;
	assert_done(steering_offers(&fleet, &arena, &offers, &e), &e);
	assert_done(steering_pool(&fleet, offers, &pools[1], &arena, &m, &e), &e);
	size_t count = 0;
	for (size_t i = 0; i < m.count; i++)
		count += m.seats[i].in;
	assert_int_equal(count, m.members);
	return m;
}

static void falls_ill(int i)
{
	down[fleet.observation_count++] = (struct observation){ .relay = names[i], .observer = "p", .version = "",
		.uuid = "", .reason = "silent", .pings = "", .names = "", .health = HEALTH_DOWN, .at = NOON };
}

static void a_frozen_pool_takes_nobody_new(void **state)
{
	(void)state;
	for (pools[1].state = POOL_FROZEN; pools[1].state <= POOL_SHRINKING; pools[1].state++) {
		pools[1].roster = "r03 r07";
		struct membership m = members();
		assert_int_equal(m.members, 2);
		assert_true(m.seats[3].in && m.seats[7].in);
		assert_int_equal(m.seats[4].reason, REASON_ROSTER);
	}
	pools[1].state = POOL_FROZEN;
	assert_says(steering_reason(&(struct membership){ .source = &pools[1] },
			&(struct seat){ .reason = REASON_ROSTER }, &arena), "was no member when the pool was frozen");
	rules[0] = (struct rule){ .pool = "old", .relay = "r05", .note = "", .verdict = RULE_INCLUDE };
	fleet.rule_count = 1;
	assert_true(members().seats[5].in); /* the operator said so by name */
	pools[1].state = POOL_OPEN;
	assert_int_equal(members().members, RELAYS);
}

/* Never strand: better a relay that came later than none. */
static void a_frozen_pool_whose_roster_is_gone_takes_anybody(void **state)
{
	(void)state;
	pools[1].state = POOL_FROZEN;
	pools[1].roster = "r03 long-gone";
	relays[3].state = RELAY_DRAINING;
	assert_int_equal(members().members, RELAYS - 1);
}

static void size_keeps_the_same_members(void **state)
{
	(void)state;
	bool before[RELAYS];
	pools[1].size = 5;
	struct membership m = members();
	assert_int_equal(m.members, 5);
	int ill = -1;
	for (int i = 0; i < RELAYS; i++) {
		before[i] = m.seats[i].in;
		assert_true(m.seats[i].in || m.seats[i].reason == REASON_SIZE);
		ill = m.seats[i].in ? i : ill;
	}
	falls_ill(ill); /* then the next in line takes its place, and all others keep theirs */
	m = members();
	assert_int_equal(m.members, 5);
	int moved = 0;
	for (int i = 0; i < RELAYS; i++)
		moved += m.seats[i].in != before[i];
	assert_int_equal(moved, 2);
	fleet.observation_count = 0;
	pools[1].size = 4;
	m = members();
	for (int i = 0; i < RELAYS; i++)
		assert_true(!m.seats[i].in || before[i]);
	rules[0] = (struct rule){ .pool = "old", .relay = names[0], .note = "", .verdict = RULE_INCLUDE };
	fleet.rule_count = 1;
	pools[1].size = 1;
	m = members();
	assert_true(m.members == 1 && m.seats[0].in);
}

/* Who speaks one version only of those that the pool is for goes before who speaks all of them. */
static void size_keeps_those_that_serve_most(void **state)
{
	static struct release both[2] = { { .product = "p", .version = "1", .pools = "old", .note = "", .tls = 2 },
		{ .product = "p", .version = "2", .pools = "old", .note = "", .tls = 24 } };
	(void)state;
	pools[1].tls = 30;
	pools[1].size = 1;
	fleet.releases = both;
	fleet.release_count = 2;
	for (int most = 0; most < RELAYS; most++) {
		for (int i = 0; i < RELAYS; i++)
			relays[i].tls = i == most ? 30 : 2;
		struct membership m = members();
		assert_true(m.members == 1 && m.seats[most].in);
		relays[most].tls = 24; /* of the release that has more clients */
		both[1].clients = 10;
		assert_true(members().seats[most].in);
		both[1].clients = 0;
	}
}

static void too_few_well_ones_are_not_trusted(void **state)
{
	(void)state;
	for (int i = 0; i < RELAYS - 2; i++)
		falls_ill(i);
	assert_int_equal(members().members, 2);
	pools[1].least = 3;
	struct membership m = members();
	assert_int_equal(m.members, RELAYS);
	assert_true(m.last_resort);
	assert_int_equal(m.seats[0].reason, REASON_LAST_RESORT);
	assert_int_equal(m.seats[RELAYS - 1].reason, REASON_COMPATIBLE);
}

static void a_retired_pool_answers_as_its_operator_chose(void **state)
{
	(void)state;
	pools[1].state = POOL_RETIRED;
	assert_int_equal(members().members, RELAYS);
	pools[1].successor = "new";
	assert_int_equal(members().members, RELAYS);
	pools[1].tombstone = TOMBSTONE_SUCCESSOR;
	struct membership m = members();
	assert_int_equal(m.members, 2);
	assert_ptr_equal(m.source, &pools[0]);
	assert_ptr_equal(m.pool, &pools[1]);
	pools[0].state = POOL_RETIRED; /* whose successor has one, too */
	pools[0].tombstone = TOMBSTONE_SUCCESSOR;
	pools[0].successor = "other";
	assert_int_equal(members().members, 3);
	pools[2].state = POOL_RETIRED; /* in a circle: its own relays */
	pools[2].tombstone = TOMBSTONE_SUCCESSOR;
	pools[2].successor = "new";
	assert_int_equal(members().members, RELAYS);
	pools[1].successor = "nobody";
	assert_int_equal(members().members, RELAYS);
	pools[1].tombstone = TOMBSTONE_EMPTY;
	m = members();
	assert_int_equal(m.members, 0);
	assert_int_equal(m.seats[0].reason, REASON_EMPTY);
}

static void a_successor_without_members_is_not_followed(void **state)
{
	(void)state;
	pools[1].state = POOL_RETIRED;
	pools[1].tombstone = TOMBSTONE_SUCCESSOR;
	pools[1].successor = "new";
	pools[0].tls = 16; /* nobody speaks it */
	assert_int_equal(members().members, RELAYS);
}

static void a_new_relay_ramps_up(void **state)
{
	struct offer *offers;
	struct error e;
	static const struct {
		int64_t age, weight, next;
	} steps[] = { { 0, 2500, 60 }, { 59, 2500, 60 }, { 60, 2750, 120 }, { 900, 6250, 960 }, { 1799, 9750, 1800 },
		{ 1800, 10000, INT64_MAX }, { -5, 2500, 60 },
		{ -1800, 2500, 60 }, { -1801, 10000, -1800 } }; /* the clock was ahead: nobody waits until it is as late again */
	(void)state;
	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		relays[0].since = NOON;
		fleet.now = NOON + steps[i].age;
		assert_done(steering_offers(&fleet, &arena, &offers, &e), &e);
		assert_int_equal(offers[0].weight, steps[i].weight);
		assert_int_equal(offers[1].weight, 10000);
		assert_true(steering_next(&fleet)
			== (steps[i].next == INT64_MAX ? INT64_MAX : NOON + steps[i].next));
	}
	fleet.now = 0; /* out of time: nothing ramps */
	assert_done(steering_offers(&fleet, &arena, &offers, &e), &e);
	assert_int_equal(offers[0].weight, 10000);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, make_fleet, empty_arena)

int main(void)
{
	const struct CMUnitTest tests[] = { CASE(a_frozen_pool_takes_nobody_new),
		CASE(a_frozen_pool_whose_roster_is_gone_takes_anybody), CASE(size_keeps_the_same_members),
		CASE(size_keeps_those_that_serve_most),
		CASE(too_few_well_ones_are_not_trusted), CASE(a_retired_pool_answers_as_its_operator_chose),
		CASE(a_successor_without_members_is_not_followed),
		CASE(a_new_relay_ramps_up) };
	return cmocka_run_group_tests_name("steering/life", tests, NULL, NULL);
}
