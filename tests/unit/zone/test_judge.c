/* SPDX-License-Identifier: BSD-2-Clause */
/* What a transaction wrote is judged before it is committed: names of a form that cannot be are named. */
#include "zone/judge.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "registry/statement.h"
#include "tests/unit/check.h"
#include "wire/type.h"

static char dir[32], path[64];
static struct registry *r;
static struct error e;
static int64_t since;

static void sql(const char *statement)
{
	char *fault = NULL;
	if (sqlite3_exec(((struct sqlite_registry *)(void *)r)->db, statement, NULL, NULL, &fault) != SQLITE_OK)
		fail_msg("%s: %s", statement, fault);
}

static int open_all(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/windsock-XXXXXX");
	snprintf(path, sizeof path, "%s/registry", mkdtemp(dir) == NULL ? "" : dir);
	if (registry_open(path, REGISTRY_CREATE, &r, &e) != DONE)
		return -1;
	sql("INSERT INTO zone (name, \"primary\", contact, ttl, refresh, retry, expire, minimum) VALUES "
	    "('z.example', 'ns.z.example', 'x.z.example', 60, 9, 9, 9, 9), ('k.z.example', 'ns.z.example', 'x.z.example', 60, 9, 9, 9, 9)");
	return registry_revision(r, &since, &e);
}

static int close_all(void **state)
{
	char command[64];
	(void)state;
	registry_close(r);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

static void record(const char *zone, const char *owner, int type)
{
	char statement[300];
	snprintf(statement, sizeof statement, "INSERT INTO record (zone, owner, type, rdata, ttl) VALUES ('%s', '%s', %d, x'%s', 60)",
		zone, owner, type, type == TYPE_A ? "c0000201" : type == TYPE_TXT ? "0161" : "016e00");
	sql(statement);
}

static void host(const char *name)
{
	char statement[200];
	snprintf(statement, sizeof statement, "INSERT INTO host (name) VALUES ('%s')", name);
	sql(statement);
}

static void pool(const char *label)
{
	char statement[200];
	snprintf(statement, sizeof statement, "INSERT INTO pool (label, state, tls, ttl, answers) VALUES ('%s', 0, 0, 60, 1)", label);
	sql(statement);
}

/* What is written from here on is judged. */
static void from_here(void)
{
	assert_done(registry_revision(r, &since, &e), &e);
}

/* NULL: all is well; else the name that is cited. */
static void judged(const char *cited)
{
	struct zone_judge judge = { .registry = r };
	int outcome = zone_judge_changes(&judge, since, &e);
	if (outcome != (cited == NULL ? DONE : REFUSED))
		fail_msg("%d: %s", outcome, e.text);
	if (cited != NULL && (strncmp(e.text, cited, strlen(cited)) != 0 || e.text[strlen(cited)] != ' '))
		fail_msg("'%s' does not begin with %s", e.text, cited);
}

static void what_stands_together_is_well(void **state)
{
	(void)state;
	judged(NULL);
	record("z.example", "z.example", TYPE_NS);
	record("z.example", "z.example", TYPE_TXT);
	record("z.example", "alias.z.example", TYPE_CNAME);
	record("z.example", "*.z.example", TYPE_TXT);
	host("h.z.example");
	record("z.example", "h.z.example", TYPE_TXT);
	record("z.example", "deep.h.z.example", TYPE_TXT);
	host("elsewhere.example"); /* in no zone: nothing of it is answered */
	pool("fe");
	judged(NULL);
}

static void a_name_is_cited(void **state)
{
	(void)state;
	record("z.example", "a.z.example", TYPE_TXT);
	record("z.example", "b.z.example", TYPE_CNAME);
	judged(NULL);
	record("z.example", "b.z.example", TYPE_TXT);
	judged("b.z.example");
	sql("DELETE FROM record WHERE owner = 'b.z.example' AND type = 16");
	judged(NULL); /* what went again is no fault */
	record("k.z.example", "k.z.example", TYPE_CNAME); /* an apex has a SOA */
	judged("k.z.example");
}

static void what_was_wrong_before_is_not_this_ones(void **state)
{
	(void)state;
	record("z.example", "b.z.example", TYPE_CNAME);
	record("z.example", "b.z.example", TYPE_TXT);
	from_here();
	record("z.example", "a.z.example", TYPE_TXT);
	judged(NULL);
}

/* RFC 6672 section 2.4, from either side. */
static void nothing_stands_below_a_dname(void **state)
{
	(void)state;
	record("z.example", "deep.below.d.z.example", TYPE_TXT);
	host("h.d.z.example");
	judged(NULL);
	from_here(); /* what is below was there before */
	record("z.example", "d.z.example", TYPE_DNAME);
	judged("deep.below.d.z.example");
	sql("DELETE FROM record WHERE owner = 'deep.below.d.z.example'");
	judged("h.d.z.example");
	sql("DELETE FROM host");
	judged(NULL);
	from_here();
	record("z.example", "xd.z.example", TYPE_TXT); /* beside it, though they end alike */
	record("z.example", "xxd.z.example", TYPE_TXT);
	host("yyd.z.example");
	assert_done(zone_judge_below(r, "z.example", "d.z.example", NULL, NULL, &e), &e);
	judged(NULL);
	record("z.example", "x.y.d.z.example", TYPE_TXT);
	judged("x.y.d.z.example");
	sql("DELETE FROM record WHERE owner = 'x.y.d.z.example'");
	host("h2.d.z.example");
	judged("h2.d.z.example");
}

static bool skips(void *context, const char *name)
{
	return strcmp(name, context) == 0;
}

static void what_goes_with_it_is_of_no_account(void **state)
{
	char going[] = "a.d.z.example";
	(void)state;
	record("z.example", "xd.z.example", TYPE_TXT); /* which ends alike, and lies beside */
	assert_done(zone_judge_below(r, "z.example", "d.z.example", NULL, NULL, &e), &e);
	record("z.example", "a.d.z.example", TYPE_TXT);
	assert_outcome(zone_judge_below(r, "z.example", "d.z.example", NULL, NULL, &e), REFUSED, &e);
	assert_done(zone_judge_below(r, "z.example", "d.z.example", skips, going, &e), &e);
	host("b.d.z.example");
	assert_outcome(zone_judge_below(r, "z.example", "d.z.example", skips, going, &e), REFUSED, &e);
	assert_int_equal(strncmp(e.text, "b.d.z.example ", 14), 0);
	assert_done(zone_judge_below(r, "z.example", "a.d.z.example", NULL, NULL, &e), &e); /* itself is not below itself */
}

static void hosts_stand_beside_no_addresses(void **state)
{
	(void)state;
	host("h.z.example");
	record("z.example", "h.z.example", TYPE_A);
	judged("h.z.example");
	sql("DELETE FROM record");
	judged(NULL);
	record("z.example", "*.h.z.example", TYPE_TXT); /* a host answers for all below it */
	judged("*.h.z.example");
	sql("DELETE FROM record; DELETE FROM host");
	from_here();
	record("z.example", "cut.z.example", TYPE_NS);
	host("h.cut.z.example"); /* below a delegation */
	judged("h.cut.z.example");
	host("h.k.z.example"); /* that of the zone below is another zone's */
	sql("DELETE FROM host WHERE name = 'h.cut.z.example'");
	judged(NULL);
}

/* Whichever comes second, the host or the record at *.HOST, is refused. */
static void a_host_answers_for_all_below_it(void **state)
{
	(void)state;
	host("h.z.example");
	from_here();
	record("z.example", "*.h.z.example", TYPE_TXT);
	judged("*.h.z.example");
	sql("DELETE FROM host");
	from_here();
	judged(NULL);
	host("h.z.example");
	judged("*.h.z.example");
	assert_says(e.text, "is a host's");
	from_here(); /* what was wrong before may change: only what comes anew is judged */
	sql("UPDATE host SET addresses = '192.0.2.1'");
	judged(NULL);
}

/* A name is judged in each zone that has it: what was found of it, or of what is above it, in one is nothing to the other. */
static void a_name_may_be_in_two_zones(void **state)
{
	(void)state;
	record("z.example", "k.z.example", TYPE_TXT);
	record("k.z.example", "k.z.example", TYPE_CNAME);
	judged("k.z.example");
	sql("DELETE FROM record");
	record("k.z.example", "k.z.example", TYPE_DNAME);
	from_here();
	record("z.example", "a.k.z.example", TYPE_TXT);
	judged(NULL);
	record("k.z.example", "b.k.z.example", TYPE_TXT);
	judged("b.k.z.example");
}

static void a_pool_is_judged_in_all_zones(void **state)
{
	(void)state;
	record("k.z.example", "fe.k.z.example", TYPE_CNAME);
	from_here();
	pool("fe4");
	judged(NULL);
	pool("fe");
	judged("fe.k.z.example");
	sql("DELETE FROM pool WHERE label = 'fe'");
	judged(NULL);
	pool("fe");
	judged("fe.k.z.example");
	sql("DELETE FROM record");
	judged(NULL);
	record("z.example", "fe4.z.example", TYPE_NS);
	judged("fe4.z.example");
}

/* What SQL wrote by hand: names longer than any, and a log that was pruned. */
static void hostile_rows_are_no_names(void **state)
{
	char long_name[1100], statement[1400];
	struct zone_judge judge = { .registry = r };
	(void)state;
	memset(long_name, 'a', 1000);
	strcpy(long_name + 1000, ".z.example");
	for (size_t i = 60; i < 1000; i += 61)
		long_name[i] = '.';
	snprintf(statement, sizeof statement, "INSERT INTO host (name) VALUES ('%s')", long_name);
	sql(statement);
	snprintf(statement, sizeof statement, "INSERT INTO record (zone, owner, type, rdata, ttl) VALUES ('z.example', '%s', 16, x'0161', 60)",
		long_name);
	sql(statement);
	judged(NULL);
	sql("INSERT INTO record (zone, owner, type, rdata, ttl) VALUES ('z.example', '.', 16, x'0161', 60)");
	judged(NULL);
	assert_done(zone_judge_host(&judge, "single", &e), &e); /* below no zone */
	assert_done(zone_judge_host(&judge, ".", &e), &e);
	assert_outcome(zone_judge_changes(&judge, since + 1000, &e), DONE, &e); /* nothing came since */
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_all, close_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_stands_together_is_well), TEST(a_name_is_cited), TEST(what_was_wrong_before_is_not_this_ones),
		TEST(nothing_stands_below_a_dname), TEST(what_goes_with_it_is_of_no_account), TEST(hosts_stand_beside_no_addresses),
		TEST(a_host_answers_for_all_below_it), TEST(a_name_may_be_in_two_zones),
		TEST(a_pool_is_judged_in_all_zones), TEST(hostile_rows_are_no_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
