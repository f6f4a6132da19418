/* SPDX-License-Identifier: BSD-2-Clause */
/* Names that are answered no more: of zones that go, of pools and hosts behind a delegation, of hosts that are emptied or
 * that a pool stands in front of. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/check.h"
#include "tools/plan/plan.h"
#include "wire/type.h"

static char dir[32], path[64];
static struct command c;
static struct plan p;
static struct error e;
static struct verb verb;

static void add_zone(const char *name)
{
	const struct zone zone = { .name = name, .primary = "ns.example", .contact = "x.example", .ttl = 1, .refresh = 1,
		.retry = 1, .expire = 1, .minimum = 1 };
	assert_done(registry_add(c.registry, &zone_kind, &zone, &e), &e);
}

static void add_pool(const char *label)
{
	const struct pool pool = { .label = label, .note = "", .roster = "", .successor = "", .paused = "", .ttl = 300, .answers = 8,
		.least = 1 };
	assert_done(registry_add(c.registry, &pool_kind, &pool, &e), &e);
}

static void add_record(const char *zone, const char *owner, uint16_t type, const char *rdata, size_t size)
{
	const struct record record = { .zone = zone, .owner = owner, .type = type, .ttl = 60, .rdata = { rdata, size } };
	assert_done(registry_add(c.registry, &record_kind, &record, &e), &e);
}

static void delegate(const char *owner)
{
	add_record("b5p.us", owner, TYPE_NS, "\2ns\7example", 12);
}

static void add_host(const char *name, const char *addresses, int64_t suspended)
{
	const struct host host = { .name = name, .account = "", .addresses = addresses, .ttl = 60, .suspended = suspended };
	assert_done(registry_add(c.registry, &host_kind, &host, &e), &e);
}

static void set_host(const char *name, const char *addresses)
{
	const struct host host = { .name = name, .account = "", .addresses = addresses, .ttl = 60 };
	assert_done(registry_set(c.registry, &host_kind, &host, &e), &e);
}

static int begin(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/windsock-XXXXXX");
	snprintf(path, sizeof path, "%s/registry", mkdtemp(dir) == NULL ? "" : dir);
	c = (struct command){ .registry_path = path };
	p = (struct plan){ 0 };
	if (registry_open(path, REGISTRY_CREATE, &c.registry, &e) != DONE || registry_begin(c.registry, &e) != DONE)
		return -1;
	add_zone("b5p.us");
	add_zone("kites.test");
	add_pool("fe4_152");
	add_host("a.b5p.us", "192.0.2.1", 0);
	add_host("a.kites.test", "192.0.2.1", 0);
	add_host("empty.kites.test", "", 0);
	add_host("fe4_152.b5p.us", "192.0.2.1", 0); /* the pool is answered there */
	add_host("gone.b5p.us", "192.0.2.1", 1);
	add_host("x.elsewhere.test", "192.0.2.1", 0);
	return 0;
}

static int end(void **state)
{
	char command[64];
	(void)state;
	registry_rollback(c.registry);
	registry_close(c.registry);
	arena_free(&c.arena);
	arena_free(&p.arena);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

/* A verb of these flags begins. */
static void before(int flags)
{
	verb = (struct verb){ .noun = "zone", .name = "set", .flags = flags };
	c.verb = &verb;
	assert_done(plan_before(&c, &p, &e), &e);
	p.begun = p.revision;
}

static void after(void)
{
	assert_done(plan_after(&c, &p, &e), &e);
}

static void nothing_is_lost_where_nothing_changes(void **state)
{
	(void)state;
	before(VERB_ZONES | VERB_HOSTS);
	set_host("a.b5p.us", "192.0.2.2");
	add_zone("more.test");
	after();
	assert_int_equal(p.lost.zones.count + p.lost.pools.count + p.lost.hosts.count + p.lost.statics.count, 0);
	assert_int_equal(p.lost.all_count, 0);
}

static void a_zone_that_goes_takes_its_hosts(void **state)
{
	(void)state;
	before(VERB_ZONES);
	assert_done(registry_remove(c.registry, &zone_kind, &(struct zone){ .name = "kites.test" }, &e), &e);
	after();
	assert_int_equal(p.lost.zones.count, 1);
	assert_string_equal(p.lost.zones.shown[0], "kites.test");
	assert_int_equal(p.lost.all_count, 1);
	assert_false(p.lost.all[0].stays);
	assert_int_equal(p.lost.hosts.count, 1);
	assert_string_equal(p.lost.hosts.shown[0], "a.kites.test");
	assert_int_equal(p.lost.pools.count, 0); /* the zone says it all */
	assert_null(p.lost.secondary);
}

static void a_delegation_takes_names_from_a_zone_that_stays(void **state)
{
	(void)state;
	before(VERB_ZONES);
	delegate("fe4_152.b5p.us");
	delegate("a.b5p.us");
	after();
	assert_int_equal(p.lost.zones.count, 0);
	assert_int_equal(p.lost.pools.count, 1);
	assert_string_equal(p.lost.pools.shown[0], "fe4_152.b5p.us");
	assert_int_equal(p.lost.all_count, 1);
	assert_string_equal(p.lost.all[0].name, "b5p.us");
	assert_true(p.lost.all[0].stays);
	assert_int_equal(p.lost.hosts.count, 1);
	assert_string_equal(p.lost.hosts.shown[0], "a.b5p.us");
}

/* What clients ask for is answered by an older pool, though nobody defined it: a name of it can be lost as well. */
static void a_delegation_takes_a_label_that_a_pool_stands_in_for(void **state)
{
	static const char *const asked[] = { "fe4_152", "fe4_153", "nobody" };
	const struct release release = { .product = "p", .version = "1", .pools = "fe4_154 fe4_152", .note = "", .tls = 8, .families = 2 };
	(void)state;
	assert_done(registry_add(c.registry, &release_kind, &release, &e), &e);
	p.wish = (struct effect_wish){ .labels = asked, .label_count = 3 };
	before(VERB_ZONES);
	delegate("fe4_153.b5p.us");
	delegate("fe4_154.b5p.us");
	delegate("fe4_155.b5p.us"); /* nobody asks for it */
	delegate("nobody.b5p.us");  /* no pool stands in for it */
	after();
	assert_int_equal(p.lost.pools.count, 2);
	assert_string_equal(p.lost.pools.shown[0], "fe4_153.b5p.us");
	assert_string_equal(p.lost.pools.shown[1], "fe4_154.b5p.us");
	assert_int_equal(p.lost.all_count, 1);
}

static void a_pool_stands_in_a_hosts_place(void **state)
{
	(void)state;
	before(VERB_STEERS);
	add_pool("a");
	add_pool("empty");
	add_pool("nobody");
	after();
	assert_int_equal(p.lost.hosts.count, 2); /* in each zone */
	assert_string_equal(p.lost.hosts.shown[0], "a.b5p.us");
	assert_string_equal(p.lost.hosts.shown[1], "a.kites.test");
}

static void hosts_that_are_emptied_were_answered_before(void **state)
{
	(void)state;
	before(VERB_HOSTS);
	set_host("a.b5p.us", "");
	assert_done(registry_remove(c.registry, &host_kind, &(struct host){ .name = "a.kites.test" }, &e), &e);
	assert_done(registry_remove(c.registry, &host_kind, &(struct host){ .name = "gone.b5p.us" }, &e), &e);
	assert_done(registry_remove(c.registry, &host_kind, &(struct host){ .name = "empty.kites.test" }, &e), &e);
	assert_done(registry_remove(c.registry, &host_kind, &(struct host){ .name = "fe4_152.b5p.us" }, &e), &e);
	assert_done(registry_remove(c.registry, &host_kind, &(struct host){ .name = "x.elsewhere.test" }, &e), &e);
	after();
	assert_int_equal(p.lost.hosts.count, 2);
	assert_string_equal(p.lost.hosts.shown[0], "a.b5p.us");
	assert_string_equal(p.lost.hosts.shown[1], "a.kites.test");
}

/* What a host was is what it was before all of a verb's changes. */
static void hosts_that_are_written_more_than_once(void **state)
{
	(void)state;
	before(VERB_HOSTS);
	set_host("empty.kites.test", "192.0.2.9"); /* was not answered */
	set_host("empty.kites.test", "");
	set_host("a.kites.test", "192.0.2.9"); /* was, and is one host */
	set_host("a.kites.test", "");
	after();
	assert_int_equal(p.lost.hosts.count, 1);
	assert_string_equal(p.lost.hosts.shown[0], "a.kites.test");
}

static void of_many_names_some_are_shown_and_all_counted(void **state)
{
	char name[32];
	(void)state;
	for (int i = 0; i < PLAN_SHOWN + 3; i++) {
		snprintf(name, sizeof name, "h%d.cut.b5p.us", i);
		add_host(name, "192.0.2.1", 0);
	}
	before(VERB_ZONES);
	delegate("cut.b5p.us");
	after();
	assert_int_equal(p.lost.hosts.count, PLAN_SHOWN + 3);
	assert_string_equal(p.lost.hosts.shown[PLAN_SHOWN - 1], "h4.cut.b5p.us");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_is_lost_where_nothing_changes, begin, end),
		cmocka_unit_test_setup_teardown(a_zone_that_goes_takes_its_hosts, begin, end),
		cmocka_unit_test_setup_teardown(a_delegation_takes_names_from_a_zone_that_stays, begin, end),
		cmocka_unit_test_setup_teardown(a_delegation_takes_a_label_that_a_pool_stands_in_for, begin, end),
		cmocka_unit_test_setup_teardown(a_pool_stands_in_a_hosts_place, begin, end),
		cmocka_unit_test_setup_teardown(hosts_that_are_emptied_were_answered_before, begin, end),
		cmocka_unit_test_setup_teardown(hosts_that_are_written_more_than_once, begin, end),
		cmocka_unit_test_setup_teardown(of_many_names_some_are_shown_and_all_counted, begin, end) };
	return cmocka_run_group_tests_name("tools/plan/plan_names", tests, NULL, NULL);
}
