/* SPDX-License-Identifier: BSD-2-Clause */
/* Pools as they are answered while one is browned out: a share of the client networks gets the
 * successor's relays, with a short TTL, until the brownout ends. */
#include "steering/brownout.h"
#include "steering/choose.h"
#include "tests/unit/dnsd/fixture.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { NOW = 20000 * 86400, LATER = NOW + 600, NETWORKS = 256 };

static struct fixture fixture;

static struct relay relays[] = {
	{ .name = "new", .addresses = "192.0.2.12 2001:db8::12", .port = 443, .state = RELAY_SERVICE,
		.tls = 24, .weight = 100, .note = "" },
	{ .name = "old", .addresses = "192.0.2.11", .port = 443, .state = RELAY_SERVICE, .tls = 3,
		.weight = 100, .note = "" },
};

/* What differs between rows: how the pool of the old relay leads to that of the new one. */
struct life {
	const char *what, *successor;
	int64_t brownout, until, ttl, now, successor_tls;
	bool browned_out;
	uint8_t brownout_ttl; /* of all that is answered while it runs */
};

static const struct life lives[] = {
	{ "half", "next", 50, LATER, 300, NOW, 24, true, 60 },
	{ "half, and a TTL that is short already", "next", 50, LATER, 30, NOW, 24, true, 30 },
	{ "none", "next", 0, LATER, 300, NOW, 24, false, 0 },
	{ "no successor", "", 50, LATER, 300, NOW, 24, false, 0 },
	{ "an end that has come", "next", 50, LATER, 300, LATER, 24, false, 0 },
	{ "an end long ago", "next", 50, LATER, 300, LATER + BROWNOUT_AFTERMATH, 24, false, 0 },
	{ "a successor without members", "next", 50, LATER, 300, NOW, 4, false, 0 },
};

static void serve(const struct life *life)
{
	struct pool pools[] = {
		{ .label = "frontends", .note = "", .tls = 3, .ttl = life->ttl, .answers = 8,
			.successor = life->successor, .brownout = life->brownout, .brownout_until = life->until },
		{ .label = "next", .note = "", .tls = life->successor_tls, .ttl = 300, .answers = 8,
			.successor = "" },
	};
	static struct pool kept[2]; /* the snapshot borrows them */
	memcpy(kept, pools, sizeof kept);
	const struct fleet fleet = { .relays = relays, .relay_count = 2, .pools = kept, .pool_count = 2,
		.now = life->now };
	struct zone_view *zone = fixture_zone("own.example", "@ NS ns1.b5p.us.\n");
	fixture_serve_fleet(&fixture, &zone, 1, &fleet);
}

/* Asks as a client of each network in turn; of how many the answer's last octet was VALUE. */
static unsigned answered(uint16_t type, uint8_t value, uint8_t ttl)
{
	static uint8_t packet[4096 + SCAN_BEHIND];
	unsigned count = 0;
	for (unsigned i = 0; i < NETWORKS; i++) {
		const struct address client = { .family = ADDRESS_V4, .bytes = { 198, 51, (uint8_t)i, 1 } };
		size_t asked = fixture_query(packet, "frontends.own.example", type, 0);
		size_t size = respond(&fixture.worker, packet, asked, 4096, &client, false);
		assert_true(size > asked);
		if (packet[7] == 0)
			continue; /* no data */
		assert_int_equal(packet[7], 1);
		if (packet[size - 1] == value) {
			assert_int_equal(packet[asked + 8] << 8 | packet[asked + 9], ttl == 0 ? 300 : ttl);
			count++;
		}
	}
	return count;
}

static void brownouts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof lives / sizeof lives[0]; i++) {
		const struct life *life = &lives[i];
		serve(life);
		/* all networks ask again as soon, or they could not be compared */
		uint8_t ttl = life->browned_out ? life->brownout_ttl : life->ttl == 300 ? 0 : (uint8_t)life->ttl;
		unsigned led = answered(TYPE_A, 12, ttl), kept = answered(TYPE_A, 11, ttl);
		unsigned six = answered(TYPE_AAAA, 0x12, ttl);
		assert_int_equal(led + kept, NETWORKS);
		if (life->browned_out ? led < NETWORKS / 4 || kept < NETWORKS / 4 : led != 0)
			fail_msg("%s: %u of %d are led on", life->what, led, NETWORKS);
		assert_int_equal(six, led); /* the old relay has no IPv6 address: no data for the others */
	}
}

/* Each percentage is answered as it is decided: some get the other answer from one per cent on, and all at a hundred alone. */
static void each_percentage(void **state)
{
	unsigned before = 0;
	(void)state;
	for (int64_t percent = 0; percent <= 100; percent++) {
		struct life life = lives[0];
		life.brownout = percent;
		serve(&life);
		const struct pool *pool = &fixture.view.snapshot->pools.fleet.pools[0];
		unsigned wanted = 0, led = answered(TYPE_A, 12, life.brownout_ttl);
		for (unsigned i = 0; i < NETWORKS; i++) {
			const struct address client = { .family = ADDRESS_V4, .bytes = { 198, 51, (uint8_t)i, 1 } };
			wanted += brownout_takes(pool, steering_bucket(&client));
		}
		assert_int_equal(led, wanted);
		assert_true(led >= before);
		int64_t fair = percent * NETWORKS / 100; /* of so few networks, by chance */
		assert_in_range(led, fair < 25 ? 0 : fair - 25, fair + 25);
		assert_true(percent > 0 || led == 0);
		assert_true(percent < 100 || led == NETWORKS);
		before = led;
	}
}

static void time_makes_them_anew(void **state)
{
	(void)state;
	serve(&lives[0]);
	const struct pools *pools = &fixture.view.snapshot->pools;
	assert_int_equal(pools->next, LATER);
	assert_false(pools_due(pools, NOW));
	assert_false(pools_due(pools, LATER - 1));
	assert_true(pools_due(pools, LATER));
	assert_true(pools_due(pools, NOW + 86400));
	assert_true(pools_due(pools, NOW - 1));
}

/* Half of the clients have no AAAA, and the proof that there is no TXT says so. */
static void proofs_are_of_what_the_client_is_given(void **state)
{
	(void)state;
	static uint8_t packet[4096 + SCAN_BEHIND];
	size_t least = 4096;
	serve(&lives[0]);
	fixture_sign(&fixture, false);
	for (unsigned i = 0; i < NETWORKS; i++) {
		const struct address client = { .family = ADDRESS_V4, .bytes = { 198, 51, (uint8_t)i, 1 } };
		size_t asked = fixture_query_signed(packet, "frontends.own.example", TYPE_TXT, 1232, 0x8000);
		size_t size = respond(&fixture.worker, packet, asked, 4096, &client, false);
		least = size < least ? size : least;
		asked = fixture_query_signed(packet, "frontends.own.example", TYPE_AAAA, 1232, 0x8000);
		assert_true(respond(&fixture.worker, packet, asked, 4096, &client, false) > asked);
	}
	assert_true(least > 200);
}

/* Pools that are answered alike share what was rendered, and no others do: each as if it were alone. */
enum { MANY = 420, RELAYS = 4 };
static struct relay many_relays[RELAYS] = {
	{ .name = "a", .addresses = "192.0.2.12 2001:db8::12", .port = 443, .state = RELAY_SERVICE, .tls = 24, .weight = 100,
		.note = "" },
	{ .name = "b", .addresses = "192.0.2.13 2001:db8::12", .port = 443, .state = RELAY_SERVICE, .tls = 24, .weight = 100,
		.note = "" }, /* an address of two */
	{ .name = "c", .addresses = "192.0.2.14", .port = 443, .state = RELAY_SERVICE, .tls = 24, .weight = 50, .note = "" },
	{ .name = "d", .addresses = "192.0.2.11", .port = 443, .state = RELAY_SERVICE, .tls = 3, .weight = 100, .note = "" },
};
/* Half of those that speak new TLS look down: some pools give them out all the same. */
static struct observation many_seen[] = {
	{ .relay = "b", .observer = "p", .version = "", .uuid = "", .reason = "", .pings = "", .names = "", .health = HEALTH_DOWN },
	{ .relay = "c", .observer = "p", .version = "", .uuid = "", .reason = "", .pings = "", .names = "", .health = HEALTH_DOWN },
};
static struct pool many[MANY];
static struct rule rules[RELAYS * MANY];
static char labels[MANY][16];

static void make_many(struct fleet *fleet)
{
	static const int64_t tls[] = { 0, 3, 24 };
	*fleet = (struct fleet){ .relays = many_relays, .relay_count = RELAYS, .pools = many, .pool_count = MANY,
		.observations = many_seen, .observation_count = sizeof many_seen / sizeof many_seen[0], .rules = rules, .now = NOW };
	for (int i = 0; i < MANY; i++) {
		snprintf(labels[i], sizeof labels[i], i < MANY / 2 ? "fe4_%03d" : "p%03d", i);
		many[i] = (struct pool){ .label = labels[i], .note = "", .successor = "", .tls = tls[i % 3],
			.ttl = i % 9 == 0 ? 60 : 300, .answers = i % 7 == 0 ? 1 : 8, .least = 1 + (i % 11 == 0),
			.open_below = i / 60 == 1 ? 60 : 0 };
		for (int r = 0; r < RELAYS; r++) /* none, some or all of the relays, in or out */
			if ((i % 20 >> r & 1) == 0)
				rules[fleet->rule_count++] = (struct rule){ .pool = labels[i], .note = "",
					.relay = many_relays[r].name, .verdict = i % 20 >> 4 };
	}
}

static void same_as_alone(const struct pools *pools, size_t pool, uint8_t family, unsigned bucket)
{
	const struct pool_view *view = &pools->pool[pool];
	const struct variants *variants = family == ADDRESS_V4 ? &view->a : &view->aaaa;
	struct arena arena = { 0 };
	struct membership m;
	struct choice choice[ADDRESS_LIST_MOST];
	assert_int_equal(steering_pool(&pools->fleet, pools->offers, &pools->fleet.pools[pool], &arena, &m, NULL),
		DONE);
	size_t count = steering_choose(&m, family, bucket, pools->date, choice);
	assert_int_equal(view->members, m.members);
	if (count == 0) {
		assert_int_equal(variants->kind, VARIANTS_NONE);
		arena_free(&arena);
		return;
	}
	uint8_t room[HAND_MOST];
	bool dealt = variants->kind == VARIANTS_HANDS;
	size_t each = RR_FIXED + address_size(&choice[0].address);
	struct rrset set = dealt ? variants_hand(variants, bucket, 0, room) : variants->set;
	assert_int_equal(set.count, count);
	for (size_t i = 0; i < count; i++) {
		const uint8_t *rr = set.rrs + i * each;
		size_t same = 0; /* one for all, whose order rotates anyway */
		assert_int_equal(rr_ttl(rr), m.pool->ttl);
		while (same < count && memcmp(rr + RR_FIXED, choice[same].address.bytes, each - RR_FIXED) != 0)
			same++;
		assert_true(dealt ? same == i : same < count);
	}
	arena_free(&arena);
}

static void many_pools_share_and_stay_themselves(void **state)
{
	struct fleet fleet;
	size_t shared = 0;
	(void)state;
	make_many(&fleet);
	struct zone_view *zone = fixture_zone("own.example", "@ NS ns1.b5p.us.\n");
	fixture_serve_fleet(&fixture, &zone, 1, &fleet);
	const struct pools *pools = &fixture.view.snapshot->pools;
	for (size_t i = 0; i < MANY; i++) {
		for (unsigned bucket = 0; bucket < STEERING_BUCKETS; bucket += 9 * 8192) {
			same_as_alone(pools, i, ADDRESS_V4, bucket);
			same_as_alone(pools, i, ADDRESS_V6, bucket);
		}
		for (size_t j = 0; j < i; j++)
			if (pools->pool[i].a.set.rrs != NULL && pools->pool[i].a.set.rrs == pools->pool[j].a.set.rrs)
				shared++;
	}
	assert_true(shared > 8);
}

static int set_up(void **state)
{
	(void)state;
	fixture_make(&fixture);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fixture_free(&fixture);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(brownouts),
		cmocka_unit_test(each_percentage),
		cmocka_unit_test(proofs_are_of_what_the_client_is_given),
		cmocka_unit_test(time_makes_them_anew),
		cmocka_unit_test(many_pools_share_and_stay_themselves),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
