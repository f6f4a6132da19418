/* SPDX-License-Identifier: BSD-2-Clause */
/* A host as it is served: with its secret or without, one that cannot be opened, suspended, on quotas. */
#include "dnsd/view/hosts.h"

#include <string.h>

#include "dnsd/store/node.h"
#include "dnsd/store/scan.h"
#include "tests/unit/check.h"

static struct keys keys;
static struct hosts hosts;
static struct arena arena;
static struct error error;

enum secret { NO_SECRET, GOOD, OF_ANOTHER_KEY, OF_ANOTHER_HOST, CUT_SHORT, OF_NO_FORM, SECRETS };

static struct blob seal(enum secret secret)
{
	static const uint8_t junk[] = { 1, 2, 3, 4 };
	struct keys sealing = keys;
	struct blob sealed = { 0 };
	if (secret == NO_SECRET)
		return sealed;
	if (secret == OF_NO_FORM)
		return (struct blob){ junk, sizeof junk };
	if (secret == OF_ANOTHER_KEY)
		sealing.seal[0] ^= 1;
	assert_done(secret_seal(&sealing, secret == OF_ANOTHER_HOST ? "other.b5p.us" : "kite.b5p.us", "sekrit", 6, &arena,
		&sealed, &error), &error);
	sealed.size -= secret == CUT_SHORT;
	return sealed;
}

static const struct node *look_up(const char *text)
{
	struct name name;
	struct scan scan = { 0 };
	uint8_t wire[NAME_WIRE + 8] = { 0 };
	assert_done(name_read(text, &name, &error), &error);
	memcpy(wire, name.wire, name.size);
	assert_true(scan_name(wire, name.size, &scan));
	return name_table_find(&hosts.names, scan.hash, scan.lower, scan.size);
}

static struct host row_of(enum secret secret)
{
	return (struct host){ .name = "kite.b5p.us", .addresses = "192.0.2.1 2001:db8::1", .ttl = 60, .secret = seal(secret) };
}

static int make(void **state)
{
	(void)state;
	arena = (struct arena){ 0 };
	memset(&keys, 7, sizeof keys);
	return hosts_init(&hosts, 0, &keys, &error);
}

static int drop(void **state)
{
	(void)state;
	hosts_free(&hosts);
	arena_free(&arena);
	return 0;
}

static bool has(const struct node *node, uint16_t type)
{
	struct rrset set;
	return node_find(node, type, &set);
}

/* Only a host that is not suspended and whose secret opens authenticates its relays; its addresses depend on nothing
 * but its being suspended; and what cannot be opened is counted, but where nobody is refused for it. */
static void each_secret_suspended_or_not_on_quotas_or_not(void **state)
{
	static const struct {
		int64_t kb, days, conns;
		const char *octets;
	} quotas[] = {
		{ 0, 0, 0, "\xff\xff\xfe\xff\xff\xff\xff\xff" }, { 10000, 30, 10, "\x00\x00\x27\x10\x00\x1e\x00\x0a" },
		{ -1, -1, -1, "\0\0\0\0\0\0\0\0" }, { 4000000000, 65534, 1, "\xee\x6b\x28\x00\xff\xfe\x00\x01" },
	};
	(void)state;
	for (int keyless = 0; keyless < 2; keyless++)
		for (int secret = 0; secret < SECRETS; secret++)
			for (int suspended = 0; suspended < 2; suspended++)
				for (size_t q = 0; q < COUNT_OF(quotas); q++) {
					struct host row = row_of((enum secret)secret);
					struct rrset set;
					row.suspended = suspended;
					row.quota_kb = quotas[q].kb;
					row.quota_days = quotas[q].days;
					row.quota_conns = quotas[q].conns;
					hosts.keys = keyless ? NULL : &keys;
					bool closed = suspended == 0 && secret != NO_SECRET && (keyless == 1 || secret != GOOD);
					bool proves = suspended == 0 && secret == GOOD && keyless == 0;
					int outcome = hosts_put(&hosts, &row, &error);
					const struct node *node = look_up("kite.b5p.us");
					if (outcome != (closed ? UNCHANGED : DONE) || node == NULL || hosts.closed != closed
						|| node->flags != (closed ? NODE_HOST | NODE_CLOSED : NODE_HOST)
						|| has(node, TYPE_A) != !suspended || has(node, TYPE_AAAA) != !suspended
						|| has(node, TYPE_SECRET) != proves)
						fail_msg("keyless %d, secret %d, suspended %d, quota %zu: %d", keyless, secret, suspended, q,
							outcome);
					if (closed)
						assert_says(error.text, "kite.b5p.us");
					if (!node_find(node, TYPE_SECRET, &set))
						continue;
					assert_int_equal(set.size, HOSTS_QUOTA + 6);
					assert_memory_equal(set.rrs, quotas[q].octets, HOSTS_QUOTA);
					assert_memory_equal(set.rrs + HOSTS_QUOTA, "sekrit", 6);
				}
	assert_int_equal(hosts.count, 1);
	assert_int_equal(hosts.refused, 0);
}

/* What was wrong is forgotten with the row that was. */
static void closed_ones_are_counted_as_long_as_they_are(void **state)
{
	struct host closed = row_of(OF_ANOTHER_KEY), good = row_of(GOOD), none = row_of(NO_SECRET), below = row_of(CUT_SHORT);
	struct host suspended = closed, damaged = closed;
	const struct host *const after[] = { &good, &none, &suspended };
	(void)state;
	suspended.suspended = 1;
	damaged.addresses = "nonsense";
	below.name = "www.kite.b5p.us";
	for (size_t i = 0; i < COUNT_OF(after); i++) {
		assert_int_equal(hosts_put(&hosts, &closed, &error), UNCHANGED);
		assert_int_equal(hosts_put(&hosts, &closed, &error), UNCHANGED);
		assert_int_equal(hosts.closed, 1);
		assert_int_equal(hosts_put(&hosts, after[i], &error), DONE);
		assert_int_equal(hosts.closed, 0);
	}
	assert_int_equal(hosts_put(&hosts, &closed, &error), UNCHANGED);
	assert_int_equal(hosts_put(&hosts, &below, &error), UNCHANGED);
	assert_int_equal(hosts.closed, 2);
	assert_int_equal(hosts_put(&hosts, &damaged, &error), REFUSED); /* what it had is taken out */
	assert_int_equal(hosts.closed, 1);
	assert_int_equal(look_up("kite.b5p.us")->flags, 0); /* another host is below */
	assert_done(hosts_remove(&hosts, "www.kite.b5p.us", &error), &error);
	assert_int_equal(hosts.closed, 0);
	assert_int_equal(hosts.count, 0);
	assert_null(look_up("kite.b5p.us"));
}

/* A suspended host is there, so that no wildcard above answers for it, whatever its addresses are. */
static void a_suspended_one_is_a_name_without_data(void **state)
{
	struct host row = row_of(GOOD);
	(void)state;
	row.suspended = 1;
	row.addresses = "nonsense";
	assert_done(hosts_put(&hosts, &row, &error), &error);
	assert_int_equal(look_up("kite.b5p.us")->flags, NODE_HOST);
	assert_int_equal(look_up("kite.b5p.us")->rrsets, 0);
	row.suspended = 0;
	assert_int_equal(hosts_put(&hosts, &row, &error), REFUSED);
	assert_says(error.text, "nonsense");
	assert_null(look_up("kite.b5p.us"));
	assert_int_equal(hosts.refused, 1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_secret_suspended_or_not_on_quotas_or_not), TEST(closed_ones_are_counted_as_long_as_they_are),
		TEST(a_suspended_one_is_a_name_without_data),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
