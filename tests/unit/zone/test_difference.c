/* SPDX-License-Identifier: BSD-2-Clause */
/* What was removed and added since a revision, change by change, and where the change log does not tell. Random changes are
 * in test_content.c. */
#include "zone/difference.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text.h"
#include "tests/unit/check.h"
#include "zone/content.h"

enum { NOW = 1000000 };

static char dir[32], path[64];
static struct registry *r;
static const struct zone zone = { "z.example", "ns.z.example", "x.z.example", 60, 9, 9, 9, 9, 0 };
static struct error e;
static int64_t since;
static struct rr_list former;

static void begin(void)
{
	assert_done(registry_begin(r, &e), &e);
}

static void commit(void)
{
	assert_done(registry_commit(r, &e), &e);
}

static struct record record_of(const char *owner, int64_t type, const char *rdata, size_t size)
{
	return (struct record){ zone.name, owner, type, 60, { rdata, size } };
}

#define A_1 1, "\300\0\2\1", 4
#define A_2 1, "\300\0\2\2", 4
#define TXT_X 16, "\1x", 2
#define MX_M 15, "\0\1\1m", 5
#define MX_CAPITAL_M 15, "\0\1\1M", 5
#define CNAME_X 5, "\1x", 3
#define CNAME_Y 5, "\1y", 3
#define DNAME_X 39, "\1x", 3

static void put(const char *owner, int64_t type, const char *rdata, size_t size)
{
	const struct record record = record_of(owner, type, rdata, size);
	assert_true(registry_put(r, &record_kind, &record, &e) >= DONE);
}

static void take_out(const char *owner, int64_t type, const char *rdata, size_t size)
{
	const struct record record = record_of(owner, type, rdata, size);
	assert_done(registry_remove(r, &record_kind, &record, &e), &e);
}

static void put_host(const char *name, const char *addresses)
{
	const struct host host = { .name = name, .account = "", .addresses = addresses, .ttl = 60 };
	assert_true(registry_put(r, &host_kind, &host, &e) >= DONE);
}

static void take_out_host(const char *name)
{
	const struct host host = { .name = name };
	assert_done(registry_remove(r, &host_kind, &host, &e), &e);
}

/* From here on what changes is asked for. */
static void mark(void)
{
	free(former.octets);
	former = (struct rr_list){ 0 };
	assert_done(registry_revision(r, &since, &e), &e);
	assert_done(zone_content_pools(r, NOW, &former, &e), &e);
}

static int make_registry(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/windsock-XXXXXX");
	snprintf(path, sizeof path, "%s/registry", mkdtemp(dir) == NULL ? "" : dir);
	assert_done(registry_open(path, REGISTRY_CREATE, &r, &e), &e);
	begin();
	assert_done(registry_add(r, &zone_kind, &zone, &e), &e);
	put("a.z.example", A_1);
	put("t.z.example", TXT_X);
	put("*.w.z.example", TXT_X);
	put("c.z.example", CNAME_X);
	put_host("h.z.example", "192.0.2.7");
	commit();
	mark();
	return 0;
}

static int drop_registry(void **state)
{
	char command[64];
	(void)state;
	free(former.octets);
	former = (struct rr_list){ 0 };
	registry_close(r);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

static int take(const struct zone_rr *rr, void *context, struct error *trouble)
{
	struct text *out = context;
	char name[NAME_TEXT];
	(void)trouble;
	name_write(rr->owner->wire, name);
	text_addf(out, "%s/%u ", name, rr->type);
	return DONE;
}

static int difference(bool know, struct text *out)
{
	struct rr_list removed = { 0 }, added = { 0 }, pools = { 0 };
	assert_done(registry_freeze(r, &e), &e);
	assert_done(zone_content_pools(r, NOW, &pools, &e), &e);
	int outcome = zone_content_difference(r, &zone, since, know ? &former : NULL, &pools, &removed, &added, &e);
	registry_rollback(r);
	text_add(out, "-");
	rr_list_walk(&removed, take, out, NULL);
	text_add(out, "+");
	rr_list_walk(&added, take, out, NULL);
	free(removed.octets);
	free(added.octets);
	free(pools.octets);
	return outcome;
}

/* "-" and the RRs that went, "+" and those that came, each as "OWNER/TYPE ". Goes on from here. */
static void differs(const char *wanted)
{
	struct text out = { 0 };
	assert_done(difference(true, &out), &e);
	assert_string_equal(out.bytes, wanted);
	text_free(&out);
	mark();
}

static void is_not_told(const char *why)
{
	struct text out = { 0 };
	assert_outcome(difference(true, &out), ABSENT, &e);
	assert_says(e.text, why);
	text_free(&out);
	mark();
}

static void records_come_change_and_go(void **state)
{
	(void)state;
	differs("-+");
	begin();
	put("b.a.z.example", A_1);
	put("a.z.example", A_2);
	commit();
	differs("-+a.z.example/1 b.a.z.example/1 ");
	struct record longer = record_of("a.z.example", A_1);
	longer.ttl = 61;
	begin();
	assert_true(registry_put(r, &record_kind, &longer, &e) >= DONE);
	commit();
	differs("-a.z.example/1 +a.z.example/1 ");
	begin();
	take_out("b.a.z.example", A_1);
	put("n.z.example", A_1);
	take_out("n.z.example", A_1); /* it came and went */
	commit();
	differs("-b.a.z.example/1 +");
}

/* A host answers for all below it, and its addresses for static ones at its name. */
static void hosts_come_change_and_go(void **state)
{
	(void)state;
	begin();
	put_host("h.z.example", "192.0.2.8");
	put_host("n.z.example", "192.0.2.9 2001:db8::9");
	put_host("t.z.example", "192.0.2.9"); /* beside a TXT, which stays */
	commit();
	differs("-h.z.example/1 *.h.z.example/1 +h.z.example/1 *.h.z.example/1 n.z.example/1 n.z.example/28 *.n.z.example/1 "
		"*.n.z.example/28 t.z.example/1 *.t.z.example/1 ");
	begin();
	take_out_host("n.z.example");
	put_host("h.elsewhere.test", "192.0.2.9");
	commit();
	differs("-n.z.example/1 n.z.example/28 *.n.z.example/1 *.n.z.example/28 +");
}

static void a_host_and_static_data_that_meet_are_not_told(void **state)
{
	(void)state;
	static const char *const hosts[] = { "a.z.example", "w.z.example", "c.z.example" }; /* an A, a wildcard, an alias */
	for (size_t i = 0; i < COUNT_OF(hosts); i++) {
		begin();
		put_host(hosts[i], "192.0.2.9");
		commit();
		is_not_told("a host and static data met");
		begin();
		take_out_host(hosts[i]);
		commit();
		is_not_told("a host and static data met");
	}
	begin();
	put_host("n.z.example", "192.0.2.9");
	put("n.z.example", TXT_X); /* which hides nothing */
	commit();
	differs("-+n.z.example/1 *.n.z.example/1 n.z.example/16 ");
	begin();
	take_out_host("n.z.example");
	take_out("n.z.example", TXT_X);
	commit();
	mark();
	begin();
	put_host("n.z.example", "192.0.2.9");
	put("*.n.z.example", TXT_X);
	take_out("*.n.z.example", TXT_X);
	commit();
	differs("-+n.z.example/1 *.n.z.example/1 ");
	begin();
	take_out_host("n.z.example");
	put("n.z.example", A_1);
	commit();
	is_not_told("a host and static data met");
}

/* Of what cannot stand side by side, one record's change does not tell what became of the other. */
static void what_cannot_stand_side_by_side_is_not_told(void **state)
{
	(void)state;
	begin();
	put("c.z.example", CNAME_Y);
	commit();
	is_not_told("side by side");
	begin();
	take_out("c.z.example", CNAME_X);
	commit();
	is_not_told("more than one CNAME");
	begin();
	take_out("c.z.example", CNAME_Y);
	put("c.z.example", CNAME_X);
	commit();
	differs("-c.z.example/5 +c.z.example/5 ");
	begin();
	put("a.z.example", CNAME_X);
	commit();
	is_not_told("side by side");
	begin();
	take_out("a.z.example", A_1); /* the alias is shown now */
	commit();
	is_not_told("side by side");
	begin();
	put("m.z.example", MX_M);
	commit();
	differs("-+m.z.example/15 ");
	begin();
	put("m.z.example", MX_CAPITAL_M);
	commit();
	is_not_told("side by side");
	begin();
	put("d.z.example", DNAME_X);
	commit();
	is_not_told("below a DNAME");
}

/* Which pools there are, and the zone's own row, is more than hosts and records; what relays are given out can be compared
 * where it is known what was given before. */
static void pools_are_compared_where_their_former_ones_are_known(void **state)
{
	(void)state;
	struct arena arena = { 0 };
	struct text out = { 0 };
	struct relay relay;
	struct pool pool;
	assert_done(row_standard(&relay_kind, &relay, &arena, &e), &e);
	relay.name = "r1";
	relay.addresses = "192.0.2.11";
	relay.state = RELAY_SERVICE;
	relay.tls = 30;
	assert_done(row_standard(&pool_kind, &pool, &arena, &e), &e);
	pool.label = "p";
	begin();
	assert_done(registry_put(r, &relay_kind, &relay, &e), &e);
	assert_done(registry_put(r, &pool_kind, &pool, &e), &e);
	commit();
	is_not_told("more than hosts and records");
	begin();
	relay.addresses = "192.0.2.12 2001:db8::12";
	assert_done(registry_put(r, &relay_kind, &relay, &e), &e);
	commit();
	assert_outcome(difference(false, &out), ABSENT, &e);
	text_free(&out);
	differs("-p.z.example/1 +p.z.example/1 p.z.example/28 ");
	struct zone row = zone;
	row.minimum = 10;
	begin();
	assert_done(registry_put(r, &zone_kind, &row, &e), &e);
	commit();
	is_not_told("more than hosts and records");
	arena_free(&arena);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, make_registry, drop_registry)

int main(void)
{
	const struct CMUnitTest tests[] = { CASE(records_come_change_and_go), CASE(hosts_come_change_and_go),
		CASE(a_host_and_static_data_that_meet_are_not_told), CASE(what_cannot_stand_side_by_side_is_not_told),
		CASE(pools_are_compared_where_their_former_ones_are_known) };
	return cmocka_run_group_tests_name("zone/difference", tests, NULL, NULL);
}
