/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of names: found, replaced, removed, grown; read while it is written. */
#include "dnsd/view/hosts.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <urcu-qsbr.h>

#include <cmocka.h>

enum { MANY = 20000 };

static const struct node *look_up(const struct name_table *table, const char *text)
{
	struct name name;
	struct scan scan = { 0 };
	uint8_t wire[NAME_WIRE + 8] = { 0 };
	assert_int_equal(name_read(text, &name, NULL), DONE);
	memcpy(wire, name.wire, name.size);
	assert_true(scan_name(wire, name.size, &scan));
	return name_table_find(table, scan.hash, scan.lower, scan.size);
}

static void put(struct hosts *hosts, const char *name, const char *list)
{
	struct host row = { .name = name, .addresses = list, .ttl = 60 };
	struct error e = { "" };
	if (hosts_put(hosts, &row, &e) != DONE)
		fail_msg("%s", e.text);
}

static void many_are_found_and_removed(void **state)
{
	(void)state;
	struct hosts hosts;
	char name[64];
	assert_int_equal(hosts_init(&hosts, 0, NULL, NULL), DONE);
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof name, "h%d.zone%d.example", i, i % 7);
		put(&hosts, name, "192.0.2.1");
	}
	assert_int_equal(hosts.count, MANY);
	assert_int_equal(hosts.names.count, MANY + 7); /* zoneN.example are empty */
	for (int i = 0; i < MANY; i += 2) {
		snprintf(name, sizeof name, "H%d.Zone%d.EXAMPLE", i, i % 7);
		assert_non_null(look_up(&hosts.names, name));
		hosts_remove(&hosts, name, NULL);
		assert_null(look_up(&hosts.names, name));
	}
	hosts_reclaim(&hosts);
	assert_int_equal(hosts.count, MANY / 2);
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof name, "h%d.zone%d.example", i, i % 7);
		assert_int_equal(look_up(&hosts.names, name) != NULL, i % 2);
		hosts_remove(&hosts, name, NULL);
	}
	assert_int_equal(hosts.names.count, 0);
	hosts_reclaim(&hosts);
	hosts_free(&hosts);
}

/* RFC 4592: a name above a host exists as long as a host is below it. */
static void empty_non_terminals_come_and_go(void **state)
{
	(void)state;
	struct hosts hosts;
	assert_int_equal(hosts_init(&hosts, 0, NULL, NULL), DONE);
	put(&hosts, "a.b.c.example", "192.0.2.1");
	put(&hosts, "x.b.c.example", "192.0.2.1");
	put(&hosts, "a.b.c.example", "192.0.2.2");
	assert_int_equal(look_up(&hosts.names, "b.c.example")->flags, 0);
	hosts_remove(&hosts, "a.b.c.example", NULL);
	assert_non_null(look_up(&hosts.names, "b.c.example"));
	put(&hosts, "b.c.example", "192.0.2.3"); /* becomes a host, and stays when it is none again */
	assert_int_equal(look_up(&hosts.names, "b.c.example")->flags, NODE_HOST);
	hosts_remove(&hosts, "b.c.example", NULL);
	assert_int_equal(look_up(&hosts.names, "b.c.example")->flags, 0);
	hosts_remove(&hosts, "x.b.c.example", NULL);
	assert_null(look_up(&hosts.names, "b.c.example"));
	assert_null(look_up(&hosts.names, "c.example"));
	assert_int_equal(hosts.names.count, 0);
	hosts_free(&hosts);
}

static void hostile_rows_are_refused_and_taken_out(void **state)
{
	(void)state;
	static const struct host bad[] = {
		{ .name = "good.example", .addresses = "192.0.2.300", .ttl = 60 },
		{ .name = "good.example", .addresses = "192.0.2.1,192.0.2.2", .ttl = 60 },
		{ .name = "good.example", .addresses = "192.0.2.1", .ttl = -1 },
		{ .name = "good.example", .addresses = "192.0.2.1", .ttl = INT64_C(1) << 40 },
		{ .name = "..", .addresses = "192.0.2.1", .ttl = 60 },
		{ .name = "", .addresses = "192.0.2.1", .ttl = 60 },
	};
	struct hosts hosts;
	struct error e;
	assert_int_equal(hosts_init(&hosts, 0, NULL, NULL), DONE);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		put(&hosts, "good.example", "192.0.2.1");
		assert_int_equal(hosts_put(&hosts, &bad[i], &e), REFUSED);
		assert_int_equal(look_up(&hosts.names, "good.example") != NULL, i >= 4);
	}
	hosts_free(&hosts);
}

static _Atomic bool stop;

/* Every host that is never removed is found at every moment, whole. */
static void *read_all(void *context)
{
	struct hosts *hosts = context;
	char name[64];
	long missed = 0;
	rcu_register_thread();
	for (unsigned i = 0; !stop; i++) {
		struct rrset set;
		snprintf(name, sizeof name, "stay%u.example", i % 100);
		const struct node *node = look_up(&hosts->names, name);
		if (node == NULL || !node_find(node, TYPE_A, &set) || set.size != 16 || set.rrs[13] != 0)
			missed++;
		rcu_quiescent_state();
	}
	rcu_unregister_thread();
	return (void *)(intptr_t)missed;
}

static void readers_miss_nothing_while_it_is_written(void **state)
{
	(void)state;
	struct hosts hosts;
	pthread_t reader;
	void *missed;
	char name[64], list[32];
	assert_int_equal(hosts_init(&hosts, 0, NULL, NULL), DONE);
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof name, "stay%d.example", i);
		put(&hosts, name, "192.0.2.1");
	}
	stop = false;
	assert_int_equal(pthread_create(&reader, NULL, read_all, &hosts), 0);
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof name, "stay%d.example", i % 100);
		snprintf(list, sizeof list, "192.0.2.%d", i % 200 + 1);
		put(&hosts, name, list);
		snprintf(name, sizeof name, "come%d.example", i);
		put(&hosts, name, "192.0.2.1");
		snprintf(name, sizeof name, "come%d.example", i - 500);
		hosts_remove(&hosts, name, NULL);
		if (i % 64 == 0) {
			synchronize_rcu();
			hosts_reclaim(&hosts);
		}
	}
	stop = true;
	pthread_join(reader, &missed);
	assert_null(missed);
	hosts_reclaim(&hosts);
	hosts_free(&hosts);
}

static void lower_case_of_every_octet(void **state)
{
	(void)state;
	for (unsigned octet = 0; octet < 256; octet++) {
		uint64_t word = octet * UINT64_C(0x0101010101010101);
		unsigned wanted = octet >= 'A' && octet <= 'Z' ? octet + 32 : octet;
		assert_int_equal(scan_lower(word), wanted * UINT64_C(0x0101010101010101));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_are_found_and_removed),
		cmocka_unit_test(empty_non_terminals_come_and_go),
		cmocka_unit_test(hostile_rows_are_refused_and_taken_out),
		cmocka_unit_test(readers_miss_nothing_while_it_is_written),
		cmocka_unit_test(lower_case_of_every_octet),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
