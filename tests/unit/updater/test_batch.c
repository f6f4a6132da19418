/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests that share a transaction: one that is refused leaves nothing in it, and fails nobody else. */
#include "tests/unit/updater/house.h"

enum { MOST = 300 };

static size_t resumed, handled;
static struct exchange exchanges[MOST];

static void resume(struct exchange *x)
{
	resumed++;
	arena_free(&x->arena);
}

static int write_host(struct updater *u, struct exchange *x, const char *name, struct error *e)
{
	struct host host;
	int outcome = row_standard(&host_kind, &host, &x->arena, e);
	host.name = name;
	host.account = "demo";
	if (outcome == DONE)
		outcome = door_act(u, x, "demo", "a test", e);
	if (outcome == DONE)
		outcome = u->registry->engine->add(u->registry, &host_kind, &host, e);
	if (outcome == DONE)
		batch_moved(u, &host);
	return outcome;
}

static int good(struct updater *u, struct exchange *x, struct error *e)
{
	char name[32];
	snprintf(name, sizeof name, "h%zu.demo.b5p.us", handled++);
	int outcome = write_host(u, x, name, e);
	x->reply.status = 200;
	return outcome;
}

/* Writes, and is refused behind it: with a reply of its own, or by the registry. */
static int refused_in_words(struct updater *u, struct exchange *x, struct error *e)
{
	int outcome = write_host(u, x, "half-done.demo.b5p.us", e);
	handled++;
	x->reply.status = 403;
	return outcome == DONE ? fail(e, REFUSED, "no") : outcome;
}

static int refused_by_the_registry(struct updater *u, struct exchange *x, struct error *e)
{
	int outcome = write_host(u, x, "half-done.demo.b5p.us", e);
	handled++;
	return outcome == DONE ? write_host(u, x, "demo.b5p.us", e) : outcome; /* EXISTS */
}

static int broken(struct updater *u, struct exchange *x, struct error *e)
{
	(void)u;
	(void)x;
	return fail(e, FAILED, "the registry is gone");
}

static void ask(handler *const *handlers, size_t count)
{
	static struct route routes[MOST];
	resumed = handled = 0;
	for (size_t i = 0; i < count; i++) {
		routes[i] = (struct route){ "/", METHOD_GET, API_DYNDNS, true, handlers[i] };
		exchanges[i] = (struct exchange){ .route = &routes[i], .resume = resume,
			.request = { .authorization = "", .agent = "" } };
		batch_add(house, &exchanges[i]);
	}
	while (resumed < count) {
		batch_settle(house, true, 1);
		batch_run(house, 1);
	}
}

static int64_t hosts(const char *like)
{
	char statement[100];
	snprintf(statement, sizeof statement, "SELECT count(*) FROM host WHERE name GLOB '%s'", like);
	return house_number(statement);
}

static void one_refusal_is_ones_own(void **state)
{
	handler *handlers[MOST];
	const size_t counts[] = { 1, 3, 12, MOST };
	(void)state;
	for (size_t c = 0; c < COUNT_OF(counts); c++) {
		int64_t acts = house_number("SELECT count(*) FROM act");
		size_t goods = 0;
		house_sql("DELETE FROM host WHERE name GLOB 'h*'");
		for (size_t i = 0; i < counts[c]; i++)
			handlers[i] = i % 3 == 0 ? refused_in_words : i % 3 == 1 ? good : refused_by_the_registry;
		ask(handlers, counts[c]);
		for (size_t i = 0; i < counts[c]; i++) {
			int wanted = i % 3 == 0 ? 403 : i % 3 == 1 ? 200 : 503;
			assert_int_equal(exchanges[i].reply.status, wanted);
			goods += wanted == 200;
		}
		assert_int_equal(hosts("h*"), goods);
		assert_int_equal(handled, counts[c]); /* none runs twice */
		assert_int_equal(house_number("SELECT count(*) FROM change WHERE key GLOB 'half-done*'"), 0);
		assert_true(house_number("SELECT count(*) FROM act") - acts <= (int64_t)goods);
		assert_int_equal(house_number("SELECT count(*) FROM acting WHERE act IS NOT NULL"), 0);
		assert_non_null(house->registry); /* it stays open */
	}
}

/* What dnsd is told is what was committed. */
static void the_doorbell_knows_of_no_half_done_writes(void **state)
{
	handler *const handlers[] = { good, refused_in_words, good };
	(void)state;
	house_sql("DELETE FROM host WHERE name GLOB 'h*'");
	ask(handlers, COUNT_OF(handlers));
	assert_int_equal(house->moved.count, 2);
	assert_int_equal(house->revision_before + 2, house->revision);
}

static void only_the_registry_fails_all(void **state)
{
	handler *const handlers[] = { good, broken, good };
	(void)state;
	house_sql("DELETE FROM host WHERE name GLOB 'h*'");
	ask(handlers, COUNT_OF(handlers));
	for (size_t i = 0; i < COUNT_OF(handlers); i++)
		assert_int_equal(exchanges[i].reply.status, 503);
	assert_null(house->registry);
	house->registry_retry = 0;
	assert_true(door_open(house));
	assert_int_equal(hosts("h*"), 0);
}

static int with_committer(void **state)
{
	return house_open(state) != 0 || committer_start(&house->committer, &house_error) != DONE;
}

static int without_committer(void **state)
{
	committer_stop(&house->committer);
	return house_close(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(one_refusal_is_ones_own, with_committer, without_committer),
		cmocka_unit_test_setup_teardown(the_doorbell_knows_of_no_half_done_writes, with_committer, without_committer),
		cmocka_unit_test_setup_teardown(only_the_registry_fails_all, with_committer, without_committer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
