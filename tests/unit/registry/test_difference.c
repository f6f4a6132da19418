/* SPDX-License-Identifier: BSD-2-Clause */
/* What became of hosts and records since a revision, told by the change log; and what a log by other hands holds. */
#include "registry/difference.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/check.h"

static char dir[32] = "/tmp/windsock-XXXXXX", path[64];
static struct registry *r;
static sqlite3 *db;

static void sql(const char *statement)
{
	char *fault = NULL;
	if (sqlite3_exec(db, statement, NULL, NULL, &fault) != SQLITE_OK)
		fail_msg("%s: %s", statement, fault);
}

static int make_registry(void **state)
{
	struct error e;
	(void)state;
	snprintf(path, sizeof path, "%s/registry", mkdtemp(dir) == NULL ? "" : dir);
	int outcome = registry_open(path, REGISTRY_CREATE, &r, &e);
	if (outcome == DONE && sqlite3_open(path, &db) == SQLITE_OK)
		sqlite3_exec(db, "PRAGMA foreign_keys = ON; PRAGMA synchronous = OFF", NULL, NULL, NULL);
	sql("INSERT INTO zone VALUES ('b5p.us', 'ns1.b5p.us', 'h.b5p.us', 60, 60, 60, 60, 60, 0)");
	sql("INSERT INTO account (name, role, allow_private, blocked) VALUES ('demo', 0, 0, 0)");
	return outcome;
}

static int drop_registry(void **state)
{
	char command[64];
	(void)state;
	sqlite3_close(db);
	registry_close(r);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

static int64_t now(void)
{
	int64_t revision;
	struct error e;
	assert_done(r->engine->revision(r, &revision, &e), &e);
	return revision;
}

/* All that is told, as text: "a 192.0.2.1 60 > -; " */
static char told[1000];

static void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void tell(const char *format, ...)
{
	va_list list;
	size_t at = strlen(told);
	va_start(list, format);
	vsnprintf(told + at, sizeof told - at, format, list);
	va_end(list);
}

static void tell_host(const struct host *host)
{
	if (host == NULL)
		tell("-");
	else
		tell("%s %lld", host->addresses, (long long)host->ttl);
}

static int take_host(void *context, const struct host *was, const struct host *is, struct error *e)
{
	(void)context;
	(void)e;
	tell("%s: ", was != NULL ? was->name : is != NULL ? is->name : "none");
	tell_host(was);
	tell(" > ");
	tell_host(is);
	tell("; ");
	return DONE;
}

static void tell_record(const struct record *record)
{
	if (record == NULL)
		tell("-");
	else
		tell("%s %lld %lld %zu", record->owner, (long long)record->type, (long long)record->ttl, record->rdata.size);
}

static int take_record(void *context, const struct record *was, const struct record *is, struct error *e)
{
	(void)context;
	(void)e;
	tell_record(was);
	tell(" > ");
	tell_record(is);
	tell("; ");
	return DONE;
}

static int differ(int64_t after, struct difference_else *also, struct error *e)
{
	const struct difference_taker taker = { take_host, take_record, NULL };
	told[0] = '\0';
	assert_done(r->engine->freeze(r, e), e);
	int outcome = registry_difference(r, after, "b5p.us", &taker, also, e);
	r->engine->rollback(r);
	return outcome;
}

static void is_told(int64_t after, const char *wanted)
{
	struct difference_else also;
	struct error e;
	assert_outcome(differ(after, &also, &e), DONE, &e);
	assert_string_equal(told, wanted);
}

static void add_host(const char *name, const char *address)
{
	char statement[300];
	snprintf(statement, sizeof statement, "INSERT INTO host (name, account, addresses, ttl, updated) VALUES "
		"('%s', 'demo', '%s', 60, 0)", name, address);
	sql(statement);
}

static void test_hosts(void **state)
{
	int64_t before = now();
	(void)state;
	is_told(before, "");
	add_host("a.b5p.us", "192.0.2.1");
	int64_t one = now();
	is_told(before, "a.b5p.us: - > 192.0.2.1 60; ");
	sql("UPDATE host SET addresses = '192.0.2.2' WHERE name = 'a.b5p.us'");
	sql("UPDATE host SET addresses = '192.0.2.3' WHERE name = 'a.b5p.us'");
	is_told(one, "a.b5p.us: 192.0.2.1 60 > 192.0.2.3 60; ");
	is_told(before, "a.b5p.us: - > 192.0.2.3 60; ");
	sql("DELETE FROM host WHERE name = 'a.b5p.us'");
	is_told(one, "a.b5p.us: 192.0.2.1 60 > -; ");
	is_told(before, "none: - > -; "); /* it came and went */
}

/* By SQL by hand: then the whole zone is to be sent. */
static void test_a_host_that_is_renamed(void **state)
{
	struct difference_else also;
	struct error e;
	(void)state;
	add_host("old.b5p.us", "192.0.2.1");
	int64_t before = now();
	sql("UPDATE host SET name = 'new.b5p.us' WHERE name = 'old.b5p.us'");
	assert_outcome(differ(before, &also, &e), ABSENT, &e);
	is_told(now(), "");
	sql("DELETE FROM host");
}

static void test_records(void **state)
{
	int64_t before = now();
	(void)state;
	sql("INSERT INTO record (zone, owner, type, ttl, rdata) VALUES ('b5p.us', 'x.b5p.us', 16, 60, x'0161')");
	is_told(before, "- > x.b5p.us 16 60 2; ");
	int64_t one = now();
	sql("UPDATE record SET ttl = 61 WHERE owner = 'x.b5p.us'");
	is_told(one, "x.b5p.us 16 60 2 > x.b5p.us 16 61 2; ");
	sql("UPDATE record SET rdata = x'026162' WHERE owner = 'x.b5p.us'");
	is_told(one, "x.b5p.us 16 60 2 > -; - > x.b5p.us 16 61 3; ");
	sql("DELETE FROM record WHERE owner = 'x.b5p.us'");
	is_told(one, "x.b5p.us 16 60 2 > -; - > -; ");
}

static void test_all_else(void **state)
{
	struct difference_else also;
	struct error e;
	int64_t before = now();
	(void)state;
	sql("INSERT INTO zone VALUES ('c.test', 'ns1.c.test', 'h.c.test', 60, 60, 60, 60, 60, 0)");
	assert_outcome(differ(before, &also, &e), DONE, &e);
	assert_true(also.zones && !also.fleet && !also.pools);
	before = now();
	sql("INSERT INTO change (kind, key) VALUES ('signatures', '')");
	assert_outcome(differ(before, &also, &e), DONE, &e);
	assert_false(also.zones || also.fleet || also.pools);
	assert_string_equal(told, "");
}

static void refused_with(const char *old)
{
	char statement[300];
	struct difference_else also;
	struct error e;
	int64_t before = now();
	snprintf(statement, sizeof statement, "INSERT INTO change (kind, key, old) VALUES (%s)", old);
	sql(statement);
	assert_outcome(differ(before, &also, &e), REFUSED, &e);
	assert_non_null(strstr(e.text, "the change log holds"));
}

static void test_a_log_by_other_hands(void **state)
{
	(void)state;
	refused_with("'host', 'a.b5p.us', 'no JSON'");
	refused_with("'host', 'a.b5p.us', '[]'");
	refused_with("'record', 'b5p.us', '{}'");
	refused_with("'record', 'b5p.us', '[\"x.b5p.us\", 1, 60, 7]'");
	refused_with("'record', 'b5p.us', '[\"x.b5p.us\", 1, 60, \"0g\"]'");
}

static void test_what_was_pruned(void **state)
{
	struct difference_else also;
	struct error e;
	int64_t before = now();
	(void)state;
	add_host("p.b5p.us", "192.0.2.1");
	assert_done(r->engine->begin(r, &e), &e);
	assert_done(r->engine->prune(r, INT64_MAX, 0, INT64_MAX, &e), &e);
	assert_done(r->engine->commit(r, &e), &e);
	assert_outcome(differ(before, &also, &e), ABSENT, &e);
	is_told(now(), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hosts), cmocka_unit_test(test_a_host_that_is_renamed), cmocka_unit_test(test_records),
		cmocka_unit_test(test_all_else), cmocka_unit_test(test_a_log_by_other_hands),
		cmocka_unit_test(test_what_was_pruned),
	};
	return cmocka_run_group_tests(tests, make_registry, drop_registry);
}
