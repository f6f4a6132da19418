/* SPDX-License-Identifier: BSD-2-Clause */
/* Changes are read back as the rows that they were, of each kind that the log tells of. */
#include "registry/change_row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/check.h"

static char dir[32] = "/tmp/windsock-XXXXXX", path[64];
static struct registry *r;
static struct arena arena;
static struct error e;
static int64_t before;

static int start(void **state)
{
	(void)state;
	snprintf(path, sizeof path, "%s/registry", mkdtemp(dir) == NULL ? "" : dir);
	int outcome = registry_open(path, REGISTRY_CREATE, &r, &e);
	return outcome == DONE ? registry_revision(r, &before, &e) : outcome;
}

static int end(void **state)
{
	char command[64];
	(void)state;
	registry_close(r);
	arena_free(&arena);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	strcpy(dir, "/tmp/windsock-XXXXXX");
	return system(command);
}

/* The last change, both of its sides. */
struct seen {
	struct change_side was, is;
	const struct kind *of;
	int outcome;
};

static int see(const struct change *change, void *context, struct error *error)
{
	struct seen *seen = context;
	seen->of = change->of;
	seen->outcome = change_read(change, false, &arena, &seen->was, error);
	if (seen->outcome == DONE)
		seen->outcome = change_read(change, true, &arena, &seen->is, error);
	return DONE;
}

static struct seen last(void)
{
	struct seen seen = { .outcome = FAILED };
	assert_done(registry_changes(r, before, see, &seen, &e), &e);
	return seen;
}

static bool tells(const struct seen *seen, const struct change_side *side, const char *field)
{
	return (side->told & field_bit(seen->of, kind_field(seen->of, field, strlen(field)))) != 0;
}

static void an_object_of_each_kind_comes_back(void **state)
{
	(void)state;
	struct relay relay;
	struct rule rule;
	struct pool pool;
	assert_done(row_standard(&relay_kind, &relay, &arena, &e), &e);
	relay.name = "r1";
	relay.addresses = "192.0.2.1 2001:db8::1";
	relay.tls = 6;
	assert_done(registry_add(r, &relay_kind, &relay, &e), &e);
	struct seen seen = last();
	assert_done(seen.outcome, &e);
	assert_false(seen.was.there);
	assert_true(seen.is.there);
	assert_string_equal(seen.is.row.relay.name, "r1");
	assert_string_equal(seen.is.row.relay.addresses, "192.0.2.1 2001:db8::1");
	assert_true(seen.is.row.relay.tls == 6 && seen.is.row.relay.port == 443);
	assert_true(tells(&seen, &seen.is, "name") && tells(&seen, &seen.is, "tls"));
	assert_false(tells(&seen, &seen.is, "since") || tells(&seen, &seen.is, "token"));

	assert_done(row_standard(&pool_kind, &pool, &arena, &e), &e);
	pool.label = "fe";
	assert_done(registry_add(r, &pool_kind, &pool, &e), &e);
	assert_done(row_standard(&rule_kind, &rule, &arena, &e), &e);
	rule.pool = "fe";
	rule.relay = "r1";
	rule.note = "why";
	assert_done(registry_add(r, &rule_kind, &rule, &e), &e);
	assert_done(registry_remove(r, &rule_kind, &rule, &e), &e);
	seen = last();
	assert_done(seen.outcome, &e);
	assert_true(seen.was.there && !seen.is.there);
	assert_string_equal(seen.was.row.rule.pool, "fe");
	assert_string_equal(seen.was.row.rule.relay, "r1");
	assert_string_equal(seen.was.row.rule.note, "why");
}

static void records_come_back_whole(void **state)
{
	(void)state;
	struct zone zone;
	assert_done(row_standard(&zone_kind, &zone, &arena, &e), &e);
	zone.name = zone.primary = zone.contact = "a.test";
	assert_done(registry_add(r, &zone_kind, &zone, &e), &e);
	struct record record = { .zone = "a.test", .owner = "www.a.test", .type = 1, .ttl = 60, .rdata = { "\300\0\2\1", 4 } };
	assert_done(registry_add(r, &record_kind, &record, &e), &e);
	record.ttl = 90;
	assert_done(registry_set(r, &record_kind, &record, &e), &e);
	struct seen seen = last();
	assert_done(seen.outcome, &e);
	assert_true(seen.was.there && seen.is.there && tells(&seen, &seen.was, "rdata"));
	assert_true(seen.was.row.record.ttl == 60 && seen.is.row.record.ttl == 90);
	assert_string_equal(seen.was.row.record.zone, "a.test");
	assert_string_equal(seen.was.row.record.owner, "www.a.test");
	assert_int_equal(seen.was.row.record.rdata.size, 4);
	assert_memory_equal(seen.was.row.record.rdata.data, "\300\0\2\1", 4);
}

static void of_secrets_it_is_told_that_they_changed(void **state)
{
	(void)state;
	struct account account;
	assert_done(row_standard(&account_kind, &account, &arena, &e), &e);
	account.name = "demo";
	account.token = (struct blob){ "one", 3 };
	assert_done(registry_add(r, &account_kind, &account, &e), &e);
	account.quota = 7;
	assert_done(registry_set(r, &account_kind, &account, &e), &e);
	struct seen seen = last();
	assert_done(seen.outcome, &e);
	assert_true(seen.is.secrets == 0 && seen.was.row.account.quota == 0 && seen.is.row.account.quota == 7);
	account.token = (struct blob){ "two", 3 };
	assert_done(registry_set(r, &account_kind, &account, &e), &e);
	seen = last();
	assert_true(seen.is.secrets == field_bit(&account_kind, kind_field(&account_kind, "token", 5)));
	assert_int_equal(seen.is.row.account.token.size, 0);
}

/* SQL by hand may write anything, and older registries told less. */
static void what_is_no_row_is_refused(void **state)
{
	(void)state;
	static const struct {
		const char *kind, *key, *new;
		int outcome;
	} cases[] = { { "relay", "r1", "{\"weight\": 7}", DONE }, { "relay", "r1", "{\"weight\": \"7\"}", REFUSED },
		{ "relay", "r1", "[]", REFUSED }, { "relay", "r1", "{", REFUSED }, { "relay", "", "{}", REFUSED },
		{ "rule", "one", "{}", REFUSED }, { "relay", "r1", "{\"note\": 7}", REFUSED },
		{ "relay", "r1", "{\"note\": null}", DONE }, { "record", "a.test", "{}", REFUSED },
		{ "serial", "", "{}", REFUSED }, { "signature", "h digest", "{}", REFUSED } };
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct change_side side;
		struct change change = { .kind = cases[i].kind, .key = cases[i].key, .new = cases[i].new,
			.of = model_kind(cases[i].kind) };
		assert_outcome(change_read(&change, true, &arena, &side, &e), cases[i].outcome, &e);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_object_of_each_kind_comes_back, start, end),
		cmocka_unit_test_setup_teardown(records_come_back_whole, start, end),
		cmocka_unit_test_setup_teardown(of_secrets_it_is_told_that_they_changed, start, end),
		cmocka_unit_test_setup_teardown(what_is_no_row_is_refused, start, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
