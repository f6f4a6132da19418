/* SPDX-License-Identifier: BSD-2-Clause */
/* Which release finds which relay, and why not; pools, the weakest first; what old TLS is kept for. */
#include <jansson.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/check.h"
#include "tools/registry/registry_verbs.h"

static char dir[32], path[64];
static struct command c;
static struct error e;
static sqlite3 *db;
static json_t *found;

static void sql(const char *statement)
{
	char *fault = NULL;
	if (sqlite3_exec(db, statement, NULL, NULL, &fault) != SQLITE_OK)
		fail_msg("%s: %s", statement, fault);
}

#define RELAY "INSERT INTO relay (name, addresses, port, state, tls, weight, since) VALUES "
#define RELEASE "INSERT INTO release (product, version, pools, tls, families, ping) VALUES "
#define RECORD "INSERT INTO record (zone, owner, type, rdata, ttl) VALUES "

static int begin(void **state)
{
	static const struct verb verb = { .noun = "coverage", .name = "", .flags = VERB_READS };
	(void)state;
	strcpy(dir, "/tmp/windsock-XXXXXX");
	snprintf(path, sizeof path, "%s/registry", mkdtemp(dir) == NULL ? "" : dir);
	c = (struct command){ .verb = &verb, .registry_path = path, .json = true };
	if (registry_open(path, REGISTRY_CREATE, &c.registry, &e) != DONE || sqlite3_open(path, &db) != SQLITE_OK)
		return -1;
	sql("PRAGMA foreign_keys = ON; INSERT INTO zone VALUES ('b5p.us','n','c',1,2,3,4,5,0);"
		"INSERT INTO pool (label, state, tls, ttl, answers) VALUES ('fe4_058', 0, 0, 600, 8), ('fe4_153', 0, 0, 600, 8);"
		RELAY "('r1', '192.0.2.1', 443, 2, 24, 100, 0), ('r2', '192.0.2.2', 443, 2, 2, 100, 0),"
		"('r3', '2001:db8::3', 443, 2, 24, 100, 0), ('r4', '192.0.2.4', 443, 3, 24, 100, 0),"
		"('r5', '192.0.2.5', 443, 2, 0, 100, 0), ('r6', '192.0.2.6', 443, 2, 16, 100, 0);"
		RELEASE "('new', '1', 'fe4_153', 24, 2, 0), ('old', '0', 'fe4_058', 2, 2, 0)");
	return 0;
}

static int end(void **state)
{
	char command[64];
	(void)state;
	json_decref(found);
	found = NULL;
	sqlite3_close(db);
	registry_close(c.registry);
	arena_free(&c.arena);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

static char *run(int wanted)
{
	char *text = NULL;
	size_t size;
	c.out = open_memstream(&text, &size);
	assert_non_null(c.out);
	assert_done(registry_freeze(c.registry, &e), &e);
	assert_outcome(verb_coverage(&c, &e), wanted, &e);
	registry_rollback(c.registry);
	fclose(c.out);
	return text;
}

static void look(void)
{
	char *text = run(DONE);
	json_decref(found);
	found = json_loads(text, 0, NULL);
	assert_non_null(found);
	free(text);
}

static void is(size_t release, const char *relay, const char *fit, const char *why)
{
	const json_t *relays = json_object_get(json_array_get(json_object_get(found, "releases"), release), "relays");
	const json_t *it = json_object_get(relays, relay);
	assert_string_equal(json_string_value(json_object_get(it, "fit")), fit);
	assert_says(json_string_value(json_object_get(it, "why")), why);
}

static void a_release_finds_relays_or_is_told_why_not(void **state)
{
	(void)state;
	look();
	is(0, "r1", "live", "");
	is(0, "r2", "incompatible", "speaks 1.0, but 1.2-1.3 is needed");
	is(0, "r3", "incompatible", "has no address that it can use");
	is(0, "r4", "waiting", "drain");
	is(0, "r5", "incompatible", "nobody knows what TLS versions it speaks");
	is(0, "r6", "live", "");
	is(1, "r1", "incompatible", "speaks 1.2-1.3, but 1.0 is needed");
	is(1, "r2", "live", "");
	sql("INSERT INTO observation (relay, observer, health, tls, overloaded, load, at, pings) VALUES ('r1','o',1,24,0,0,1,'ping-1.0')");
	sql("UPDATE release SET ping = 1 WHERE product = 'new'");
	look();
	is(0, "r1", "incompatible", "does not answer ");
}

/* The nearest pool answers a label that nobody defined, where the zone has nothing of its own there. */
static void labels_are_answered_where_a_zone_lets_them(void **state)
{
	(void)state;
	sql("UPDATE release SET pools = 'fe4_154' WHERE product = 'new'");
	look();
	is(0, "r1", "live", "");
	sql(RECORD "('b5p.us', 'fe4_154.b5p.us', 16, x'0178', 60)");
	look();
	is(0, "r1", "waiting", "nothing answers its labels");
	sql("UPDATE release SET pools = 'fe4_154 fe4_153' WHERE product = 'new'"); /* any label will do */
	look();
	is(0, "r1", "live", "");
	sql(RECORD "('b5p.us', 'fe4_153.b5p.us', 16, x'0178', 60)"); /* a defined pool stands beside it */
	look();
	is(0, "r1", "live", "");
	sql(RECORD "('b5p.us', 'fe4_153.b5p.us', 2, x'00', 60)"); /* a delegation */
	look();
	is(0, "r1", "waiting", "nothing answers its labels");
	sql("INSERT INTO zone VALUES ('other.test','n','c',1,2,3,4,5,0)"); /* another zone answers it */
	look();
	is(0, "r1", "live", "");
	sql("DELETE FROM zone");
	look();
	is(0, "r1", "waiting", "nothing answers its labels");
}

static const char *pool_label(size_t i)
{
	return json_string_value(json_object_get(json_array_get(json_object_get(found, "pools"), i), "label"));
}

static void the_weakest_pool_comes_first(void **state)
{
	(void)state;
	look();
	const json_t *pools = json_object_get(found, "pools"), *first = json_array_get(pools, 0);
	assert_int_equal(json_array_size(pools), 2);
	assert_string_equal(pool_label(0), "fe4_058");
	assert_int_equal(json_integer_value(json_object_get(first, "members")), 1);
	assert_true(json_is_false(json_object_get(first, "n_1")));
	assert_true(json_is_null(json_object_get(first, "networks"))); /* nobody counts */
	assert_true(json_is_true(json_object_get(json_array_get(pools, 1), "n_1")));
	sql(RELAY "('r7', '192.0.2.7', 443, 2, 2, 100, 0), ('r8', '192.0.2.8', 443, 2, 2, 100, 0)");
	look();
	assert_string_equal(pool_label(0), "fe4_153");
	c.json = false;
	sql("UPDATE pool SET state = 3 WHERE label = 'fe4_058'");
	char *text = run(DONE);
	assert_says(text, "\nfe4_153  2");
	assert_null(strstr(text, "\nfe4_058"));
	free(text);
}

static void old_tls_is_kept_for_somebody_or_nobody(void **state)
{
	(void)state;
	look();
	const json_t *tls = json_object_get(found, "tls"), *tls10 = json_array_get(tls, 1);
	assert_int_equal(json_array_size(tls), 3);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(tls, 0), "relays")), 0);
	assert_string_equal(json_string_value(json_object_get(tls10, "version")), "1.0");
	assert_int_equal(json_integer_value(json_object_get(tls10, "relays")), 1);
	assert_string_equal(json_string_value(json_array_get(json_object_get(tls10, "pools"), 0)), "fe4_058");
	assert_string_equal(json_string_value(json_array_get(json_object_get(tls10, "releases"), 0)), "old 0");
	c.json = false;
	char *text = run(DONE);
	assert_says(text, "TLS 1.0 is kept on 1 relay only for fe4_058 (old 0)\n");
	assert_null(strstr(text, "TLS 1.1"));
	free(text);
	sql(RELEASE "('old', '1', 'fe4_058 fe4_057', 2, 2, 0)");
	text = run(DONE);
	assert_says(text, "only for fe4_058, fe4_057 (old 0, old 1)\n");
	free(text);
	sql("UPDATE release SET tls = 26 WHERE product = 'old'; UPDATE relay SET tls = 26 WHERE name = 'r2'");
	sql(RELAY "('r9', '192.0.2.9', 443, 4, 2, 100, 0)"); /* it is out, and so needed by nobody */
	text = run(DONE);
	assert_says(text, "TLS 1.0 is kept on 1 relay for nobody");
	free(text);
	sql("UPDATE relay SET state = 4 WHERE name = 'r2'"); /* one that is out keeps nothing */
	text = run(DONE);
	assert_null(strstr(text, "TLS 1.0 is kept"));
	free(text);
}

static void more_relays_than_fit_are_counted(void **state)
{
	char insert[200];
	(void)state;
	c.json = false;
	for (int i = 7; i <= 10; i++) {
		char *text = run(DONE);
		assert_says(text, "  r1"); /* up to nine have a column each */
		free(text);
		snprintf(insert, sizeof insert, RELAY "('x%d', '192.0.2.%d', 443, 2, 24, 100, 0)", i, i);
		sql(insert);
	}
	char *text = run(DONE);
	assert_null(strstr(text, "  r1"));
	assert_says(text, "new 1    6     1\n");
	free(text);
}

static void an_option_of_another_verb_is_refused(void **state)
{
	(void)state;
	c.options[0] = (struct given_option){ .name = "weight", .value = "7" };
	c.option_count = 1;
	char *text = run(REFUSED);
	assert_says(e.text, "weight");
	assert_string_equal(text, "");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_release_finds_relays_or_is_told_why_not, begin, end),
		cmocka_unit_test_setup_teardown(labels_are_answered_where_a_zone_lets_them, begin, end),
		cmocka_unit_test_setup_teardown(the_weakest_pool_comes_first, begin, end),
		cmocka_unit_test_setup_teardown(old_tls_is_kept_for_somebody_or_nobody, begin, end),
		cmocka_unit_test_setup_teardown(more_relays_than_fit_are_counted, begin, end),
		cmocka_unit_test_setup_teardown(an_option_of_another_verb_is_refused, begin, end) };
	return cmocka_run_group_tests_name("tools/watch/coverage", tests, NULL, NULL);
}
