/* SPDX-License-Identifier: BSD-2-Clause */
/* The triggers of the change log, on a registry that was made by windsock of schema version 8 and brought up
 * to date. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "registry/registry.h"
#include "registry/schema.h"
#include "registry/statement.h"
#include "registry/triggers.h"
#include "tests/unit/check.h"

static char dir[32], path[64];
static sqlite3 *db;
static struct error e;

static void sql(const char *statement)
{
	char *fault = NULL;
	if (sqlite3_exec(db, statement, NULL, NULL, &fault) != SQLITE_OK)
		fail_msg("%s: %s", statement, fault);
}

/* The first column of the last row, as text; "" when there is none or it is NULL. */
static const char *ask(const char *statement)
{
	static char text[1000];
	sqlite3_stmt *prepared;
	assert_int_equal(sqlite3_prepare_v2(db, statement, -1, &prepared, NULL), SQLITE_OK);
	text[0] = '\0';
	while (sqlite3_step(prepared) == SQLITE_ROW) {
		const char *column = (const char *)sqlite3_column_text(prepared, 0);
		snprintf(text, sizeof text, "%s", column == NULL ? "" : column);
	}
	sqlite3_finalize(prepared);
	return text;
}

static int make(void **state)
{
	struct registry *registry;
	(void)state;
	strcpy(dir, "/tmp/windsock-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(path, sizeof path, "%s/registry", dir);
	if (sqlite3_open(path, &db) != SQLITE_OK)
		return -1;
	for (int i = 0; i < 8; i++)
		sql(schema_steps[i]);
	sql("PRAGMA application_id = 0x77736b31; PRAGMA user_version = 8;"
		"INSERT INTO relay (name, addresses, port, state, tls, weight, since, note) "
		"VALUES ('r', '192.0.2.1', 443, 2, 6, 100, 0, '')");
	if (registry_open(path, REGISTRY_WRITE, &registry, &e) != DONE)
		return -1;
	registry_close(registry);
	sql("PRAGMA trusted_schema = ON; PRAGMA foreign_keys = ON; DELETE FROM change");
	return 0;
}

static int drop(void **state)
{
	char command[64];
	(void)state;
	sqlite3_close(db);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

/* A column without a field is never read; a field without a column makes no trigger that works. */
static void columns_are_fields(void **state)
{
	char statement[200];
	(void)state;
	for (size_t k = 0; k < KINDS; k++) {
		const struct kind *kind = statement_kinds[k];
		snprintf(statement, sizeof statement, "SELECT count(*) FROM pragma_table_info('%s')", kind->name);
		assert_int_equal(atoi(ask(statement)), kind->count);
		for (int i = 0; i < kind->count; i++) {
			snprintf(statement, sizeof statement, "SELECT name FROM pragma_table_info('%s') WHERE name = '%s'",
				kind->name, kind->fields[i].name);
			assert_string_equal(ask(statement), kind->fields[i].name);
		}
	}
}

static void what_is_logged_has_three_triggers(void **state)
{
	char statement[200];
	(void)state;
	for (size_t k = 0; k < KINDS; k++) {
		snprintf(statement, sizeof statement,
			"SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' AND name GLOB '%s_*'",
			statement_kinds[k]->name);
		assert_int_equal(atoi(ask(statement)), statement_kinds[k]->log == LOG_NONE ? 0 : 3);
	}
}

static void a_change_is_logged_with_both_sides(void **state)
{
	(void)state;
	sql("UPDATE relay SET weight = 50");
	assert_string_equal(ask("SELECT kind || ' ' || key FROM change"), "relay r");
	assert_string_equal(ask("SELECT old ->> 'weight' || ' ' || (new ->> 'weight') FROM change"), "100 50");
	sql("DELETE FROM relay");
	assert_string_equal(ask("SELECT new IS NULL AND old ->> 'weight' = 50 FROM change"), "1");
	assert_string_equal(ask("SELECT count(*) FROM change"), "2");
}

static void a_quiet_change_is_not_logged(void **state)
{
	(void)state;
	sql("UPDATE relay SET weight = 100, since = 17");
	sql("INSERT INTO host (name, addresses, ttl, updated) VALUES ('h.example', '', 60, 0)");
	sql("INSERT INTO observation (relay, observer, health, tls, overloaded, load, version, uuid, reason, at) "
	    "VALUES ('r', 'p', 1, 6, 0, 0, '', '', 'well', 1)");
	sql("DELETE FROM change; UPDATE host SET updated = 5, sign = x'01'; UPDATE observation SET at = 2, reason = 'fine'");
	assert_string_equal(ask("SELECT count(*) FROM change"), "0");
	sql("UPDATE observation SET health = 2, reason = 'gone'");
	assert_string_equal(ask("SELECT old ->> 'reason' || ' ' || (new ->> 'reason') FROM change"), "fine gone");
}

static void secrets_are_not_told(void **state)
{
	(void)state;
	sql("INSERT INTO account (name, hosts, role, allow_private, blocked, token) VALUES ('a', '', 0, 0, 0, x'5ec3e7')");
	assert_string_equal(ask("SELECT new ->> 'token' FROM change"), "");
	sql("UPDATE account SET blocked = 1");
	assert_string_equal(ask("SELECT new ->> 'token' FROM change"), "kept");
	sql("UPDATE account SET token = x'5ec3e8'");
	assert_string_equal(ask("SELECT new ->> 'token' FROM change"), "new");
	assert_string_equal(ask("SELECT count(*) FROM change WHERE coalesce(old, '') || coalesce(new, '') LIKE '%5ec3e%'"),
		"0");
}

static void a_new_key_is_told_by_what_was(void **state)
{
	(void)state;
	sql("UPDATE relay SET name = 's'");
	assert_string_equal(ask("SELECT key || ' ' || (old ->> 'name') FROM change"), "s r");
	assert_string_equal(ask("SELECT count(*) FROM change"), "1");
}

static void a_renamed_host_is_one_less_and_one_more(void **state)
{
	(void)state;
	sql("INSERT INTO host (name, addresses, ttl, updated) VALUES ('h.example', '192.0.2.7', 60, 0);"
	    "DELETE FROM change; UPDATE host SET name = 'i.example'");
	assert_string_equal(ask("SELECT group_concat(key || (old IS NULL) || (new IS NULL)) FROM change"),
		"h.example01,i.example10");
	assert_string_equal(ask("SELECT new ->> 'addresses' FROM change"), "192.0.2.7");
}

static void a_record_is_a_list_under_its_zone(void **state)
{
	(void)state;
	sql("INSERT INTO zone (name, \"primary\", contact, ttl, refresh, retry, expire, minimum) "
	    "VALUES ('z', 'ns', 'm', 1, 1, 1, 1, 1); INSERT INTO record (zone, owner, type, ttl, rdata) VALUES ('z', 'a.z', 1, 60, x'c0000201')");
	assert_string_equal(ask("SELECT key || new FROM change"), "z[\"a.z\",1,60,\"C0000201\"]");
	sql("UPDATE record SET ttl = 61");
	assert_string_equal(ask("SELECT (old ->> 2) || (new ->> 2) FROM change"), "6061");
	sql("DELETE FROM record");
	assert_string_equal(ask("SELECT old FROM change"), "[\"a.z\",1,61,\"C0000201\"]");
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, make, drop)

int main(void)
{
	const struct CMUnitTest tests[] = { CASE(columns_are_fields), CASE(what_is_logged_has_three_triggers),
		CASE(a_change_is_logged_with_both_sides), CASE(a_quiet_change_is_not_logged), CASE(secrets_are_not_told),
		CASE(a_new_key_is_told_by_what_was), CASE(a_renamed_host_is_one_less_and_one_more),
		CASE(a_record_is_a_list_under_its_zone) };
	return cmocka_run_group_tests_name("registry/triggers", tests, NULL, NULL);
}
