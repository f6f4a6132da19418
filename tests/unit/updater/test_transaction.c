/* SPDX-License-Identifier: BSD-2-Clause */
/* A transaction that many share: who did what is logged, and one's part can be taken back without the others'. */
#include "tests/unit/updater/house.h"

static struct transaction *t;
static struct exchange x;

static void act(const char *actor, const char *verb)
{
	assert_done(transaction_act(t, &x, actor, verb, &house_error), &house_error);
}

static void add_host(const char *name)
{
	struct arena arena = { 0 };
	struct host host;
	assert_done(row_standard(&host_kind, &host, &arena, &house_error), &house_error);
	host.name = name;
	assert_done(registry_add(t->registry, &host_kind, &host, &house_error), &house_error);
	transaction_host(t, &host);
	arena_free(&arena);
}

/* How many changes of hosts whose name fits LIKE, by acts that the condition fits, the log has. */
static int64_t logged(const char *like, const char *condition)
{
	char statement[300];
	snprintf(statement, sizeof statement, "SELECT count(*) FROM change JOIN act ON act.id = change.act "
		"WHERE kind = 'host' AND key LIKE '%%%s%%' AND %s", like, condition);
	return house_number(statement);
}

static int begin(void **state)
{
	x = (struct exchange){ .request = { .caller = { ADDRESS_V4, { 192, 0, 2, 7 } } } };
	if (house_open(state) != 0)
		return -1;
	t = &house->transaction;
	house_begin();
	return 0;
}

static void it_begins_with_nothing_done(void **state)
{
	(void)state;
	act("demo", "a test");
	add_host("a.b5p.us");
	assert_true(t->wrote);
	assert_int_equal(t->hosts.count, 1);
	registry_rollback(t->registry);
	house_begin();
	assert_false(t->wrote);
	assert_int_equal(t->hosts.count, 0);
	assert_int_equal(t->hosts.size, 0);
	assert_null(t->verb);
	assert_int_equal(house_number("SELECT count(*) FROM host WHERE name = 'a.b5p.us'"), 0);
	registry_rollback(t->registry);
}

static void a_lock_that_another_has_is_no_fault(void **state)
{
	struct registry *other;
	struct transaction second = { 0 };
	bool busy = false;
	(void)state;
	assert_done(registry_open(house_path, REGISTRY_WRITE, &other, &house_error), &house_error);
	registry_patience(other, 1);
	assert_outcome(transaction_begin(&second, other, &busy, &house_error), FAILED, &house_error);
	assert_true(busy);
	registry_rollback(t->registry);
	assert_done(transaction_begin(&second, other, &busy, &house_error), &house_error);
	assert_false(busy);
	registry_rollback(other);
	registry_close(other);
}

/* The log has each act once, with the address it came from; ours have none. */
static void acts_are_logged_with_their_origin(void **state)
{
	(void)state;
	act("demo", "a test");
	add_host("a.b5p.us");
	act("demo", "a test");
	add_host("b.b5p.us");
	assert_done(transaction_act(t, NULL, "windsock-updater", "a test", &house_error), &house_error);
	add_host("c.b5p.us");
	assert_done(registry_commit(t->registry, &house_error), &house_error);
	assert_int_equal(logged("", "actor = 'demo' AND origin = '192.0.2.7'"), 2);
	assert_int_equal(logged("", "actor = 'windsock-updater' AND origin = ''"), 1);
}

/* A name too long to be remembered is not taken for the one before. */
static void a_long_actor_is_not_anothers(void **state)
{
	char long_name[sizeof t->actor + 8];
	(void)state;
	memset(long_name, 'a', sizeof long_name - 1);
	long_name[sizeof long_name - 1] = '\0';
	act("demo", "a test");
	act(long_name, "a test");
	add_host("a.b5p.us");
	act("demo", "a test");
	add_host("b.b5p.us");
	assert_done(registry_commit(t->registry, &house_error), &house_error);
	assert_int_equal(logged("b.b5p.us", "actor = 'demo'"), 1);
	assert_int_equal(logged("a.b5p.us", "actor GLOB 'aaa*'"), 1);
}

static void a_part_is_taken_back_alone(void **state)
{
	(void)state;
	struct transaction_mark before = transaction_mark(t);
	act("demo", "first");
	add_host("kept.b5p.us");
	assert_done(transaction_end_part(t, &before, true, &house_error), &house_error);
	before = transaction_mark(t);
	act("demo", "second");
	add_host("gone.b5p.us");
	t->hosts.broken = true;
	assert_done(transaction_end_part(t, &before, false, &house_error), &house_error);
	assert_true(t->wrote); /* the first one did */
	assert_int_equal(t->hosts.count, 1);
	assert_int_equal(t->hosts.size, before.size);
	assert_false(t->hosts.broken);
	act("demo", "second"); /* the same act again: what was logged of it went, too */
	add_host("late.b5p.us");
	assert_done(transaction_finish(t, &house_error), &house_error);
	assert_done(registry_commit(t->registry, &house_error), &house_error);
	assert_int_equal(t->revision, t->revision_before + 2);
	assert_int_equal(house_number("SELECT count(*) FROM host WHERE name IN ('kept.b5p.us', 'late.b5p.us')"), 2);
	assert_int_equal(house_number("SELECT count(*) FROM host WHERE name = 'gone.b5p.us'"), 0);
	assert_int_equal(logged("late.b5p.us", "verb = 'second'"), 1);
}

static void who_wrote_nothing_has_no_part(void **state)
{
	(void)state;
	struct transaction_mark before = transaction_mark(t);
	assert_done(transaction_end_part(t, &before, false, &house_error), &house_error);
	assert_false(t->wrote);
	act("demo", "a test");
	assert_done(transaction_end_part(t, &before, false, &house_error), &house_error);
	assert_false(t->wrote); /* the only one who wrote was taken back */
	registry_rollback(t->registry);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, house_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_begins_with_nothing_done), TEST(a_lock_that_another_has_is_no_fault),
		TEST(acts_are_logged_with_their_origin), TEST(a_long_actor_is_not_anothers), TEST(a_part_is_taken_back_alone),
		TEST(who_wrote_nothing_has_no_part),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
