/* SPDX-License-Identifier: BSD-2-Clause */
/* What is told of rows that were touched: each once, as it was and as it is, whatever happened between. */
#include "registry/difference.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/check.h"

#define ZONE(name) "INSERT INTO zone VALUES ('" name "', 'ns." name "', 'x." name "', 60, 9, 9, 9, 9, 0)"

static char dir[32] = "/tmp/windsock-XXXXXX", path[64];
static struct registry *r;
static sqlite3 *db;
static int64_t before;
static struct text told;

static void sql(const char *statement)
{
	char *fault = NULL;
	if (sqlite3_exec(db, statement, NULL, NULL, &fault) != SQLITE_OK)
		fail_msg("%s: %s", statement, fault);
}

static void mark(void)
{
	struct error e;
	assert_done(registry_revision(r, &before, &e), &e);
}

static int make_registry(void **state)
{
	struct error e;
	(void)state;
	snprintf(path, sizeof path, "%s/registry", mkdtemp(dir) == NULL ? "" : dir);
	int outcome = registry_open(path, REGISTRY_CREATE, &r, &e);
	return outcome == DONE ? sqlite3_open(path, &db) : outcome;
}

static int drop_registry(void **state)
{
	char command[64];
	(void)state;
	sqlite3_close(db);
	registry_close(r);
	text_free(&told);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

static int start(void **state)
{
	(void)state;
	sql("PRAGMA foreign_keys = ON; PRAGMA synchronous = OFF");
	sql("DELETE FROM host; DELETE FROM record; DELETE FROM zone; DELETE FROM pool");
	sql(ZONE("a.example"));
	sql("INSERT INTO host (name, addresses, ttl) VALUES ('h.a.example', '192.0.2.1', 60)");
	sql("INSERT INTO record (zone, owner, type, ttl, rdata) VALUES ('a.example', 'www.a.example', 1, 60, x'c0000201')");
	mark();
	return 0;
}

static void tell_host(const char *what, const struct host *host)
{
	text_addf(&told, " %s ", what);
	if (host == NULL)
		text_add(&told, "nothing");
	else
		text_addf(&told, "%s %lld", host->addresses, (long long)host->ttl);
}

static int take_host(void *context, const struct host *was, const struct host *is, struct error *e)
{
	(void)context;
	(void)e;
	text_addf(&told, "%s", was != NULL ? was->name : is != NULL ? is->name : "?");
	tell_host("was", was);
	tell_host("is", is);
	text_add(&told, "; ");
	return DONE;
}

static void tell_record(const char *what, const struct record *record)
{
	text_addf(&told, " %s ", what);
	if (record == NULL)
		text_add(&told, "nothing");
	else
		text_addf(&told, "%s %lld %zu", record->owner, (long long)record->ttl, record->rdata.size);
}

static int take_record(void *context, const struct record *was, const struct record *is, struct error *e)
{
	(void)context;
	(void)e;
	text_add(&told, "record");
	tell_record("was", was);
	tell_record("is", is);
	text_add(&told, "; ");
	return DONE;
}

static int ask(struct difference_else *also, struct error *e)
{
	const struct difference_taker taker = { take_host, take_record, NULL };
	text_free(&told);
	text_add(&told, "");
	assert_done(registry_freeze(r, e), e);
	int outcome = registry_difference(r, before, "a.example", &taker, also, e);
	registry_rollback(r);
	return outcome;
}

static struct difference_else tells(const char *wanted)
{
	struct difference_else also;
	struct error e;
	assert_done(ask(&also, &e), &e);
	assert_string_equal(told.bytes, wanted);
	return also;
}

static void says(int wanted, const char *words)
{
	struct difference_else also;
	struct error e;
	assert_outcome(ask(&also, &e), wanted, &e);
	assert_says(e.text, words);
}

static void nothing(void **state)
{
	(void)state;
	struct difference_else also = tells("");
	assert_false(also.fleet || also.pools || also.zones);
}

static void moves_count_once(void **state)
{
	(void)state;
	sql("UPDATE host SET addresses = '192.0.2.2'; UPDATE host SET addresses = '192.0.2.3', ttl = 90");
	tells("h.a.example was 192.0.2.1 60 is 192.0.2.3 90; ");
}

static void hosts_come_and_go(void **state)
{
	(void)state;
	sql("INSERT INTO host (name, addresses, ttl) VALUES ('g.a.example', '192.0.2.9', 30);"
	    "INSERT INTO host (name, addresses, ttl) VALUES ('x.a.example', '192.0.2.8', 30);"
	    "DELETE FROM host WHERE name IN ('h.a.example', 'x.a.example')");
	tells("g.a.example was nothing is 192.0.2.9 30; h.a.example was 192.0.2.1 60 is nothing; ? was nothing is nothing; ");
}

/* Neither name keeps what the other has, and the former one's TTL is known. */
static void renamed(void **state)
{
	(void)state;
	sql("UPDATE host SET name = 'new.a.example'");
	tells("h.a.example was 192.0.2.1 60 is nothing; new.a.example was nothing is 192.0.2.1 60; ");
}

static void renamed_and_changed(void **state)
{
	(void)state;
	sql("UPDATE host SET addresses = '192.0.2.5'");
	sql("UPDATE host SET name = 'new.a.example', addresses = '192.0.2.2', ttl = 90");
	sql("UPDATE host SET addresses = '192.0.2.3'");
	tells("h.a.example was 192.0.2.1 60 is nothing; new.a.example was nothing is 192.0.2.3 90; ");
}

static void renamed_and_back(void **state)
{
	(void)state;
	sql("UPDATE host SET name = 'new.a.example'; UPDATE host SET name = 'h.a.example', ttl = 61");
	tells("h.a.example was 192.0.2.1 60 is 192.0.2.1 61; ? was nothing is nothing; ");
}

/* Two that change places by way of a third name. */
static void swapped(void **state)
{
	(void)state;
	sql("INSERT INTO host (name, addresses, ttl) VALUES ('i.a.example', '192.0.2.2', 70)");
	mark();
	sql("UPDATE host SET name = 'z.a.example' WHERE name = 'h.a.example';"
	    "UPDATE host SET name = 'h.a.example' WHERE name = 'i.a.example';"
	    "UPDATE host SET name = 'i.a.example' WHERE name = 'z.a.example'");
	tells("h.a.example was 192.0.2.1 60 is 192.0.2.2 70; i.a.example was 192.0.2.2 70 is 192.0.2.1 60; "
	      "? was nothing is nothing; ");
}

static void records(void **state)
{
	(void)state;
	sql("UPDATE record SET ttl = 90;"
	    "INSERT INTO record (zone, owner, type, ttl, rdata) VALUES ('a.example', 'b.a.example', 16, 5, x'026869')");
	tells("record was nothing is b.a.example 5 3; record was www.a.example 60 4 is www.a.example 90 4; ");
	mark();
	sql("DELETE FROM record WHERE type = 16; UPDATE record SET rdata = x'c0000202'");
	tells("record was b.a.example 5 3 is nothing; record was www.a.example 90 4 is nothing; "
	      "record was nothing is www.a.example 90 4; ");
}

static void of_other_zones(void **state)
{
	(void)state;
	sql(ZONE("b.example"));
	mark();
	sql("INSERT INTO record (zone, owner, type, ttl, rdata) VALUES ('b.example', 'b.example', 1, 5, x'c0000201')");
	struct difference_else also = tells("");
	assert_false(also.fleet || also.pools || also.zones);
}

static void what_else(void **state)
{
	(void)state;
	sql("UPDATE zone SET ttl = 77");
	assert_true(tells("").zones);
	mark();
	sql("INSERT INTO pool (label, state, tls, ttl, answers) VALUES ('v018', 0, 0, 60, 5)");
	struct difference_else also = tells("");
	assert_true(also.fleet && also.pools && !also.zones);
	mark();
	sql("UPDATE pool SET ttl = 77");
	also = tells("");
	assert_true(also.fleet && !also.pools);
}

static void log_host(const char *old, const char *new)
{
	char statement[300];
	snprintf(statement, sizeof statement,
		"INSERT INTO change (kind, key, old, new) VALUES ('host', 'h.a.example', %s, %s)", old, new);
	sql(statement);
}

static void hostile_hosts(void **state)
{
	static const char *const refused[] = { "'{'", "'[]'", "'\"text\"'", "'{\"ttl\": 3}'",
		"'{\"ttl\": 3, \"addresses\": [1]}'", "''" };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(refused); i++) {
		mark();
		log_host(refused[i], "NULL");
		says(REFUSED, "the change log holds");
	}
	mark();
	log_host("'{\"addresses\": \"no\\nne\", \"ttl\": \"x\"}'", "NULL"); /* for the taker to check */
	tells("h.a.example was no\nne 0 is 192.0.2.1 60; ");
}

/* Half of a renaming. */
static void hostile_renaming(void **state)
{
	(void)state;
	log_host("'{\"addresses\": \"192.0.2.1\"}'", "NULL");
	says(ABSENT, "what became of the host 'h.a.example'");
	log_host("NULL", "'{}'");
	says(ABSENT, "what became of the host 'h.a.example'");
}

static void hostile_records(void **state)
{
	static const char *const rows[] = { "{", "{}", "[]", "[1,1,1,\"C0\"]", "[\"www.a.example\",1,60]",
		"[\"www.a.example\",1,60,\"C\"]", "[\"www.a.example\",1,60,\"XX\"]" };
	char statement[300];
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		mark();
		snprintf(statement, sizeof statement,
			"INSERT INTO change (kind, key, %s) VALUES ('record', 'a.example', '%s')",
			i % 2 == 0 ? "old" : "new", rows[i]);
		sql(statement);
		says(REFUSED, "the change log holds");
	}
}

/* Whoever reads a record of the log gets it whole, or a refusal that cites it. */
static void one_side_of_a_record(void **state)
{
	static const char *const none[] = { "", "nonsense", "7", "{\"owner\":\"a.test\"}", "[]", "[7,1,60,\"c0000201\"]",
		"[\"a.test\",1,60]", "[\"a.test\",1,60,\"c00002g1\"]", "[\"a.test\",1,60,null]", "[null,1,60,\"c0000201\"]" };
	struct arena arena = { 0 };
	struct record record;
	struct error e;
	(void)state;
	assert_done(difference_read_record("[\"a.test\",1,60,\"c0000201\"]", "test", &arena, &record, &e), &e);
	assert_string_equal(record.owner, "a.test");
	assert_string_equal(record.zone, "test");
	assert_int_equal(record.type, 1);
	assert_int_equal(record.ttl, 60);
	assert_int_equal(record.rdata.size, 4);
	assert_memory_equal(record.rdata.data, "\300\0\2\1", 4);
	for (size_t i = 0; i < COUNT_OF(none); i++) {
		assert_outcome(difference_read_record(none[i], "test", &arena, &record, &e), REFUSED, &e);
		assert_says(e.text, none[i]);
	}
	arena_free(&arena);
}

static void pruned(void **state)
{
	(void)state;
	sql("UPDATE host SET ttl = 61; UPDATE host SET ttl = 62;"
	    "DELETE FROM change WHERE id < (SELECT max(id) FROM change);"
	    "INSERT OR REPLACE INTO meta (name, value) SELECT 'pruned', max(id) - 1 FROM change");
	says(ABSENT, "the change log begins after");
	sql("DELETE FROM meta WHERE name = 'pruned'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(nothing, start),
		cmocka_unit_test(one_side_of_a_record),
		cmocka_unit_test_setup(moves_count_once, start),
		cmocka_unit_test_setup(hosts_come_and_go, start),
		cmocka_unit_test_setup(renamed, start),
		cmocka_unit_test_setup(renamed_and_changed, start),
		cmocka_unit_test_setup(renamed_and_back, start),
		cmocka_unit_test_setup(swapped, start),
		cmocka_unit_test_setup(records, start),
		cmocka_unit_test_setup(of_other_zones, start),
		cmocka_unit_test_setup(what_else, start),
		cmocka_unit_test_setup(hostile_hosts, start),
		cmocka_unit_test_setup(hostile_renaming, start),
		cmocka_unit_test_setup(hostile_records, start),
		cmocka_unit_test_setup(pruned, start),
	};
	return cmocka_run_group_tests(tests, make_registry, drop_registry);
}
