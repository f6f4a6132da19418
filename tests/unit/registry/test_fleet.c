/* SPDX-License-Identifier: BSD-2-Clause */
/* The fleet read whole, with rows that no check accepts left out. */
#include "registry/fleet.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/check.h"

static char dir[32] = "/tmp/windsock-XXXXXX", path[64];
static struct registry *r;

static int make_registry(void **state)
{
	struct error e;
	(void)state;
	snprintf(path, sizeof path, "%s/registry", mkdtemp(dir) == NULL ? "" : dir);
	return registry_open(path, REGISTRY_CREATE, &r, &e);
}

static int drop_registry(void **state)
{
	char command[64];
	(void)state;
	registry_close(r);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

static void sql(const char *statement)
{
	sqlite3 *db;
	char *fault = NULL;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, statement, NULL, NULL, &fault) != SQLITE_OK)
		fail_msg("%s", fault);
	sqlite3_close(db);
}

static void an_empty_fleet(void **state)
{
	struct arena arena = { 0 };
	struct fleet fleet;
	struct error e;
	size_t refused = 9;
	(void)state;
	assert_done(registry_fleet(r, &arena, &fleet, &refused, &e), &e);
	assert_int_equal(fleet.relay_count + fleet.pool_count + fleet.rule_count, 0);
	assert_int_equal(refused, 0);
	arena_free(&arena);
}

static void bad_rows_are_left_out_and_counted(void **state)
{
	struct arena arena = { 0 };
	struct fleet fleet;
	struct error e;
	size_t refused;
	(void)state;
	sql("INSERT INTO relay (name, addresses, port, state, tls, weight, since, note) VALUES "
		"('a','192.0.2.1',443,2,6,100,0,''), ('b','not an address',443,2,6,100,0,''), "
		"('C','192.0.2.3',443,2,6,100,0,''), ('d','192.0.2.4',443,2,6,100,0,'');"
		"INSERT INTO pool (label, state, tls, ttl, answers, note) VALUES ('fe058',0,0,300,8,'');"
		"INSERT INTO release (product, version, pools, tls, families, ping, note) VALUES ('p','1','fe058',6,2,2,'');"
		"INSERT INTO rule VALUES ('fe058','a',0,'');"
		"INSERT INTO observation (relay, observer, health, tls, overloaded, load, at) "
		"VALUES ('a','o',1,2,0,3,9)");
	assert_done(registry_fleet(r, &arena, &fleet, &refused, &e), &e);
	assert_int_equal(refused, 2);
	assert_says(e.text, "relay");
	assert_int_equal(fleet.relay_count, 2);
	assert_string_equal(fleet.relays[0].name, "a");
	assert_string_equal(fleet.relays[1].name, "d");
	assert_int_equal(fleet.observation_count, 1);
	assert_int_equal(fleet.release_count, 1);
	assert_int_equal(fleet.pool_count, 1);
	assert_int_equal(fleet.rule_count, 1);
	arena_free(&arena);
}

/* A prober that wrote while the clock was ahead is not the only one that is believed until then. */
static void nothing_is_of_the_future(void **state)
{
	struct arena arena = { 0 };
	struct fleet fleet;
	struct error e;
	size_t refused;
	(void)state;
	sql("INSERT INTO observation (relay, observer, health, tls, overloaded, load, at) "
		"VALUES ('a','ahead',1,2,0,3,unixepoch() + 86400)");
	assert_done(registry_fleet(r, &arena, &fleet, &refused, &e), &e);
	assert_int_equal(fleet.observation_count, 2);
	assert_string_equal(fleet.observations[0].observer, "ahead");
	assert_int_equal(fleet.observations[0].heard, fleet.now);
	assert_int_equal(fleet.observations[1].at, 9);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(an_empty_fleet),
		cmocka_unit_test(bad_rows_are_left_out_and_counted), cmocka_unit_test(nothing_is_of_the_future) };
	return cmocka_run_group_tests_name("registry/fleet", tests, make_registry, drop_registry);
}
