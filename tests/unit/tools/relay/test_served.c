/* SPDX-License-Identifier: BSD-2-Clause */
/* Until when a resolver may have a relay, by logs that are made up of changes at known dates. */
#include "tools/relay/served.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "registry/fleet.h"
#include "tests/unit/check.h"

enum { HOUR = 3600, START = 1600000000, NOW = START + 1000 * HOUR };

static char dir[32], path[64];
static struct command c;
static struct served v;
static struct error e;
static sqlite3 *db;

static void sql(const char *statement)
{
	char *fault = NULL;
	if (sqlite3_exec(db, statement, NULL, NULL, &fault) != SQLITE_OK)
		fail_msg("%s: %s", statement, fault);
}

/* Makes a change at an hour since START. */
static void at(int hour, const char *statement)
{
	char when[100];
	sql(statement);
	snprintf(when, sizeof when, "UPDATE change SET at = %d WHERE at > %d", START + hour * HOUR, NOW);
	sql(when);
}

/* A registry of hour 0, whose log is whole: the first row's revision is its date. */
static int begin(void **state)
{
	char first[100];
	(void)state;
	strcpy(dir, "/tmp/windsock-XXXXXX");
	snprintf(path, sizeof path, "%s/registry", mkdtemp(dir) == NULL ? "" : dir);
	c = (struct command){ .registry_path = path };
	v = (struct served){ 0 };
	if (registry_open(path, REGISTRY_CREATE, &c.registry, &e) != DONE || sqlite3_open(path, &db) != SQLITE_OK)
		return -1;
	sql("PRAGMA foreign_keys = ON; PRAGMA synchronous = OFF");
	snprintf(first, sizeof first, "UPDATE sqlite_sequence SET seq = %d WHERE name = 'change'", START);
	sql(first);
	at(0, "INSERT INTO relay (name, addresses, port, state, tls, weight, since) VALUES ('r1', '192.0.2.1', 443, 2, 8, 100, 0),"
		"('r2', '192.0.2.2', 443, 2, 8, 100, 0)");
	at(0, "INSERT INTO pool (label, state, tls, ttl, answers) VALUES ('fe4_058', 0, 0, 600, 8)");
	return 0;
}

static int end(void **state)
{
	char command[64];
	(void)state;
	sqlite3_close(db);
	registry_close(c.registry);
	arena_free(&c.arena);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

static void find(const char *name)
{
	struct fleet fleet;
	size_t refused, i = 0;
	assert_done(registry_freeze(c.registry, &e), &e);
	assert_done(registry_fleet(c.registry, &c.arena, &fleet, &refused, &e), &e);
	while (strcmp(fleet.relays[i].name, name) != 0)
		i++;
	assert_done(served_find(&c, &fleet, &fleet.relays[i], NOW, &v, &e), &e);
	registry_rollback(c.registry);
}

/* Hours since START, where a state of the relay began. */
static void since(int hour)
{
	char statement[100];
	snprintf(statement, sizeof statement, "UPDATE relay SET since = %d", START + hour * HOUR);
	sql(statement);
}

static int64_t revision_of(const char *field)
{
	sqlite3_stmt *s;
	char text[100];
	snprintf(text, sizeof text, "SELECT %s FROM change", field);
	assert_int_equal(sqlite3_prepare_v2(db, text, -1, &s, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	int64_t revision = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return revision;
}

static void who_is_in_a_pool_is_known_from_now_on_for_its_ttl(void **state)
{
	(void)state;
	since(0);
	find("r1");
	assert_int_equal(v.pool_until, NOW + 600);
	assert_int_equal(v.ttl, 600);
	assert_int_equal(v.host_until, 0);
	assert_int_equal(v.revision, revision_of("max(id)"));
}

static void who_drains_was_known_until_then(void **state)
{
	(void)state;
	at(990, "UPDATE relay SET state = 3 WHERE name = 'r1'");
	since(990);
	find("r1");
	assert_int_equal(v.pool_until, START + 990 * HOUR + 600);
	assert_int_equal(v.ttl, 600);
	assert_int_equal(v.gone, revision_of("max(id)"));
}

/* The TTL was longer before: what was answered then lasts longer than what was answered last. */
static void an_earlier_and_longer_ttl_counts(void **state)
{
	(void)state;
	at(100, "UPDATE pool SET ttl = 86400");
	at(989, "UPDATE pool SET ttl = 60");
	at(990, "UPDATE relay SET state = 3 WHERE name = 'r1'");
	since(990);
	find("r1");
	assert_int_equal(v.pool_until, START + 989 * HOUR + 86400);
	assert_int_equal(v.ttl, 86400);
}

static void who_was_excluded_was_known_until_then(void **state)
{
	(void)state;
	at(987, "INSERT INTO rule (pool, relay, verdict) VALUES ('fe4_058', 'r1', 1)");
	at(990, "UPDATE relay SET state = 3 WHERE name = 'r1'");
	since(990);
	find("r1");
	assert_int_equal(v.pool_until, START + 987 * HOUR + 600);
}

/* Five hours are more than the TTL and what clients and resolvers keep beyond it. */
static void what_was_forgotten_when_it_began_to_drain_is_not_found(void **state)
{
	(void)state;
	at(985, "INSERT INTO rule (pool, relay, verdict) VALUES ('fe4_058', 'r1', 1)");
	at(990, "UPDATE relay SET state = 3 WHERE name = 'r1'");
	since(990);
	find("r1");
	assert_int_equal(v.pool_until, 0);
}

/* Another relay with its address stands for it. */
static void an_address_of_its_own_elsewhere_counts(void **state)
{
	(void)state;
	at(980, "UPDATE relay SET state = 3 WHERE name = 'r1'");
	at(981, "UPDATE relay SET addresses = '192.0.2.1 192.0.2.2' WHERE name = 'r2'");
	at(995, "UPDATE relay SET addresses = '192.0.2.2' WHERE name = 'r2'");
	since(980);
	find("r1");
	assert_int_equal(v.pool_until, START + 995 * HOUR + 600);
}

static void a_host_that_pointed_at_it_is_known_for_its_own_ttl(void **state)
{
	(void)state;
	at(1, "INSERT INTO host (name, addresses, ttl) VALUES ('a.b5p.us', '192.0.2.9 192.0.2.1', 7200), ('b.b5p.us', '192.0.2.2', 80000),"
		"('c.b5p.us', '192.0.2.1', 80000)");
	at(2, "UPDATE host SET suspended = 1 WHERE name = 'c.b5p.us'");
	at(990, "UPDATE relay SET state = 3 WHERE name = 'r1'");
	at(991, "UPDATE host SET addresses = '' WHERE name = 'b.b5p.us'");
	at(992, "UPDATE host SET addresses = '192.0.2.9' WHERE name = 'a.b5p.us'");
	at(993, "UPDATE host SET addresses = '' WHERE name = 'c.b5p.us'"); /* suspended: nobody was answered */
	since(990);
	find("r1");
	assert_int_equal(v.host_until, START + 992 * HOUR + 7200);
	assert_int_equal(v.host_ttl, 7200);
	assert_int_equal(v.pool_until, START + 990 * HOUR + 600);
	assert_int_equal(v.gone, revision_of("max(CASE at WHEN 1603571200 THEN id END)"));
}

/* Nobody knows what was answered before a log that was pruned. */
static void a_log_that_was_pruned_counts_as_a_day(void **state)
{
	(void)state;
	at(1, "INSERT INTO rule (pool, relay, verdict) VALUES ('fe4_058', 'r1', 1)");
	at(985, "UPDATE pool SET ttl = 601");
	at(990, "UPDATE relay SET state = 3 WHERE name = 'r1'");
	sql("DELETE FROM change WHERE at < 1603000000");
	assert_done(registry_begin(c.registry, &e), &e);
	assert_done(registry_meta_set(c.registry, "pruned", "1602999999", &e), &e);
	assert_done(registry_commit(c.registry, &e), &e);
	since(990);
	find("r1");
	assert_int_equal(v.pool_until, START + 985 * HOUR + SERVED_TTL_MOST);
	assert_int_equal(v.ttl, SERVED_TTL_MOST);
	assert_int_equal(v.host_until, START + 985 * HOUR + SERVED_TTL_MOST);
}

/* Asked again, it looks at what came since, and keeps what it found. */
static void it_goes_on_from_where_it_came_to(void **state)
{
	(void)state;
	at(985, "UPDATE pool SET ttl = 86400");
	at(986, "UPDATE pool SET ttl = 60");
	at(990, "UPDATE relay SET state = 3 WHERE name = 'r1'");
	since(990);
	find("r1");
	struct served first = v;
	assert_int_equal(first.pool_until, START + 986 * HOUR + 86400);
	find("r1");
	assert_memory_equal(&v, &first, sizeof v);
	at(995, "UPDATE pool SET ttl = 70");
	find("r1");
	assert_int_equal(v.revision, revision_of("max(id)"));
	assert_int_equal(v.pool_until, first.pool_until);
	assert_int_equal(v.gone, first.gone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(who_is_in_a_pool_is_known_from_now_on_for_its_ttl, begin, end),
		cmocka_unit_test_setup_teardown(who_drains_was_known_until_then, begin, end),
		cmocka_unit_test_setup_teardown(an_earlier_and_longer_ttl_counts, begin, end),
		cmocka_unit_test_setup_teardown(who_was_excluded_was_known_until_then, begin, end),
		cmocka_unit_test_setup_teardown(what_was_forgotten_when_it_began_to_drain_is_not_found, begin, end),
		cmocka_unit_test_setup_teardown(an_address_of_its_own_elsewhere_counts, begin, end),
		cmocka_unit_test_setup_teardown(a_host_that_pointed_at_it_is_known_for_its_own_ttl, begin, end),
		cmocka_unit_test_setup_teardown(a_log_that_was_pruned_counts_as_a_day, begin, end),
		cmocka_unit_test_setup_teardown(it_goes_on_from_where_it_came_to, begin, end) };
	return cmocka_run_group_tests_name("tools/relay/served", tests, NULL, NULL);
}
