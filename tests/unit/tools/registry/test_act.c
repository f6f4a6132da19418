/* SPDX-License-Identifier: BSD-2-Clause */
/* What an act did to each object, whatever its steps were. */
#include "tools/registry/act.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/check.h"

static char dir[32], path[64];
static struct registry *r;
static struct arena arena;
static struct error e;
static struct act_read act;

static int start(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/windsock-XXXXXX");
	snprintf(path, sizeof path, "%s/registry", mkdtemp(dir) == NULL ? "" : dir);
	return registry_open(path, REGISTRY_CREATE, &r, &e);
}

static int end(void **state)
{
	char command[64];
	(void)state;
	registry_close(r);
	arena_free(&arena);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

static struct relay relay_of(const char *name, int64_t weight)
{
	struct relay relay;
	assert_done(row_standard(&relay_kind, &relay, &arena, &e), &e);
	relay.name = name;
	relay.weight = weight;
	return relay;
}

static void begin(void)
{
	assert_done(registry_begin(r, &e), &e);
	assert_done(registry_act(r, &(struct act){ "me", "here", "a verb", NULL }, &e), &e);
}

static int64_t newest(void)
{
	int64_t revision;
	assert_done(registry_revision(r, &revision, &e), &e);
	return revision;
}

static void an_act_is_summed_up_by_object(void **state)
{
	(void)state;
	struct relay one = relay_of("r1", 1), two = relay_of("r2", 2), three = relay_of("r3", 3);
	begin();
	assert_done(registry_add(r, &relay_kind, &one, &e), &e);
	assert_done(registry_add(r, &relay_kind, &two, &e), &e);
	assert_done(registry_commit(r, &e), &e);
	begin();
	one.weight = 5;
	assert_done(registry_set(r, &relay_kind, &one, &e), &e);
	int64_t amid = newest();
	one.weight = 6;
	assert_done(registry_set(r, &relay_kind, &one, &e), &e);
	assert_done(registry_add(r, &relay_kind, &three, &e), &e);
	assert_done(registry_remove(r, &relay_kind, &three, &e), &e);
	two.weight = 9;
	assert_done(registry_set(r, &relay_kind, &two, &e), &e);
	two.weight = 2;
	assert_done(registry_set(r, &relay_kind, &two, &e), &e);
	int64_t last = newest();
	assert_done(registry_commit(r, &e), &e);
	begin();
	three.weight = 4;
	assert_done(registry_add(r, &relay_kind, &three, &e), &e);
	assert_done(registry_commit(r, &e), &e);

	assert_done(act_read(r, amid, &arena, &act, &e), &e);
	assert_true(act.newest == last && act.count == 1); /* r2 is as it was, r3 came and went */
	const struct act_object *o = act_find(&act, &relay_kind, "r1");
	assert_non_null(o);
	assert_true(o->was->row.relay.weight == 1 && o->is->row.relay.weight == 6);
	assert_true(o->changed == field_bit(&relay_kind, kind_field(&relay_kind, "weight", 6)));
	assert_null(act_find(&act, &relay_kind, "r2"));
	assert_null(act_find(&act, &rule_kind, "r1"));
}

static void of_a_record_the_ttl_alone_may_change(void **state)
{
	(void)state;
	struct zone zone;
	assert_done(row_standard(&zone_kind, &zone, &arena, &e), &e);
	zone.name = zone.primary = zone.contact = "a.test";
	assert_done(registry_add(r, &zone_kind, &zone, &e), &e);
	struct record record = { .zone = "a.test", .owner = "www.a.test", .type = 1, .ttl = 60, .rdata = { "\300\0\2\1", 4 } };
	assert_done(registry_add(r, &record_kind, &record, &e), &e);
	begin();
	record.ttl = 90;
	assert_done(registry_set(r, &record_kind, &record, &e), &e);
	record.rdata = (struct blob){ "\300\0\2\2", 4 };
	assert_done(registry_add(r, &record_kind, &record, &e), &e);
	assert_done(registry_commit(r, &e), &e);
	assert_done(act_read(r, newest(), &arena, &act, &e), &e);
	assert_int_equal(act.count, 2);
	assert_true(act_find(&act, &record_kind, "a.test www.a.test A wAACAQ==")->was->there);
	assert_false(act_find(&act, &record_kind, "a.test www.a.test A wAACAg==")->was->there);
}

/* Each row of SQL by hand is for itself. */
static void what_is_of_no_act_is_one_row(void **state)
{
	(void)state;
	struct relay one = relay_of("r1", 1), two = relay_of("r2", 2);
	assert_done(registry_add(r, &relay_kind, &one, &e), &e);
	assert_done(registry_add(r, &relay_kind, &two, &e), &e);
	assert_done(act_read(r, newest() - 1, &arena, &act, &e), &e);
	assert_true(act.count == 1 && act_find(&act, &relay_kind, "r1") != NULL);
}

static void lost_secrets_are_told(void **state)
{
	(void)state;
	struct account account;
	uint64_t token = field_bit(&account_kind, kind_field(&account_kind, "token", 5));
	assert_done(row_standard(&account_kind, &account, &arena, &e), &e);
	account.name = "demo";
	for (int i = 0; i < 2; i++) {
		account.token = (struct blob){ "secret", i == 0 ? 0 : 6 };
		assert_done(registry_add(r, &account_kind, &account, &e), &e);
		begin();
		assert_done(registry_remove(r, &account_kind, &account, &e), &e);
		assert_done(registry_commit(r, &e), &e);
		assert_done(act_read(r, newest(), &arena, &act, &e), &e);
		assert_true(act.count == 1 && act.objects[0].held == (i == 0 ? 0 : token) && act.objects[0].untold == 0);
	}
	assert_done(registry_add(r, &account_kind, &account, &e), &e);
	begin();
	assert_done(registry_remove(r, &account_kind, &account, &e), &e);
	account.token = (struct blob){ "other", 5 };
	assert_done(registry_add(r, &account_kind, &account, &e), &e);
	assert_done(registry_commit(r, &e), &e);
	assert_done(act_read(r, newest(), &arena, &act, &e), &e);
	assert_true(act.count == 1 && act.objects[0].secrets == token && act.objects[0].changed == token);
}

static void what_is_not_there_is_refused(void **state)
{
	(void)state;
	assert_outcome(act_read(r, 7, &arena, &act, &e), REFUSED, &e);
	assert_outcome(act_read(r, newest() + 1, &arena, &act, &e), REFUSED, &e);
	assert_says(e.text, "there is no revision");
	begin();
	assert_done(registry_note(r, registry_signatures_note, &e), &e);
	assert_done(registry_commit(r, &e), &e);
	assert_done(act_read(r, newest(), &arena, &act, &e), &e);
	assert_int_equal(act.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_act_is_summed_up_by_object, start, end),
		cmocka_unit_test_setup_teardown(of_a_record_the_ttl_alone_may_change, start, end),
		cmocka_unit_test_setup_teardown(what_is_of_no_act_is_one_row, start, end),
		cmocka_unit_test_setup_teardown(lost_secrets_are_told, start, end),
		cmocka_unit_test_setup_teardown(what_is_not_there_is_refused, start, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
