/* SPDX-License-Identifier: BSD-2-Clause */
/* Updates through the real code on a real registry: whose names are whose, what an update leaves, and what it may not.
 * What each row guards was broken once, and the row went red. */
#include "tests/unit/updater/house.h"

#include "lib/clock.h"
#include "updater/acme.h"
#include "updater/dyndns.h"
#include "updater/grant.h"

enum { A = 1, NS = 2, CNAME = 5, TXT = 16, AAAA = 28, ANY = 255, IN = UPDATE_CLASS_IN, NONE = UPDATE_CLASS_NONE,
	ALL = UPDATE_CLASS_ANY };

static enum update_rcode change(const char *who, const char *name, uint16_t type, uint16_t class, const char *text)
{
	const struct house_change one = { name, type, class, text };
	struct update_run asked;
	enum update_rcode rcode = house_update(who, &one, 1, &asked);
	if (rcode != UPDATE_NOERROR)
		print_message("%s\n", asked.why.text);
	return rcode;
}

static int64_t holds(const char *name, uint16_t type)
{
	char statement[200];
	snprintf(statement, sizeof statement, "SELECT count(*) FROM record WHERE owner = '%s' AND type = %u", name, type);
	return house_number(statement);
}

static bool addresses_are(const char *name, const char *addresses)
{
	char statement[200];
	snprintf(statement, sizeof statement, "SELECT count(*) FROM host WHERE name = '%s' AND addresses = '%s'", name,
		addresses);
	return house_number(statement) == 1;
}

static void give(const char *sql)
{
	house_sql(sql);
}

static enum grant granted(const char *who, const char *name, int wanted)
{
	struct exchange x = { .request = { .authorization = "", .agent = "" } };
	struct account account = house_account(who, &x.arena);
	struct host host;
	enum grant grant = GRANT_OWN;
	int outcome = grant_host(house, &x, &account, name, &host, &grant, &house_error);
	if (outcome != wanted)
		fail_msg("%s at %s: outcome %d, wanted %d", who, name, outcome, wanted);
	if (outcome == DONE) {
		assert_string_equal(host.account, who);
		assert_string_equal(host.name, name);
	}
	arena_free(&x.arena);
	return grant;
}

static void whose_a_host_is(void **state)
{
	(void)state;
	give("INSERT INTO host (name, account, addresses, secret) VALUES ('secret.b5p.us', NULL, '', x'01'),"
	     "('free.b5p.us', NULL, '192.0.2.1', NULL), ('both.b5p.us', 'demo', '', x'01')");
	assert_int_equal(granted("demo", "demo.b5p.us", DONE), GRANT_OWN);
	granted("wide", "demo.b5p.us", ABSENT);   /* covered, and another's */
	granted("wide", "other.b5p.us", ABSENT);
	granted("wide", "secret.b5p.us", ABSENT); /* a secret is an owner */
	granted("demo", "both.b5p.us", DONE);     /* its account's, covered or not */
	granted("wide", "both.b5p.us", ABSENT);
	assert_int_equal(granted("wide", "free.b5p.us", DONE), GRANT_FREE);
	granted("demo", "free.b5p.us", ABSENT);   /* not covered */
	assert_int_equal(granted("wide", "new.b5p.us", DONE), GRANT_NEW);
	granted("wide", "x.demo.b5p.us", ABSENT); /* below another's host */
	granted("wide", "x.secret.b5p.us", ABSENT);
	granted("wide", "x.free.b5p.us", DONE);
	granted("demo", "x.y.demo.b5p.us", DONE);
	granted("wide", "a.test", ABSENT);
}

static void where_a_host_may_be(void **state)
{
	static const char *const no[] = { "b5p.us", "www.b5p.us", "mail.b5p.us", "ns1.b5p.us", "auth.b5p.us",
		"x.auth.b5p.us", "fe4_152.b5p.us", "shops.b5p.us", "x.shops.b5p.us", "static.b5p.us", "cut.b5p.us",
		"x.cut.b5p.us", "x.y.cut.b5p.us", "renamed.b5p.us", "x.renamed.b5p.us", "uu-id.b5p.us", "_x.b5p.us",
		"a b.b5p.us" };
	(void)state;
	give("INSERT INTO pool (label, state, tls, ttl, answers) VALUES ('shops', 0, 0, 60, 1);"
	     "INSERT INTO record (zone, owner, type, rdata, ttl) VALUES ('b5p.us', 'static.b5p.us', 16, x'0178', 60),"
	     "('b5p.us', 'cut.b5p.us', 2, x'016e0000', 60), ('b5p.us', 'renamed.b5p.us', 39, x'016e00', 60),"
	     "('b5p.us', 'b5p.us', 2, x'016e00', 60);"
	     "INSERT INTO account (name, hosts, role, allow_private, blocked) VALUES"
	     "('uu-id', '_acme-challenge.uu-id.b5p.us', 0, 0, 0)");
	for (size_t i = 0; i < COUNT_OF(no); i++)
		granted("wide", no[i], ABSENT);
	granted("wide", "x.static.b5p.us", DONE);
}

static void what_is_refused_is_not_half_done(void **state)
{
	static const struct house_change bad[][2] = {
		{ { "demo.b5p.us", A, IN, "198.51.100.9" }, { "other.b5p.us", A, IN, "198.51.100.9" } },
		{ { "_x.demo.b5p.us", TXT, IN, "x" }, { "_x.other.b5p.us", TXT, IN, "x" } },
		{ { "demo.b5p.us", TXT, IN, "x" }, { "new.demo.b5p.us", TXT, IN, "x" } },
		{ { "demo.b5p.us", A, IN, "198.51.100.9" }, { "_x.new.demo.b5p.us", TXT, IN, "x" } },
		{ { "demo.b5p.us", A, ALL, "" }, { "b5p.us", NS, ALL, "" } },
	};
	struct update_run asked;
	(void)state;
	int64_t revision = house_number("SELECT max(id) FROM change");
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		assert_int_equal(house_update("demo", bad[i], 2, &asked), UPDATE_REFUSED);
		assert_true(asked.why.text[0] != '\0' && !asked.wrote);
		assert_int_equal(house_number("SELECT max(id) FROM change"), revision);
	}
	assert_int_equal(house_number("SELECT count(*) FROM act"), 0);
}

static void what_is_allowed_is_done(void **state)
{
	struct update_run asked;
	(void)state;
	assert_int_equal(change("demo", "demo.b5p.us", A, IN, "198.51.100.9"), UPDATE_NOERROR);
	assert_true(addresses_are("demo.b5p.us", "192.0.2.1 198.51.100.9"));
	assert_int_equal(change("demo", "demo.b5p.us", A, NONE, "192.0.2.1"), UPDATE_NOERROR);
	assert_true(addresses_are("demo.b5p.us", "198.51.100.9"));
	assert_int_equal(change("demo", "demo.b5p.us", AAAA, IN, "2001:db8::9"), UPDATE_NOERROR);
	assert_int_equal(change("demo", "demo.b5p.us", A, ALL, ""), UPDATE_NOERROR);
	assert_true(addresses_are("demo.b5p.us", "2001:db8::9"));
	assert_int_equal(change("demo", "demo.b5p.us", TXT, IN, "x"), UPDATE_NOERROR);
	assert_int_equal(change("demo", "demo.b5p.us", ANY, ALL, ""), UPDATE_NOERROR);
	assert_true(addresses_are("demo.b5p.us", "") && holds("demo.b5p.us", TXT) == 0);
	assert_int_equal(change("demo", "new.demo.b5p.us", A, IN, "198.51.100.9"), UPDATE_NOERROR);
	assert_true(addresses_are("new.demo.b5p.us", "198.51.100.9"));
	assert_int_equal(house_number("SELECT count(*) FROM host WHERE name = 'new.demo.b5p.us' AND account = 'demo'"), 1);
	int64_t revision = house_number("SELECT max(id) FROM change");
	const struct house_change same = { "new.demo.b5p.us", A, IN, "198.51.100.9" };
	assert_int_equal(house_update("demo", &same, 1, &asked), UPDATE_NOERROR);
	assert_false(asked.wrote);
	assert_int_equal(house_number("SELECT max(id) FROM change"), revision);
	assert_int_equal(change("demo", "_x.demo.b5p.us", TXT, IN, "one"), UPDATE_NOERROR);
	assert_int_equal(change("demo", "_x.demo.b5p.us", TXT, IN, "two"), UPDATE_NOERROR);
	assert_int_equal(change("demo", "_x.demo.b5p.us", TXT, NONE, "one"), UPDATE_NOERROR);
	assert_int_equal(holds("_x.demo.b5p.us", TXT), 1);
}

static void types_and_data_have_bounds(void **state)
{
	struct house_change many[70];
	static char words[70][40];
	struct update_run asked;
	(void)state;
	static const uint16_t delegating[] = { NS, 39, 43, 48, 59, 60 };
	for (size_t i = 0; i < COUNT_OF(delegating); i++)
		assert_int_equal(change("demo", "_x.demo.b5p.us", delegating[i], ALL, ""), UPDATE_REFUSED);
	assert_int_equal(change("demo", "demo.b5p.us", CNAME, ALL, ""), UPDATE_REFUSED);
	for (size_t n = 16; n <= 17; n++) {
		for (size_t i = 0; i < n; i++) {
			snprintf(words[i], sizeof words[i], "%zu", i);
			many[i] = (struct house_change){ "_x.demo.b5p.us", TXT, IN, words[i] };
		}
		assert_int_equal(house_update("demo", many, n, &asked), n == 16 ? UPDATE_NOERROR : UPDATE_REFUSED);
		assert_int_equal(holds("_x.demo.b5p.us", TXT), 16);
	}
	assert_int_equal(change("demo", "_x.demo.b5p.us", TXT, ALL, ""), UPDATE_NOERROR);
	for (size_t n = 64; n <= 65; n++) {
		for (size_t i = 0; i < n; i++) {
			snprintf(words[i], sizeof words[i], "_%zu._y.demo.b5p.us", i);
			many[i] = (struct house_change){ words[i], TXT, IN, "x" };
		}
		assert_int_equal(house_update("demo", many, n, &asked), n == 64 ? UPDATE_NOERROR : UPDATE_REFUSED);
	}
	assert_int_equal(house_number("SELECT count(*) FROM record WHERE host = 'demo.b5p.us'"), 64);
	assert_int_equal(change("demo", "_acme-challenge.demo.b5p.us", TXT, IN, "x"), UPDATE_NOERROR);
	assert_int_equal(change("demo", "_acme-challenge._x.demo.b5p.us", TXT, IN, "x"), UPDATE_REFUSED);
	give("UPDATE account SET allow_private = 0 WHERE name = 'demo'");
	assert_int_equal(change("demo", "demo.b5p.us", A, IN, "10.0.0.1"), UPDATE_REFUSED);
	assert_int_equal(change("demo", "demo.b5p.us", A, IN, "9.9.9.9"), UPDATE_REFUSED); /* 192.0.2.1 is there still */
	assert_int_equal(change("demo", "demo.b5p.us", A, ALL, ""), UPDATE_NOERROR);
	assert_int_equal(change("demo", "demo.b5p.us", A, IN, "9.9.9.9"), UPDATE_NOERROR);
}

static void quotas(void **state)
{
	const struct house_change two[] = { { "a.demo.b5p.us", A, IN, "198.51.100.9" }, { "b.demo.b5p.us", A, IN, "198.51.100.9" } };
	struct update_run asked;
	(void)state;
	house->settings.hosts_each = 2; /* it has one */
	assert_int_equal(house_update("demo", two, 2, &asked), UPDATE_REFUSED);
	assert_says(asked.why.text, "2 hosts");
	assert_int_equal(house_update("demo", two, 1, &asked), UPDATE_NOERROR);
	assert_int_equal(house_update("demo", &two[1], 1, &asked), UPDATE_REFUSED);
	give("UPDATE account SET quota = 3 WHERE name = 'demo'");
	assert_int_equal(house_update("demo", &two[1], 1, &asked), UPDATE_NOERROR);
	assert_int_equal(change("demo", "demo.b5p.us", A, IN, "198.51.100.10"), UPDATE_NOERROR); /* its own go on */
	give("INSERT INTO host (name) VALUES ('free.demo.b5p.us')");
	assert_int_equal(change("demo", "free.demo.b5p.us", A, IN, "198.51.100.10"), UPDATE_REFUSED);
}

static void who_changes_too_often_is_refused(void **state)
{
	(void)state;
	struct exchange x = { .request = { .exempt = false } };
	struct host host = { .name = "demo.b5p.us", .addresses = "192.0.2.1" };
	for (int i = 0; i < 10; i++)
		assert_false(dyndns_too_often(house, &x, &host, "192.0.2.2"));
	assert_true(dyndns_too_often(house, &x, &host, "192.0.2.2"));
	assert_false(dyndns_too_often(house, &x, &host, "192.0.2.1")); /* no change */
	x.request.exempt = true;
	assert_false(dyndns_too_often(house, &x, &host, "192.0.2.2"));
}

static void blocked_accounts_change_nothing(void **state)
{
	(void)state;
	give("UPDATE account SET blocked = 1 WHERE name = 'demo'");
	assert_int_equal(change("demo", "demo.b5p.us", A, IN, "198.51.100.9"), UPDATE_REFUSED);
	give("UPDATE account SET blocked = 0, suspended = 1 WHERE name = 'demo'");
	assert_int_equal(change("demo", "demo.b5p.us", A, IN, "198.51.100.9"), UPDATE_REFUSED);
	assert_int_equal(house_number("SELECT suspended FROM host WHERE name = 'demo.b5p.us'"), 1);
}

static void operators_change_static_data(void **state)
{
	(void)state;
	assert_int_equal(change("ops", "x.b5p.us", TXT, IN, "x"), UPDATE_NOERROR);
	assert_int_equal(change("ops", "x.b5p.us", TXT, ALL, ""), UPDATE_NOERROR);
	assert_int_equal(holds("x.b5p.us", TXT), 0);
	assert_int_equal(change("ops", "fe4_152.b5p.us", TXT, IN, "x"), UPDATE_REFUSED);
	assert_int_equal(change("ops", "demo.b5p.us", CNAME, ALL, ""), UPDATE_REFUSED); /* at a host */
}

static void accounts_are_cached_until_somebody_writes(void **state)
{
	const struct account *account;
	(void)state;
	assert_done(door_account(house, "demo", &account, &house_error), &house_error);
	assert_string_equal(account->hosts, "demo.b5p.us *.demo.b5p.us");
	assert_done(door_account(house, "nobody", &account, &house_error), &house_error);
	assert_null(account);
	sqlite3 *db;
	assert_int_equal(sqlite3_open(house_path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "UPDATE account SET blocked = 1 WHERE name = 'demo'", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_true(door_open(house));
	assert_done(door_account(house, "demo", &account, &house_error), &house_error);
	assert_int_equal(account->blocked, 1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, house_open, house_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(whose_a_host_is), TEST(where_a_host_may_be), TEST(what_is_refused_is_not_half_done),
		TEST(what_is_allowed_is_done), TEST(types_and_data_have_bounds), TEST(quotas),
		TEST(who_changes_too_often_is_refused), TEST(blocked_accounts_change_nothing),
		TEST(operators_change_static_data), TEST(accounts_are_cached_until_somebody_writes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
