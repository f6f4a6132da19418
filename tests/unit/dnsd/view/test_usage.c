/* SPDX-License-Identifier: BSD-2-Clause */
/* Counting of pools, zones and unknown labels, and that networks are told apart as well as a sketch can. */
#include "dnsd/view/usage.h"

#include <arpa/inet.h>
#include <math.h>
#include <stdio.h>
#include <sys/resource.h>

#include "tests/unit/check.h"
#include "tests/unit/dnsd/fixture.h"

static struct fixture f;

static int make(void **state)
{
	(void)state;
	fixture_make(&f);
	return 0;
}

static int unmake(void **state)
{
	(void)state;
	fixture_free(&f);
	return 0;
}

static const struct usage *of(const char *label)
{
	return &f.usage->pool[usage_slot(label)];
}

static double networks(const char *label)
{
	struct sketch sketch = { { 0 } };
	usage_networks(of(label), &sketch);
	return sketch_estimate(&sketch);
}

static struct address address(const char *text)
{
	struct address a;
	assert_true(address_read(text, strlen(text), &a));
	return a;
}

static void ask(const char *name, uint16_t type, const struct address *client)
{
	uint8_t packet[1232 + SCAN_BEHIND];
	size_t size = fixture_query(packet, name, type, 1232);
	assert_true(respond(&f.worker, packet, size, 1232, client, false) > 0);
}

/* As UDP workers have it: the client is what its socket shows. */
static void ask_by_socket(const char *name, const struct sockaddr *peer)
{
	uint8_t packet[1232 + SCAN_BEHIND];
	struct query q = { .packet = packet, .room = 1232, .peer = peer };
	q.size = fixture_query(packet, name, TYPE_A, 1232);
	assert_true(answer_alone(&f.worker, &q) > 0);
}

static void test_pools_are_counted_apart(void **state)
{
	struct address client = address("192.0.2.1");
	(void)state;
	for (int i = 0; i < 5; i++)
		ask("fe4_058.b5p.us", TYPE_A, &client);
	ask("FE4_152.kites.example", TYPE_A, &client);
	ask("fe4_152.b5p.us", TYPE_AAAA, &client);
	ask("gone.b5p.us", TYPE_A, &client);
	ask("demo.b5p.us", TYPE_A, &client);
	ask("nothing.b5p.us", TYPE_A, &client);
	assert_int_equal(of("fe4_058")->queries, 5);
	assert_int_equal(of("fe4_152")->queries, 2);
	assert_int_equal(of("gone")->queries, 1);
	assert_int_equal(of("frontends")->queries, 0);
	assert_int_equal(lround(networks("fe4_058")), 1);
}

static const struct usage *in(const char *zone)
{
	return &f.usage->zone[usage_zone_slot(zone)];
}

static double networks_in(const char *zone)
{
	struct sketch sketch = { { 0 } };
	usage_networks(in(zone), &sketch);
	return sketch_estimate(&sketch);
}

/* Whatever the pool is, by whatever name the zone was come to; and what is no pool's is not. */
static void test_zones_are_counted_apart(void **state)
{
	struct address client = address("192.0.2.1"), other = address("198.51.100.1");
	(void)state;
	ask("fe4_058.b5p.us", TYPE_A, &client);
	ask("fe4_152.B5P.us", TYPE_AAAA, &client);
	ask("fe4_059.b5p.us", TYPE_A, &client);
	ask("fe4_152.kites.example", TYPE_A, &other);
	ask("fe4_152.old.b5p.us", TYPE_A, &client); /* renamed to kites.example */
	ask("fe4_152.nested.b5p.us", TYPE_A, &other);
	ask("demo.b5p.us", TYPE_A, &client);
	ask("nothing.b5p.us", TYPE_A, &client);
	assert_int_equal(in("b5p.us")->queries, 3);
	assert_int_equal(lround(networks_in("b5p.us")), 1);
	assert_int_equal(in("kites.example")->queries, 2);
	assert_int_equal(lround(networks_in("kites.example")), 2);
	assert_int_equal(in("nested.b5p.us")->queries, 1);
	assert_int_equal(in("renamed.example")->queries, 0);
	assert_int_equal(f.usage->zone[0].queries, 0);
	assert_int_equal(of("fe4_058")->queries, 2);
	assert_int_equal(of("fe4_152")->queries, 4);
}

/* A zone that goes and comes back is the same one. */
static void test_a_zone_keeps_its_place(void **state)
{
	struct address client = address("192.0.2.1");
	struct zone_view *one = fixture_zone("comes.test", "@ NS ns1\n"), *other = fixture_zone("stays.test", "@ NS ns1\n");
	size_t place = one->usage;
	(void)state;
	assert_true(place == usage_zone_place(usage_zone_slot("comes.test")) && place != other->usage);
	fixture_serve(&f, &one, 1);
	ask("fe4_058.comes.test", TYPE_A, &client);
	fixture_serve(&f, &other, 1);
	one = fixture_zone("comes.test", "@ NS ns1\n");
	assert_int_equal(one->usage, place);
	fixture_serve(&f, &one, 1);
	ask("fe4_058.comes.test", TYPE_A, &client);
	assert_int_equal(in("comes.test")->queries, 2);
	assert_string_equal(usage_zone(usage_zone_slot("comes.test")), "comes.test");
}

/* An address of a network is that network; the next one is another. */
static void test_a_network_is_a_24_or_a_56(void **state)
{
	static const char *const same[][2] = { { "192.0.2.1", "192.0.2.255" }, { "0.0.0.0", "0.0.0.7" },
		{ "2001:db8:0:12ff::1", "2001:db8:0:1200:ffff::" } };
	static const char *const other[][2] = { { "192.0.2.1", "192.0.3.1" }, { "192.0.2.1", "193.0.2.1" },
		{ "2001:db8:0:12ff::1", "2001:db8:0:13ff::1" }, { "2001:db8::", "2003:db8::" }, { "0.0.0.0", "::" } };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(same); i++) {
		struct address a = address(same[i][0]), b = address(same[i][1]);
		assert_true(usage_network(&a) == usage_network(&b));
	}
	for (size_t i = 0; i < COUNT_OF(other); i++) {
		struct address a = address(other[i][0]), b = address(other[i][1]);
		assert_true(usage_network(&a) != usage_network(&b));
	}
}

/* Networks in a row, strided, and of both families: estimated within four standard errors. */
static void test_networks_are_told_apart(void **state)
{
	static const struct {
		unsigned first, step, count;
	} rows[] = { { 0, 1, 10 }, { 0x010000, 1, 300 }, { 0x0a0000, 1, 3000 }, { 0, 256, 2000 },
		{ 0xc00002, 7, 5000 }, { 0, 65536, 256 }, { 0, 3, 100000 }, { 0x800000, 4096, 1000 },
		{ 0, 1, 1 << 21 } };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		for (int family = 0; family < 3; family++) {
			struct sketch sketch = { { 0 } };
			for (unsigned n = 0; n < rows[i].count; n++) {
				unsigned network = rows[i].first + n * rows[i].step;
				struct address a = { .family = family == 0 ? ADDRESS_V4 : ADDRESS_V6 };
				size_t at = family == 1 ? 4 : 0; /* of the lower or the upper octets of a /56 */
				a.bytes[at] = (uint8_t)(network >> 16);
				a.bytes[at + 1] = (uint8_t)(network >> 8);
				a.bytes[at + 2] = (uint8_t)network;
				sketch_add(&sketch, usage_network(&a));
			}
			double estimate = sketch_estimate(&sketch), count = rows[i].count;
			if (fabs(estimate - count) > 1 + count * 0.13)
				fail_msg("row %zu, family %d: estimated %.0f of %.0f", i, family, estimate, count);
		}
}

/* What workers have seen by their own test is what a sketch would have. */
static void test_a_bank_is_a_sketch(void **state)
{
	struct sketch sketch = { { 0 } }, seen = { { 0 } };
	(void)state;
	for (unsigned n = 0; n < 20000; n++) {
		struct address client = { ADDRESS_V4, { (uint8_t)(n >> 8), (uint8_t)n, 7, 1 } };
		sketch_add(&sketch, usage_network(&client));
		ask("fe4_058.b5p.us", TYPE_A, &client);
	}
	usage_networks(of("fe4_058"), &seen);
	assert_memory_equal(&sketch, &seen, sizeof seen);
	assert_int_equal(of("fe4_058")->queries, 20000);
}

static void test_a_socket_s_client_is_the_same(void **state)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(1) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 }, mapped = v6;
	struct address client = address("198.51.100.7"), client6 = address("2001:db8::7");
	(void)state;
	inet_pton(AF_INET, "198.51.100.99", &v4.sin_addr);
	inet_pton(AF_INET6, "2001:db8::99", &v6.sin6_addr);
	inet_pton(AF_INET6, "::ffff:198.51.100.3", &mapped.sin6_addr);
	ask("fe4_058.b5p.us", TYPE_A, &client);
	ask_by_socket("fe4_058.b5p.us", (struct sockaddr *)&v4);
	ask_by_socket("fe4_058.b5p.us", (struct sockaddr *)&mapped);
	assert_int_equal(lround(networks("fe4_058")), 1);
	ask("fe4_058.b5p.us", TYPE_A, &client6);
	ask_by_socket("fe4_058.b5p.us", (struct sockaddr *)&v6);
	assert_int_equal(lround(networks("fe4_058")), 2);
	assert_int_equal(of("fe4_058")->queries, 5);
}

static uint64_t unknown(const char *label)
{
	for (int i = 0; i < USAGE_UNKNOWN; i++)
		if (strcmp(f.usage->unknown[i].label, label) == 0)
			return f.usage->unknown[i].queries;
	return 0;
}

static void test_undefined_labels_are_counted(void **state)
{
	struct address client = address("192.0.2.1");
	(void)state;
	for (int i = 0; i < 3; i++)
		ask("fe4_059.b5p.us", TYPE_A, &client);
	ask("FE4_059.b5p.us", TYPE_A, &client);
	ask("fe4_059x.b5p.us", TYPE_A, &client);
	ask("plainly-not.b5p.us", TYPE_A, &client);
	ask("fe4_058.b5p.us", TYPE_A, &client);
	assert_int_equal(unknown("fe4_059"), 4);
	assert_int_equal(unknown("fe4_059x"), 1);
	assert_int_equal(unknown("plainly-not"), 0);
	assert_int_equal(unknown("fe4_058"), 0);
	assert_int_equal(of("fe4_058")->queries, 6); /* whose answer they got */
}

static void test_labels_without_end_are_counted_together(void **state)
{
	struct address client = address("192.0.2.1");
	char name[64];
	uint64_t sum = 0;
	(void)state;
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof name, i % 2 == 0 ? "fe4_9%03d.b5p.us" : "fe4_%d.b5p.us", i);
		ask(name, TYPE_A, &client);
	}
	for (int i = 0; i < USAGE_UNKNOWN; i++)
		sum += f.usage->unknown[i].queries;
	assert_true(sum <= USAGE_UNKNOWN);
	assert_int_equal(sum + f.usage->unknown_others, 1000);
}

static void test_a_bank_needs_memory(void **state)
{
	struct rlimit limit, least;
	(void)state;
	assert_int_equal(getrlimit(RLIMIT_AS, &limit), 0);
	least = (struct rlimit){ 4096, limit.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_AS, &least), 0);
	struct usage_bank *bank = usage_bank_new();
	assert_int_equal(setrlimit(RLIMIT_AS, &limit), 0);
	assert_null(bank);
	usage_bank_free(bank);
}

/* The last of the tests: slots are never given back. */
static void test_slots_run_out(void **state)
{
	char label[USAGE_LABEL + 1];
	unsigned slot = usage_slot("fe4_058");
	(void)state;
	memset(label, 0, sizeof label);
	memset(label, 'x', USAGE_LABEL);
	assert_int_equal(usage_slot(label), 0);
	assert_int_equal(usage_slot_of_brownout(label), 0);
	for (unsigned i = usage_slots(); i < USAGE_SLOTS; i++) {
		snprintf(label, sizeof label, "l%u", i);
		assert_int_equal(usage_slot(label), i);
		assert_string_equal(usage_label(i), label);
		/* a brownout takes none of those that pools need, and keeps what it has */
		if (i >= USAGE_SLOTS / 4 * 3)
			assert_int_equal(usage_slot_of_brownout("brownout"), 0);
	}
	assert_int_equal(usage_slot_of_brownout("l4000"), usage_slot("l4000"));
	assert_int_equal(usage_slot("one-more"), 0);
	assert_int_equal(usage_slot("fe4_058"), slot);
	assert_int_equal(usage_slots(), USAGE_SLOTS);
}

/* Those that find no slot are counted together, where nobody can take them for one that has. */
static void test_slots_of_zones_run_out(void **state)
{
	char name[32];
	struct address client = address("192.0.2.1");
	(void)state;
	for (unsigned i = usage_zone_slots(); i < USAGE_ZONES; i++) {
		snprintf(name, sizeof name, "z%u.test", i);
		assert_int_equal(usage_zone_slot(name), i);
	}
	assert_int_equal(usage_zone_slots(), USAGE_ZONES);
	struct zone_view *late[] = { fixture_zone("late.test", "@ NS ns1\n"), fixture_zone("later.test", "@ NS ns1\n") };
	fixture_serve(&f, late, 2);
	ask("fe4_058.late.test", TYPE_A, &client);
	ask("fe4_058.later.test", TYPE_A, &client);
	assert_int_equal(f.usage->zone[0].queries, 2);
	assert_string_equal(usage_zone(0), "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, unmake)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_pools_are_counted_apart),
		TEST(test_zones_are_counted_apart),
		TEST(test_a_zone_keeps_its_place),
		TEST(test_a_network_is_a_24_or_a_56),
		TEST(test_networks_are_told_apart),
		TEST(test_a_bank_is_a_sketch),
		TEST(test_a_socket_s_client_is_the_same),
		TEST(test_undefined_labels_are_counted),
		TEST(test_labels_without_end_are_counted_together),
		TEST(test_a_bank_needs_memory),
		TEST(test_slots_run_out), TEST(test_slots_of_zones_run_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
