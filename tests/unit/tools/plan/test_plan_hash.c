/* SPDX-License-Identifier: BSD-2-Clause */
/* A plan's hash: what it is of, what it is not of, and words that a shell takes back as they were. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/check.h"
#include "tools/plan/plan.h"

static struct command c;
static struct plan p;
static struct error e;
static char dir[32], path[64];
static const struct verb verb = { .noun = "relay", .name = "set" };

static int begin(void **state)
{
	(void)state;
	c = (struct command){ .verb = &verb, .words = { "r1" }, .word_count = 1 };
	p = (struct plan){ .revision = 7 };
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_free(&c.arena);
	arena_free(&p.arena);
	return 0;
}

static void give(const char *name, const char *value, bool flag)
{
	c.options[c.option_count++] = (struct given_option){ .name = name, .value = value, .flag = flag };
}

static void words_are_quoted_where_a_shell_wants_it(void **state)
{
	static const struct {
		const char *word, *typed;
	} cases[] = { { "r1", "r1" }, { "2001:db8::1", "2001:db8::1" }, { "", "''" }, { "a b", "'a b'" }, { "*.x", "'*.x'" },
		{ "it's", "'it'\\''s'" }, { "'", "''\\'''" }, { "$(rm)", "'$(rm)'" }, { "a\nb", "'a\nb'" }, { "~", "'~'" },
		{ "\xc3\xbc", "'\xc3\xbc'" }, { "!x", "'!x'" }, { "-", "-" } };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char wanted[64];
		c.words[0] = cases[i].word;
		assert_done(plan_words(&c, &e), &e);
		snprintf(wanted, sizeof wanted, "relay set %s", cases[i].typed);
		assert_string_equal(c.planned, wanted);
		assert_string_equal(c.planned_how, "");
	}
}

static void what_is_done_stands_apart_from_where_and_why(void **state)
{
	static const struct verb noun = { .noun = "status", .name = "" };
	(void)state;
	give("registry", "/a b", false);
	give("weight", "7", false);
	give("json", "", true);
	give("force", "", true);
	give("dry-run", "", true);
	give("plan", "7-0", false);
	give("allow_private", "", true);
	give("reason", "it's late", false);
	give("note", "", false);
	assert_done(plan_words(&c, &e), &e);
	assert_string_equal(c.planned, "relay set r1 --weight 7 --allow_private --note ''");
	assert_string_equal(c.planned_how, " --registry '/a b' --reason 'it'\\''s late'");
	c = (struct command){ .verb = &noun, .arena = c.arena };
	assert_done(plan_words(&c, &e), &e);
	assert_string_equal(c.planned, "status");
}

static const char *sealed(void)
{
	assert_done(plan_words(&c, &e), &e);
	assert_done(plan_seal(&c, &p, &e), &e);
	return arena_text(&p.arena, p.hash);
}

/* One change of the picture at a time, each of which must make another hash, and be undone. */
static void a_hash_is_of_all_that_is_done(void **state)
{
	struct effect_relay relay = { .name = "r1", .was = true };
	struct effect_pool pool = { .label = "fe4_058", .changed = true, .relays = &relay, .relay_count = 1 };
	struct asked asked = { .name = "fe4_058", .networks = 5 };
	(void)state;
	p.effect.pools = &pool;
	p.effect.pool_count = 1;
	p.asked = &asked;
	p.asked_count = 1;
	const char *hash = sealed();
	assert_string_equal(sealed(), hash);
	assert_int_equal(strncmp(hash, "7-", 2), 0);
	assert_int_equal(strlen(hash), 18);
#define OTHER(change, undone)                          \
	do {                                           \
		change;                                \
		assert_string_not_equal(sealed(), hash); \
		undone;                                \
		assert_string_equal(sealed(), hash);   \
	} while (0)
	OTHER(p.revision++, p.revision--);
	OTHER(p.content++, p.content--);
	OTHER(c.besides++, c.besides--);
	OTHER(c.words[0] = "r2", c.words[0] = "r1");
	OTHER(relay.was = false, relay.was = true);
	OTHER(relay.moved_to = "r2", relay.moved_to = NULL);
	OTHER(pool.after.members++, pool.after.members--);
	OTHER(pool.label = "fe4_059", pool.label = "fe4_058");
	OTHER(p.lost.hosts = ((struct name_sample){ 1, { "a.b5p.us" } }), p.lost.hosts = (struct name_sample){ 0 });
	OTHER(p.lost.statics = ((struct name_sample){ 1, { "a.b5p.us" } }), p.lost.statics = (struct name_sample){ 0 });
	OTHER(asked.fate = "it is emptied", asked.fate = NULL);
	OTHER(p.doubts = DOUBT_DAYS, p.doubts = 0);
	OTHER(text_add(&c.harms, "it hurts"), text_free(&c.harms));
#undef OTHER
	asked.networks = 6; /* that moves by the minute */
	pool.relays[0].is = false;
	give("reason", "another", false);
	give("force", "", true);
	assert_string_equal(sealed(), hash);
	pool.changed = false;
	assert_string_not_equal(sealed(), hash);
}

static void a_plan_is_sealed_under_the_revision_that_it_names(void **state)
{
	(void)state;
	const char *hash = sealed();
	p.revision = 9;
	assert_string_not_equal(sealed(), hash);
	c.plan = hash;
	assert_string_equal(sealed(), hash);
	assert_done(plan_same(&c, &p, &e), &e);
	p.content++;
	sealed();
	assert_outcome(plan_same(&c, &p, &e), HARMFUL, &e);
	assert_says(e.text, "another change or another effect");
	c.plan = NULL;
	assert_done(plan_same(&c, &p, &e), &e);
	assert_done(plan_fresh(&c, &p, &e), &e);
}

static void what_is_no_hash_is_refused(void **state)
{
	static const char *const wrong[] = { "", "x", "7", "-7-0", "0-0", "7 -0", "-", "7x-0" };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		c.plan = wrong[i];
		assert_outcome(plan_fresh(&c, &p, &e), REFUSED, &e);
		assert_says(e.text, "wanted the hash that 'windsock plan' printed");
	}
	c.plan = "7-anything"; /* plan_same looks at the rest */
	assert_done(plan_fresh(&c, &p, &e), &e);
	c.plan = "8-0"; /* of a registry that went back */
	assert_outcome(plan_fresh(&c, &p, &e), HARMFUL, &e);
	assert_says(e.text, "revision 8, then 7");
	c.plan = "99999999999999999999999-0";
	assert_outcome(plan_fresh(&c, &p, &e), HARMFUL, &e);
}

/* Hosts move all day. */
static void a_host_that_moved_spoils_no_plan_but_one_about_hosts(void **state)
{
	static const struct verb host = { .noun = "host", .name = "set" }, zone = { .noun = "zone", .name = "remove", .flags = VERB_ZONES };
	struct host row = { .name = "a.b5p.us", .account = "", .addresses = "192.0.2.1", .ttl = 60 };
	struct relay relay = { .name = "r1", .addresses = "", .note = "", .port = 1 };
	char plan[40], command[64];
	int64_t revision;
	(void)state;
	strcpy(dir, "/tmp/windsock-XXXXXX");
	snprintf(path, sizeof path, "%s/registry", mkdtemp(dir) == NULL ? "" : dir);
	assert_done(registry_open(path, REGISTRY_CREATE, &c.registry, &e), &e);
	assert_done(registry_begin(c.registry, &e), &e);
	assert_done(registry_add(c.registry, &relay_kind, &relay, &e), &e);
	assert_done(registry_revision(c.registry, &revision, &e), &e);
	snprintf(plan, sizeof plan, "%lld-0", (long long)revision);
	c.plan = plan;
	assert_done(registry_add(c.registry, &host_kind, &row, &e), &e);
	assert_done(registry_revision(c.registry, &p.revision, &e), &e);
	assert_true(p.revision > revision);
	assert_done(plan_fresh(&c, &p, &e), &e);
	c.verb = &host;
	assert_outcome(plan_fresh(&c, &p, &e), HARMFUL, &e);
	c.verb = &zone;
	assert_outcome(plan_fresh(&c, &p, &e), HARMFUL, &e);
	assert_says(e.text, "the registry has moved since");
	c.verb = &verb;
	relay.weight = 7;
	assert_done(registry_set(c.registry, &relay_kind, &relay, &e), &e);
	assert_done(registry_revision(c.registry, &p.revision, &e), &e);
	assert_outcome(plan_fresh(&c, &p, &e), HARMFUL, &e);
	/* what was changed is digested: the same again is the same, and another weight is not */
	p.revision = revision;
	assert_done(plan_content(&c, &p, &e), &e);
	uint64_t content = p.content;
	assert_done(plan_content(&c, &p, &e), &e);
	assert_true(p.content == content);
	relay.weight = 8;
	assert_done(registry_set(c.registry, &relay_kind, &relay, &e), &e);
	assert_done(plan_content(&c, &p, &e), &e);
	assert_true(p.content != content);
	registry_rollback(c.registry);
	registry_close(c.registry);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test_setup_teardown(words_are_quoted_where_a_shell_wants_it, begin, end),
		cmocka_unit_test_setup_teardown(what_is_done_stands_apart_from_where_and_why, begin, end),
		cmocka_unit_test_setup_teardown(a_hash_is_of_all_that_is_done, begin, end),
		cmocka_unit_test_setup_teardown(a_plan_is_sealed_under_the_revision_that_it_names, begin, end),
		cmocka_unit_test_setup_teardown(what_is_no_hash_is_refused, begin, end),
		cmocka_unit_test_setup_teardown(a_host_that_moved_spoils_no_plan_but_one_about_hosts, begin, end) };
	return cmocka_run_group_tests_name("tools/plan/plan_hash", tests, NULL, NULL);
}
