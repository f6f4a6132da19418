/* SPDX-License-Identifier: BSD-2-Clause */
/* Static data that stays and is answered no more: what hides it, and what was not answered before either. */
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

static void add_address(const char *owner)
{
	add_record("b5p.us", owner, TYPE_A, "\300\0\2\1", 4);
}

static void add_text(const char *owner)
{
	add_record("b5p.us", owner, TYPE_TXT, "\1x", 2);
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
	add_address("a.sub.b5p.us");
	add_text("a.sub.b5p.us");
	add_text("b.sub.b5p.us");
	add_address("www.b5p.us");
	add_text("www.b5p.us");
	add_text("words.b5p.us");
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

static void are_hidden(size_t count, const char *first, const char *last)
{
	assert_int_equal(p.lost.statics.count, count);
	if (count > 0) {
		assert_string_equal(p.lost.statics.shown[0], first);
		assert_string_equal(p.lost.statics.shown[count - 1], last);
	}
}

static void a_delegation_hides_what_is_below_it(void **state)
{
	(void)state;
	before(VERB_ZONES);
	delegate("sub.b5p.us");
	after();
	are_hidden(2, "a.sub.b5p.us", "b.sub.b5p.us"); /* each name once */
}

static void a_zone_hides_what_the_one_above_has_there(void **state)
{
	(void)state;
	before(VERB_ZONES);
	add_zone("a.sub.b5p.us");
	after();
	are_hidden(1, "a.sub.b5p.us", "a.sub.b5p.us");
}

/* Glue comes with its delegation: nobody was answered it before. */
static void what_the_change_brings_is_not_lost(void **state)
{
	(void)state;
	before(VERB_ZONES);
	delegate("cut.b5p.us");
	add_address("ns.cut.b5p.us");
	after();
	are_hidden(0, NULL, NULL);
}

static void what_is_written_again_was_there(void **state)
{
	const struct record old = { .zone = "b5p.us", .owner = "b.sub.b5p.us", .type = TYPE_TXT, .rdata = { "\1x", 2 } };
	(void)state;
	before(VERB_ZONES);
	assert_done(registry_remove(c.registry, &record_kind, &old, &e), &e);
	add_record("b5p.us", "b.sub.b5p.us", TYPE_TXT, "\1y", 2);
	delegate("b.sub.b5p.us");
	after();
	are_hidden(1, "b.sub.b5p.us", "b.sub.b5p.us");
}

static void what_is_removed_is_not_hidden(void **state)
{
	const struct record old = { .zone = "b5p.us", .owner = "b.sub.b5p.us", .type = TYPE_TXT, .rdata = { "\1x", 2 } };
	(void)state;
	before(VERB_ZONES);
	assert_done(registry_remove(c.registry, &record_kind, &old, &e), &e);
	delegate("b.sub.b5p.us");
	after();
	are_hidden(0, NULL, NULL);
}

static void what_was_hidden_before_is_not_lost_now(void **state)
{
	(void)state;
	delegate("sub.b5p.us");
	before(VERB_ZONES);
	delegate("b.sub.b5p.us");
	after();
	are_hidden(0, NULL, NULL);
}

/* Whether or not the verb changes zones, a pool takes the place of addresses, and of nothing else. */
static void a_pool_hides_addresses_at_its_name(void **state)
{
	static const int flags[] = { VERB_ZONES, VERB_STEERS };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(flags); i++) {
		const struct pool pools[] = { { .label = "www" }, { .label = "words" } };
		arena_free(&p.arena);
		p = (struct plan){ 0 };
		before(flags[i]);
		add_pool("www");
		add_pool("words");
		after();
		are_hidden(1, "www.b5p.us", "www.b5p.us");
		for (size_t n = 0; n < COUNT_OF(pools); n++)
			assert_done(registry_remove(c.registry, &pool_kind, &pools[n], &e), &e);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_delegation_hides_what_is_below_it, begin, end),
		cmocka_unit_test_setup_teardown(a_zone_hides_what_the_one_above_has_there, begin, end),
		cmocka_unit_test_setup_teardown(what_the_change_brings_is_not_lost, begin, end),
		cmocka_unit_test_setup_teardown(what_is_written_again_was_there, begin, end),
		cmocka_unit_test_setup_teardown(what_is_removed_is_not_hidden, begin, end),
		cmocka_unit_test_setup_teardown(what_was_hidden_before_is_not_lost_now, begin, end),
		cmocka_unit_test_setup_teardown(a_pool_hides_addresses_at_its_name, begin, end) };
	return cmocka_run_group_tests_name("tools/plan/plan_static", tests, NULL, NULL);
}
