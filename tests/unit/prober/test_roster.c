/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is looked after, by a registry that changes; and what is written back. */
#include "prober/roster.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "prober/report.h"
#include "registry/fleet.h"
#include "tests/unit/check.h"

static char dir[32], path[64];
static struct registry *r;
static struct roster roster;
static struct witnesses witnesses;
static struct error e;

static void sql(const char *statement)
{
	sqlite3 *db;
	char *fault = NULL;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_exec(db, "PRAGMA foreign_keys = ON", NULL, NULL, NULL);
	if (sqlite3_exec(db, statement, NULL, NULL, &fault) != SQLITE_OK)
		fail_msg("%s", fault);
	sqlite3_close(db);
}

#define RELAY "INSERT INTO relay (name, addresses, port, state, tls, weight, since) VALUES "

static int begin(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/windsock-XXXXXX");
	snprintf(path, sizeof path, "%s/registry", mkdtemp(dir) == NULL ? "" : dir);
	if (registry_open(path, REGISTRY_CREATE, &r, &e) != DONE)
		return -1;
	roster = (struct roster){ .observer = "o", .connect = "" };
	sql(RELAY "('a','192.0.2.1',443,2,8,100,0), ('b','192.0.2.2 2001:db8::2',444,2,2,100,0),"
		"('c','192.0.2.3',443,4,8,100,0), ('d','',443,2,8,100,0), ('e','no address',443,2,8,100,0)");
	return 0;
}

static int end(void **state)
{
	char command[64];
	(void)state;
	roster_free(&roster);
	free(witnesses.list);
	witnesses = (struct witnesses){ 0 };
	registry_close(r);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

static void read_all(void)
{
	assert_done(roster_read(&roster, r, &e), &e);
}

static void relays_come_and_go(void **state)
{
	(void)state;
	read_all();
	assert_int_equal(roster.count, 5);
	const struct charge *a = roster.charges[0], *b = roster.charges[1];
	assert_true(a->asked && a->fresh && !a->known && a->count == 1);
	assert_true(b->asked && b->count == 2 && b->port == 444);
	for (int i = 2; i < 5; i++)
		assert_false(roster.charges[i]->asked); /* out, without an address, damaged */
	roster.charges[0]->watch.bad = 2;
	sql("DELETE FROM relay WHERE name = 'b'; " RELAY "('aa','192.0.2.9',443,2,8,100,0)");
	read_all();
	assert_int_equal(roster.count, 5);
	assert_ptr_equal(roster.charges[0], a); /* with all that is known of it */
	assert_int_equal(a->watch.bad, 2);
	assert_string_equal(roster.charges[1]->watch.relay, "aa");
}

static void what_is_elsewhere_is_fresh(void **state)
{
	(void)state;
	read_all();
	struct charge *a = roster.charges[0];
	a->fresh = a->watch.look = false;
	a->watch.bad = 2;
	a->watch.route = 1;
	read_all();
	assert_false(a->fresh);
	sql("UPDATE relay SET note = 'x', weight = 7");
	read_all();
	assert_false(a->fresh);
	sql("UPDATE relay SET port = 445");
	read_all();
	assert_true(a->fresh && a->watch.look && a->watch.bad == 0 && a->watch.route == ROUTE_UNKNOWN);
	a->fresh = false;
	sql("UPDATE relay SET state = 4");
	read_all();
	assert_true(!a->fresh && !a->asked);
	sql("UPDATE relay SET state = 2");
	read_all();
	assert_true(a->fresh && a->asked);
}

static void names_for_connect(void **state)
{
	(void)state;
	sql("INSERT INTO zone VALUES ('b5p.us','n','c',1,2,3,4,5,0), ('kites.test','n','c',1,2,3,4,5,0)");
	read_all();
	assert_int_equal(roster.vias.count, 2);
	assert_string_equal(roster.vias.list[0].name, "b5p.us");
	assert_string_equal(roster.vias.list[1].name, "fe.kites.test");
	assert_string_equal(roster.vias.list[1].zone, "kites.test");
	roster.charges[0]->watch.route = 1;
	read_all();
	assert_int_equal(roster.charges[0]->watch.route, 1);
	sql("DELETE FROM zone WHERE name = 'b5p.us'");
	read_all();
	assert_string_equal(roster.vias.list[0].name, "fe.kites.test");
	assert_string_equal(roster.vias.list[1].name, "b5p.us"); /* the service's own, at last */
	assert_int_equal(roster.charges[0]->watch.route, ROUTE_UNKNOWN);
	for (int i = 0; i < 20; i++) {
		char statement[100];
		snprintf(statement, sizeof statement, "INSERT INTO zone VALUES ('z%d.test','n','c',1,2,3,4,5,0)", i);
		sql(statement);
	}
	read_all();
	assert_int_equal(roster.vias.count, 22); /* all of them */
	assert_string_equal(roster.vias.list[20].name, "fe.z9.test");
	roster.connect = "x.test y.test";
	read_all();
	assert_int_equal(roster.vias.count, 2);
	assert_string_equal(roster.vias.list[0].name, "x.test");
}

static void weigh(void)
{
	struct arena arena = { 0 };
	struct fleet fleet;
	size_t refused;
	assert_done(registry_fleet(r, &arena, &fleet, &refused, &e), &e);
	assert_done(roster_want(&roster, &fleet, &e), &e);
	arena_free(&arena);
}

static void who_is_wanted(void **state)
{
	(void)state;
	read_all();
	weigh();
	assert_true(roster.charges[0]->wanted && roster.charges[1]->wanted); /* there is no pool at all */
	sql("INSERT INTO pool (label, state, tls, ttl, answers) VALUES ('fe058',0,8,300,8)");
	weigh();
	assert_true(roster.charges[0]->wanted);
	assert_false(roster.charges[1]->wanted); /* speaks 1.0 */
	sql("INSERT INTO observation (relay, observer, health, tls, overloaded, load, at) VALUES ('a','o',2,8,0,0,5)");
	weigh();
	assert_true(roster.charges[0]->wanted); /* down, but it may come back */
}

static void twins(void **state)
{
	(void)state;
	read_all();
	for (int i = 0; i < 3; i++) {
		strcpy(roster.charges[i]->watch.uuid, "same");
		roster.charges[i]->watch.belief.health = HEALTH_UP;
	}
	assert_done(roster_pair(&roster, &e), &e);
	assert_string_equal(roster.charges[0]->watch.twin, "b");
	assert_string_equal(roster.charges[1]->watch.twin, "a");
	assert_string_equal(roster.charges[2]->watch.twin, ""); /* out of service */
	roster.charges[1]->watch.belief.health = HEALTH_DOWN;
	assert_done(roster_pair(&roster, &e), &e);
	assert_string_equal(roster.charges[0]->watch.twin, "");
}

static int64_t revision(void)
{
	int64_t now;
	assert_done(registry_revision(r, &now, &e), &e);
	return now;
}

static void only_what_is_due_is_written(void **state)
{
	(void)state;
	read_all();
	int64_t before = revision();
	assert_done(report_write(&roster, r, 1000, &e), &e);
	assert_true(revision() == before);
	struct watch *w = &roster.charges[0]->watch;
	const struct finding f = { .able = true, .well = true, .pinged = true, .uuid = "ab", .tls_yes = 8 };
	const struct rules rules = { 2, 3, false };
	watch_note(w, &f, &rules, 1000);
	assert_done(report_write(&roster, r, 1000, &e), &e);
	assert_true(revision() == before + 1 && w->written == 1000 && !w->changed);
	sql("DELETE FROM relay WHERE name = 'a'"); /* meanwhile: passed over */
	w->changed = roster.charges[1]->watch.changed = true;
	roster.charges[1]->watch.belief.health = HEALTH_DOWN;
	assert_done(report_write(&roster, r, 1001, &e), &e);
	struct arena arena = { 0 };
	struct observation b = { .relay = "b", .observer = "o" };
	assert_done(registry_get(r, &observation_kind, &b, &arena, &b, &e), &e);
	assert_int_equal(b.health, HEALTH_DOWN);
	arena_free(&arena);
}

static enum health said(const char *relay, const char *observer)
{
	struct arena arena = { 0 };
	struct observation o = { .relay = relay, .observer = observer };
	assert_done(registry_get(r, &observation_kind, &o, &arena, &o, &e), &e);
	arena_free(&arena);
	return (enum health)o.health;
}

static void hear(int64_t ticks)
{
	struct arena arena = { 0 };
	struct fleet fleet;
	size_t refused;
	assert_done(registry_fleet(r, &arena, &fleet, &refused, &e), &e);
	assert_done(report_witnesses(&witnesses, &roster, r, &fleet, ticks, 600, ticks, &e), &e);
	arena_free(&arena);
}

/* Ticks are ours; dates are whatever the others' clocks say. */
static void those_that_fall_silent_lose_their_voice(void **state)
{
	(void)state;
	sql("INSERT INTO observation (relay, observer, health, tls, overloaded, load, at) VALUES "
		"('a','o',1,8,0,0,5), ('a','lives',1,8,0,0,5), ('a','dead',2,8,0,0,999999999),"
		"('b','dead',2,8,0,0,5), ('a','lease',1,0,0,0,5)");
	hear(1000000);
	hear(1000599);
	assert_int_equal(said("a", "dead"), HEALTH_DOWN);
	sql("UPDATE observation SET at = 6 WHERE observer = 'lives'");
	hear(1000600);
	assert_int_equal(said("a", "dead"), HEALTH_UNKNOWN);
	assert_int_equal(said("b", "dead"), HEALTH_DOWN); /* which nobody else sees */
	assert_int_equal(said("a", "lives"), HEALTH_UP);
	assert_int_equal(said("a", "lease"), HEALTH_UP);
	assert_int_equal(said("a", "o"), HEALTH_UP);
	int64_t before = revision();
	hear(1000700);
	assert_true(revision() == before); /* once */
}

/* The registry's clock does not go back: what is written now is as new as what a clock ahead wrote. */
static void dates_are_the_registrys(void **state)
{
	struct arena arena = { 0 };
	struct fleet fleet;
	size_t refused;
	struct observation a = { .relay = "a", .observer = "o" };
	(void)state;
	sql("INSERT INTO observation (relay, observer, health, tls, overloaded, load, at) VALUES ('a','ahead',2,8,0,0,4600)");
	read_all();
	assert_done(registry_fleet(r, &arena, &fleet, &refused, &e), &e);
	roster_hear(&roster, &fleet);
	roster.charges[0]->watch.belief.health = HEALTH_UP;
	roster.charges[0]->watch.seen = 1000;
	assert_done(report_write(&roster, r, 1000, &e), &e);
	assert_done(registry_get(r, &observation_kind, &a, &arena, &a, &e), &e);
	assert_int_equal(a.at, 1000);
	assert_int_equal(a.heard, 4600);
	arena_free(&arena);
}

/* The server names that clients of ours send: the service's, and white labels'. */
static void server_names(void **state)
{
	(void)state;
	sql("INSERT INTO zone VALUES ('b5p.us','n','c',1,2,3,4,5,0), ('kites.test','n','c',1,2,3,4,5,0)");
	read_all();
	assert_string_equal(roster_sni(&roster, 0), "frontends.b5p.us");
	assert_string_equal(roster_sni(&roster, 3), "fe.kites.test");
	sql("DELETE FROM zone");
	read_all();
	assert_null(roster_sni(&roster, 0)); /* the service is not ours */
}

static void certificates_are_judged(void **state)
{
	struct watch *w;
	(void)state;
	sql("INSERT INTO zone VALUES ('kites.test','n','c',1,2,3,4,5,0), ('z.test','n','c',1,2,3,4,5,0)");
	read_all();
	w = &roster.charges[0]->watch;
	roster_judge(&roster, w);
	assert_int_equal(w->use, CERTIFICATE_UNKNOWN);
	w->certificate.expires = 5;
	strcpy(w->certificate.names, "other.test");
	roster_judge(&roster, w);
	assert_int_equal(w->use, CERTIFICATE_FOREIGN);
	strcpy(w->certificate.names, "other.test *.z.test");
	roster_judge(&roster, w);
	assert_int_equal(w->use, CERTIFICATE_SERVES);
	w->route = ROUTE_NONE; /* no way to it */
	roster_judge(&roster, w);
	assert_int_equal(w->use, CERTIFICATE_FOREIGN);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = { CASE(relays_come_and_go), CASE(what_is_elsewhere_is_fresh),
		CASE(names_for_connect), CASE(who_is_wanted), CASE(twins), CASE(only_what_is_due_is_written),
		CASE(those_that_fall_silent_lose_their_voice), CASE(dates_are_the_registrys), CASE(server_names),
		CASE(certificates_are_judged) };
	return cmocka_run_group_tests_name("prober/roster", tests, NULL, NULL);
}
