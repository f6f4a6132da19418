/* SPDX-License-Identifier: BSD-2-Clause */
/* Updates through the real code on a real registry: whose names are whose, what an update leaves, and what it may not.
 * What each row guards was broken once, and the row went red. */
#include "tests/unit/updater/house.h"

#include "lib/clock.h"
#include "updater/acme.h"
#include "updater/dyndns.h"
#include "updater/hosts.h"

enum { A = 1, NS = 2, CNAME = 5, TXT = 16, AAAA = 28, ANY = 255, IN = CLASS_IN, NONE = CLASS_NONE,
	ALL = CLASS_ANY };

static enum rcode change(const char *who, const char *name, uint16_t type, uint16_t class, const char *text)
{
	const struct house_change one = { name, type, class, text };
	struct update_run asked;
	enum rcode rcode = house_update(who, &one, 1, &asked);
	if (rcode != RCODE_NOERROR)
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
	int outcome = grant_host(house->access.registry, &x.arena, &account, name, &host, &grant, &house_error);
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
		"a\\032b.b5p.us", "-a.b5p.us" };
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
	give("INSERT INTO record (zone, owner, type, rdata, ttl) VALUES ('b5p.us', 'b5p.us', 39, x'016e00', 60)");
	granted("wide", "x.static.b5p.us", ABSENT); /* the zone's own DNAME is above all */
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
		assert_int_equal(house_update("demo", bad[i], 2, &asked), RCODE_REFUSED);
		assert_true(asked.why.text[0] != '\0' && !asked.wrote);
		assert_int_equal(house_number("SELECT max(id) FROM change"), revision);
	}
	assert_int_equal(house_number("SELECT count(*) FROM act"), 0);
}

static void what_is_allowed_is_done(void **state)
{
	struct update_run asked;
	(void)state;
	assert_int_equal(change("demo", "demo.b5p.us", A, IN, "198.51.100.9"), RCODE_NOERROR);
	assert_true(addresses_are("demo.b5p.us", "192.0.2.1 198.51.100.9"));
	assert_int_equal(change("demo", "demo.b5p.us", A, NONE, "192.0.2.1"), RCODE_NOERROR);
	assert_true(addresses_are("demo.b5p.us", "198.51.100.9"));
	assert_int_equal(change("demo", "demo.b5p.us", AAAA, IN, "2001:db8::9"), RCODE_NOERROR);
	assert_int_equal(change("demo", "demo.b5p.us", A, ALL, ""), RCODE_NOERROR);
	assert_true(addresses_are("demo.b5p.us", "2001:db8::9"));
	assert_int_equal(change("demo", "demo.b5p.us", TXT, IN, "x"), RCODE_NOERROR);
	assert_int_equal(change("demo", "demo.b5p.us", ANY, ALL, ""), RCODE_NOERROR);
	assert_true(addresses_are("demo.b5p.us", "") && holds("demo.b5p.us", TXT) == 0);
	assert_int_equal(change("demo", "new.demo.b5p.us", A, IN, "198.51.100.9"), RCODE_NOERROR);
	assert_true(addresses_are("new.demo.b5p.us", "198.51.100.9"));
	assert_int_equal(house_number("SELECT count(*) FROM host WHERE name = 'new.demo.b5p.us' AND account = 'demo'"), 1);
	int64_t revision = house_number("SELECT max(id) FROM change");
	const struct house_change same = { "new.demo.b5p.us", A, IN, "198.51.100.9" };
	assert_int_equal(house_update("demo", &same, 1, &asked), RCODE_NOERROR);
	assert_false(asked.wrote);
	assert_int_equal(house_number("SELECT max(id) FROM change"), revision);
	assert_int_equal(change("demo", "_x.demo.b5p.us", TXT, IN, "one"), RCODE_NOERROR);
	assert_int_equal(change("demo", "_x.demo.b5p.us", TXT, IN, "two"), RCODE_NOERROR);
	assert_int_equal(change("demo", "_x.demo.b5p.us", TXT, NONE, "one"), RCODE_NOERROR);
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
		assert_int_equal(change("demo", "_x.demo.b5p.us", delegating[i], ALL, ""), RCODE_REFUSED);
	assert_int_equal(change("demo", "demo.b5p.us", CNAME, ALL, ""), RCODE_REFUSED);
	for (size_t n = 16; n <= 17; n++) {
		for (size_t i = 0; i < n; i++) {
			snprintf(words[i], sizeof words[i], "%zu", i);
			many[i] = (struct house_change){ "_x.demo.b5p.us", TXT, IN, words[i] };
		}
		assert_int_equal(house_update("demo", many, n, &asked), n == 16 ? RCODE_NOERROR : RCODE_REFUSED);
		assert_int_equal(holds("_x.demo.b5p.us", TXT), 16);
	}
	assert_int_equal(change("demo", "_x.demo.b5p.us", TXT, ALL, ""), RCODE_NOERROR);
	for (size_t n = 64; n <= 65; n++) {
		for (size_t i = 0; i < n; i++) {
			snprintf(words[i], sizeof words[i], "_%zu._y.demo.b5p.us", i);
			many[i] = (struct house_change){ words[i], TXT, IN, "x" };
		}
		assert_int_equal(house_update("demo", many, n, &asked), n == 64 ? RCODE_NOERROR : RCODE_REFUSED);
	}
	assert_int_equal(house_number("SELECT count(*) FROM record WHERE host = 'demo.b5p.us'"), 64);
	assert_int_equal(change("demo", "_acme-challenge.demo.b5p.us", TXT, IN, "x"), RCODE_NOERROR);
	assert_int_equal(change("demo", "_acme-challenge._x.demo.b5p.us", TXT, IN, "x"), RCODE_REFUSED);
	give("UPDATE account SET allow_private = 0 WHERE name = 'demo'");
	assert_int_equal(change("demo", "demo.b5p.us", A, IN, "10.0.0.1"), RCODE_REFUSED);
	assert_int_equal(change("demo", "demo.b5p.us", A, IN, "9.9.9.9"), RCODE_REFUSED); /* 192.0.2.1 is there still */
	assert_int_equal(change("demo", "demo.b5p.us", A, ALL, ""), RCODE_NOERROR);
	assert_int_equal(change("demo", "demo.b5p.us", A, IN, "9.9.9.9"), RCODE_NOERROR);
}

static void quotas(void **state)
{
	const struct house_change two[] = { { "a.demo.b5p.us", A, IN, "198.51.100.9" }, { "b.demo.b5p.us", A, IN, "198.51.100.9" } };
	struct update_run asked;
	(void)state;
	house->settings.hosts_each = 2; /* it has one */
	assert_int_equal(house_update("demo", two, 2, &asked), RCODE_REFUSED);
	assert_says(asked.why.text, "2 hosts");
	assert_int_equal(house_update("demo", two, 1, &asked), RCODE_NOERROR);
	assert_int_equal(house_update("demo", &two[1], 1, &asked), RCODE_REFUSED);
	give("UPDATE account SET quota = 3 WHERE name = 'demo'");
	assert_int_equal(house_update("demo", &two[1], 1, &asked), RCODE_NOERROR);
	assert_int_equal(change("demo", "demo.b5p.us", A, IN, "198.51.100.10"), RCODE_NOERROR); /* its own go on */
	give("INSERT INTO host (name) VALUES ('free.demo.b5p.us'), ('free2.demo.b5p.us')");
	assert_int_equal(change("demo", "free.demo.b5p.us", A, IN, "198.51.100.10"), RCODE_NOERROR); /* there it is */
	assert_string_equal(house_dyndns("demo", "hostname=free2.demo.b5p.us"), "good 198.51.100.7");
	assert_int_equal(house_number("SELECT count(*) FROM host WHERE account = 'demo'"), 5);
	assert_string_equal(house_dyndns("demo", "hostname=new.demo.b5p.us"), "numhost"); /* what was taken counts */
	assert_string_equal(house_refusal.why, "too many hosts");
	assert_int_equal(change("demo", "new.demo.b5p.us", A, IN, "198.51.100.9"), RCODE_REFUSED);
	give("UPDATE account SET quota = 6 WHERE name = 'demo'");
	assert_string_equal(house_dyndns("demo", "hostname=new.demo.b5p.us"), "good 198.51.100.7");
	give("UPDATE account SET quota = 1 WHERE name = 'demo'"); /* what it has stays its own */
	assert_int_equal(change("demo", "new.demo.b5p.us", A, IN, "198.51.100.9"), RCODE_NOERROR);
	assert_string_equal(house_dyndns("demo", "hostname=new.demo.b5p.us"), "good 198.51.100.7");
	assert_string_equal(house_dyndns("demo", "hostname=c.demo.b5p.us"), "numhost");
}

static void operators_have_no_quota(void **state)
{
	struct arena arena = { 0 };
	struct account account = house_account("demo", &arena);
	(void)state;
	house->settings.hosts_each = 1;
	assert_int_equal(grant_quota(house->access.registry, &house->settings, &account, 1, &house_error), REFUSED);
	assert_int_equal(grant_quota(house->access.registry, &house->settings, &account, 0, &house_error), DONE);
	account.role = 1;
	assert_int_equal(grant_quota(house->access.registry, &house->settings, &account, 1, &house_error), DONE);
	arena_free(&arena);
}

/* An operator may have delegated what is above a host since. */
static void nothing_is_added_below_a_cut_or_a_dname(void **state)
{
	static const char *const names[] = { "x.cut.demo.b5p.us", "_x.x.cut.demo.b5p.us", "_x.cut.demo.b5p.us",
		"x.renamed.demo.b5p.us", "_x.x.renamed.demo.b5p.us" };
	(void)state;
	give("INSERT INTO host (name, account) VALUES ('cut.demo.b5p.us', 'demo'), ('x.cut.demo.b5p.us', 'demo'),"
	     "('x.renamed.demo.b5p.us', 'demo')");
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		assert_int_equal(change("demo", names[i], TXT, IN, "x"), RCODE_NOERROR);
		assert_int_equal(change("demo", names[i], TXT, ALL, ""), RCODE_NOERROR);
	}
	give("INSERT INTO record (zone, owner, type, rdata, ttl) VALUES ('b5p.us', 'cut.demo.b5p.us', 2, x'016e0000', 60),"
	     "('b5p.us', 'renamed.demo.b5p.us', 39, x'016e00', 60), ('b5p.us', 'b5p.us', 2, x'016e00', 60),"
	     "('b5p.us', '_x.x.cut.demo.b5p.us', 16, x'0178', 60)");
	for (size_t i = 0; i < COUNT_OF(names); i++)
		assert_int_equal(change("demo", names[i], TXT, IN, "y"), RCODE_REFUSED);
	assert_int_equal(change("demo", "_x.x.cut.demo.b5p.us", TXT, ALL, ""), RCODE_NOERROR); /* it may go */
	assert_int_equal(change("demo", "_x.demo.b5p.us", TXT, IN, "x"), RCODE_NOERROR);
}

static void a_key_may_be_bound(void **state)
{
	(void)state;
	house_types = "txt aaaa";
	assert_int_equal(change("demo", "_x.demo.b5p.us", TXT, IN, "x"), RCODE_NOERROR);
	assert_int_equal(change("demo", "demo.b5p.us", AAAA, IN, "2001:db8::9"), RCODE_NOERROR);
	assert_int_equal(change("demo", "demo.b5p.us", A, IN, "198.51.100.9"), RCODE_REFUSED);
	assert_int_equal(change("demo", "demo.b5p.us", A, ALL, ""), RCODE_REFUSED);
	assert_int_equal(change("demo", "demo.b5p.us", ANY, ALL, ""), RCODE_REFUSED);
	assert_int_equal(change("ops", "x.b5p.us", A, ALL, ""), RCODE_REFUSED);
	house_types = "";
	house_names = "_x.demo.b5p.us new.demo.b5p.us";
	assert_int_equal(change("demo", "_x.demo.b5p.us", TXT, IN, "y"), RCODE_NOERROR);
	assert_int_equal(change("demo", "new.demo.b5p.us", A, IN, "198.51.100.9"), RCODE_NOERROR);
	assert_int_equal(change("demo", "demo.b5p.us", A, IN, "198.51.100.9"), RCODE_REFUSED);
	assert_int_equal(change("demo", "_y.demo.b5p.us", TXT, IN, "y"), RCODE_REFUSED);
	assert_int_equal(change("ops", "x.b5p.us", TXT, IN, "y"), RCODE_REFUSED);
	house_names = "other.b5p.us"; /* a key is bound to less than its account has, never to more */
	assert_int_equal(change("demo", "other.b5p.us", A, IN, "198.51.100.9"), RCODE_REFUSED);
	house_names = "";
}

/* An RRset is to fit into a message, a host's addresses into its row. */
static void there_is_room_for_so_much(void **state)
{
	static struct house_change many[ADDRESS_LIST_MOST + 250];
	static char words[ADDRESS_LIST_MOST + 250][256];
	struct update_run asked;
	(void)state;
	for (size_t i = 0; i < 250; i++) {
		memset(words[i], 'x', 250);
		snprintf(words[i] + 250, 6, "%zu", i);
		many[i] = (struct house_change){ "x.b5p.us", TXT, IN, words[i] };
	}
	assert_int_equal(house_update("ops", many, 120, &asked), RCODE_NOERROR);
	assert_int_equal(holds("x.b5p.us", TXT), 120);
	assert_int_equal(house_update("ops", many + 120, 120, &asked), RCODE_NOERROR);
	assert_int_equal(house_update("ops", many + 240, 10, &asked), RCODE_REFUSED);
	assert_int_equal(holds("x.b5p.us", TXT), 240);
	assert_says(asked.why.text, "fit into a message");
	for (size_t i = 0; i <= ADDRESS_LIST_MOST; i++) {
		snprintf(words[i], sizeof words[i], "198.51.100.%zu", i);
		many[i] = (struct house_change){ "new.demo.b5p.us", A, IN, words[i] };
	}
	assert_int_equal(house_update("demo", many, ADDRESS_LIST_MOST + 1, &asked), RCODE_REFUSED);
	assert_int_equal(house_update("demo", many, ADDRESS_LIST_MOST, &asked), RCODE_NOERROR);
}

/* What the doorbell is to say of an UPDATE: the hosts that moved. */
static void hosts_that_move_are_told(void **state)
{
	(void)state;
	house->transaction.hosts.count = 0;
	assert_int_equal(change("demo", "_x.demo.b5p.us", TXT, IN, "x"), RCODE_NOERROR);
	assert_int_equal(house->transaction.hosts.count, 0);
	assert_int_equal(change("demo", "demo.b5p.us", A, IN, "198.51.100.9"), RCODE_NOERROR);
	assert_int_equal(house->transaction.hosts.count, 1);
}

static void what_is_so_already_is_not_written(void **state)
{
	const struct house_change same[] = { { "_x.demo.b5p.us", TXT, IN, "x" }, { "demo.b5p.us", A, IN, "192.0.2.1" } };
	struct update_run asked;
	(void)state;
	assert_int_equal(house_update("demo", same, 1, &asked), RCODE_NOERROR);
	assert_true(asked.wrote);
	int64_t revision = house_number("SELECT max(id) FROM change");
	assert_int_equal(house_update("demo", same, 2, &asked), RCODE_NOERROR);
	assert_false(asked.wrote);
	assert_int_equal(house_number("SELECT max(id) FROM change"), revision);
}

static void who_changes_too_often_is_refused(void **state)
{
	(void)state;
	static const struct route route = { "/nic/update", METHOD_GET, API_DYNDNS, NEEDS_BATCH, NULL, dyndns_trouble };
	struct exchange x = { .route = &route, .request = { .exempt = false } };
	struct host host = { .name = "demo.b5p.us" };
	const struct blob none = { 0 };
	enum code code = CODE_911;
	assert_done(registry_get(house->access.registry, &host_kind, &host, &x.arena, &host, &house_error), &house_error);
	house_begin();
	for (int i = 0; i < 10; i++) {
		assert_done(hosts_apply(house, &x, "demo", &host, GRANT_OWN, i % 2 == 0 ? "192.0.2.2" : "192.0.2.1", none, &code,
			&house_error), &house_error);
		assert_int_equal(code, CODE_GOOD);
	}
	assert_done(hosts_apply(house, &x, "demo", &host, GRANT_OWN, "192.0.2.2", none, &code, &house_error), &house_error);
	assert_int_equal(code, CODE_ABUSE);
	assert_string_equal(host.addresses, "192.0.2.1");
	assert_done(hosts_apply(house, &x, "demo", &host, GRANT_OWN, "192.0.2.1", none, &code, &house_error), &house_error);
	assert_int_equal(code, CODE_NOCHG); /* which is no change */
	x.request.exempt = true;
	assert_done(hosts_apply(house, &x, "demo", &host, GRANT_OWN, "192.0.2.2", none, &code, &house_error), &house_error);
	assert_int_equal(code, CODE_GOOD);
	registry_rollback(house->access.registry);
	house->transaction.parted = false;
	arena_free(&x.arena);
}

static void blocked_accounts_change_nothing(void **state)
{
	static const struct {
		const char *how, *why;
	} rows[] = {
		{ "blocked = 1", "the account is blocked" }, { "blocked = 1, suspended = 1", "the account is blocked" },
		{ "blocked = 0, suspended = 1", "the account is suspended" },
	};
	const struct house_change one = { "demo.b5p.us", A, IN, "198.51.100.9" };
	struct update_run asked;
	char statement[100];
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		snprintf(statement, sizeof statement, "UPDATE account SET %s WHERE name = 'demo'", rows[i].how);
		give(statement);
		assert_int_equal(house_update("demo", &one, 1, &asked), RCODE_REFUSED);
		assert_says(asked.why.text, rows[i].why);
		assert_string_equal(house_dyndns("demo", "hostname=demo.b5p.us"), "abuse");
		assert_string_equal(house_refusal.why, rows[i].why);
	}
	assert_true(addresses_are("demo.b5p.us", "192.0.2.1"));
	assert_int_equal(house_number("SELECT suspended FROM host WHERE name = 'demo.b5p.us'"), 1);
}

static int64_t now(void)
{
	return house_number("SELECT max(id) FROM change");
}

static void dyndns2_replies(void **state)
{
	static const struct {
		const char *query, *reply, *why;
		bool writes;
	} rows[] = {
		{ "hostname=demo.b5p.us&myip=9.9.9.9", "good 9.9.9.9", "", true },
		{ "hostname=demo.b5p.us&myip=9.9.9.9", "nochg 9.9.9.9", "", false },
		{ "hostname=demo.b5p.us", "good 198.51.100.7", "", true },
		{ "hostname=demo.b5p.us&myip=2001:db8::9", "good 2001:db8::9", "", true }, /* the other family stays */
		{ "hostname=demo.b5p.us&myip=-&myipv6=2001:db8::9", "good 2001:db8::9", "", true },
		{ "hostname=demo.b5p.us&offline=YES&myip=9.9.9.9", "good", "", true },
		{ "hostname=demo.b5p.us&offline=YES", "nochg", "", false },
		{ "hostname=demo.b5p.us,DEMO.b5p.us.&myip=9.9.9.8", "good 9.9.9.8\ngood 9.9.9.8", "", true }, /* once */
		{ "hostname=other.b5p.us,demo.b5p.us&myip=9.9.9.7", "nohost\ngood 9.9.9.7", "not covered by the account's patterns", true },
		{ "hostname=_x.demo.b5p.us", "nohost", "another's host, or no place for one", false },
		{ "hostname=x..demo.b5p.us", "notfqdn", "not a host name", false },
		{ "hostname=new.demo.b5p.us&offline=YES", "nohost", NULL, false }, /* nothing is made to be empty */
		{ "hostname=new.demo.b5p.us&myip=9.9.9.9", "good 9.9.9.9", "", true },
		{ "hostname=demo.b5p.us&myip=10.0.0.1", "good 10.0.0.1", "", true },
		{ "hostname=demo.b5p.us&myip=255.255.255.255", "badip", "an address that is not public", false },
		{ "hostname=demo.b5p.us&myip=9.9.9.300", "badip", "not a list of addresses", false },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		house_dyndns("demo", "");
		int64_t before = now(), acts = house_number("SELECT count(*) FROM act");
		house->transaction.hosts.count = 0;
		const char *reply = house_dyndns("demo", rows[i].query);
		if (strcmp(reply, rows[i].reply) != 0 || (now() > before) != rows[i].writes
			|| (house_number("SELECT count(*) FROM act") > acts) != rows[i].writes
			|| (house->transaction.hosts.count == 1) != rows[i].writes
			|| (rows[i].why != NULL && strcmp(house_refusal.why, rows[i].why) != 0))
			fail_msg("%s: '%s', why '%s'", rows[i].query, reply, house_refusal.why);
	}
	assert_true(addresses_are("demo.b5p.us", "10.0.0.1") && addresses_are("new.demo.b5p.us", "9.9.9.9"));
	give("UPDATE account SET allow_private = 0 WHERE name = 'demo'");
	assert_string_equal(house_dyndns("demo", "hostname=demo.b5p.us&myip=10.0.0.1"), "badip");
	house_bounded = true;
	for (int i = 0; i < 11; i++) {
		const char *query = i % 2 == 0 ? "hostname=demo.b5p.us&myip=9.9.9.9" : "hostname=demo.b5p.us&myip=9.9.9.8";
		assert_string_equal(house_dyndns("demo", query), i >= 10 ? "abuse" : i % 2 == 0 ? "good 9.9.9.9" : "good 9.9.9.8");
	}
	assert_string_equal(house_refusal.why, "changed too often");
	assert_string_equal(house_dyndns("demo", "hostname=demo.b5p.us&myip=9.9.9.8"), "nochg 9.9.9.8"); /* no change is free */
	house_bounded = false;
}

/* Of a signature the same addresses are written again, but it was no change; the next change ends it. */
static void a_signature_is_kept_until_the_next_change(void **state)
{
	static const struct route route = { "/", METHOD_GET, API_KITE, NEEDS_BATCH, NULL, dyndns_trouble };
	static const uint8_t sign[] = { 1, 2, 3 };
	struct exchange x = { .route = &route, .request = { .authorization = "", .agent = "" } };
	struct host host = { .name = "demo.b5p.us" };
	enum code code;
	(void)state;
	give("UPDATE host SET updated = 5 WHERE name = 'demo.b5p.us'");
	for (int i = 0; i < 2; i++) {
		assert_done(registry_get(house->access.registry, &host_kind, &host, &x.arena, &host, &house_error), &house_error);
		house->transaction.parted = false;
		house_begin();
		assert_done(hosts_apply(house, &x, "demo", &host, GRANT_OWN, "192.0.2.1", (struct blob){ sign, 3 }, &code,
			&house_error), &house_error);
		assert_done(registry_commit(house->access.registry, &house_error), &house_error);
		assert_int_equal(code, CODE_NOCHG);
		assert_int_equal(house->transaction.parted, i == 0);
		assert_int_equal(house_number("SELECT count(*) FROM host WHERE sign = x'010203' AND updated = 5"), 1);
	}
	assert_int_equal(house_number("SELECT count(*) FROM act WHERE verb = 'PageKite update'"), 1);
	house_dyndns("demo", "hostname=demo.b5p.us&myip=192.0.2.1");
	assert_int_equal(house_number("SELECT count(*) FROM host WHERE sign = x'010203'"), 1);
	house_dyndns("demo", "hostname=demo.b5p.us");
	assert_int_equal(house_number("SELECT count(*) FROM host WHERE sign IS NULL AND updated > 5"), 1);
	give("UPDATE host SET sign = x'010203', updated = 5 WHERE name = 'demo.b5p.us'");
	assert_int_equal(change("demo", "demo.b5p.us", A, IN, "198.51.100.9"), RCODE_NOERROR);
	assert_int_equal(house_number("SELECT count(*) FROM host WHERE sign IS NULL AND updated > 5"), 1);
	arena_free(&x.arena);
}

static void operators_change_static_data(void **state)
{
	(void)state;
	assert_int_equal(change("ops", "x.b5p.us", TXT, IN, "x"), RCODE_NOERROR);
	assert_int_equal(change("ops", "x.b5p.us", TXT, ALL, ""), RCODE_NOERROR);
	assert_int_equal(holds("x.b5p.us", TXT), 0);
	assert_int_equal(change("ops", "fe4_152.b5p.us", TXT, IN, "x"), RCODE_REFUSED);
	assert_int_equal(change("ops", "demo.b5p.us", CNAME, ALL, ""), RCODE_REFUSED); /* at a host */
}

static void accounts_are_cached_until_somebody_writes(void **state)
{
	const struct account *account;
	(void)state;
	assert_done(access_account(&house->access, "demo", &account, &house_error), &house_error);
	assert_string_equal(account->hosts, "demo.b5p.us *.demo.b5p.us");
	assert_done(access_account(&house->access, "nobody", &account, &house_error), &house_error);
	assert_null(account);
	sqlite3 *db;
	assert_int_equal(sqlite3_open(house_path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "UPDATE account SET blocked = 1 WHERE name = 'demo'", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_true(batch_open(house));
	assert_done(access_account(&house->access, "demo", &account, &house_error), &house_error);
	assert_int_equal(account->blocked, 1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, house_open, house_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(whose_a_host_is), TEST(where_a_host_may_be), TEST(what_is_refused_is_not_half_done),
		TEST(what_is_allowed_is_done), TEST(types_and_data_have_bounds), TEST(quotas),
		TEST(who_changes_too_often_is_refused), TEST(blocked_accounts_change_nothing),
		TEST(operators_have_no_quota), TEST(dyndns2_replies),
		TEST(a_signature_is_kept_until_the_next_change), TEST(nothing_is_added_below_a_cut_or_a_dname),
		TEST(a_key_may_be_bound), TEST(there_is_room_for_so_much),
		TEST(what_is_so_already_is_not_written), TEST(hosts_that_move_are_told),
		TEST(operators_change_static_data), TEST(accounts_are_cached_until_somebody_writes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
