/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests that share a transaction: one that is refused leaves nothing in it, and fails nobody else. */
#include "tests/unit/updater/house.h"

#include <unistd.h>

#include "link/doorbell.h"
#include "updater/refusal_log.h"

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
		outcome = transaction_act(&u->transaction, x, "demo", "a test", e);
	if (outcome == DONE)
		outcome = registry_add(u->access.registry, &host_kind, &host, e);
	if (outcome == DONE)
		transaction_host(&u->transaction, &host);
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
	u->transaction.hosts.broken = true;
	x->reply.status = 403;
	return outcome == DONE ? fail(e, REFUSED, "no") : outcome;
}

static int refused_by_the_registry(struct updater *u, struct exchange *x, struct error *e)
{
	int outcome = write_host(u, x, "half-done.demo.b5p.us", e);
	handled++;
	return outcome == DONE ? write_host(u, x, "demo.b5p.us", e) : outcome; /* EXISTS */
}

static int idle(struct updater *u, struct exchange *x, struct error *e)
{
	(void)u;
	(void)e;
	x->reply.status = 204;
	return DONE;
}

/* What dnsd cannot be told in the ring itself. */
static int something_else(struct updater *u, struct exchange *x, struct error *e)
{
	const struct record record = { "b5p.us", "static.b5p.us", 16, 60, { "\1x", 2 } };
	int outcome = transaction_act(&u->transaction, x, "demo", "a test", e);
	x->reply.status = 200;
	return outcome == DONE ? registry_add(u->access.registry, &record_kind, &record, e) : outcome;
}

static int untold(struct updater *u, struct exchange *x, struct error *e)
{
	int outcome = good(u, x, e);
	u->transaction.hosts.broken = true; /* there was no room for it */
	return outcome;
}

static int broken(struct updater *u, struct exchange *x, struct error *e)
{
	(void)u;
	refusal_note(x, "demo", "demo.b5p.us", "it was begun");
	x->reply.authenticate = "Basic";
	return fail(e, FAILED, "the registry is gone");
}

static void queue(handler *const *handlers, size_t count)
{
	static struct route routes[MOST];
	resumed = 0;
	for (size_t i = 0; i < count; i++) {
		routes[i] = (struct route){ "/", METHOD_GET, API_DYNDNS, NEEDS_BATCH, handlers[i], dyndns_trouble };
		exchanges[i] = (struct exchange){ .route = &routes[i], .resume = resume,
			.request = { .authorization = "", .agent = "" } };
		batch_add(house, &exchanges[i]);
	}
}

static void ask(handler *const *handlers, size_t count)
{
	handled = 0;
	queue(handlers, count);
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
		assert_true(house->counters.commits > 0 || c == 0); /* who is refused alone has nothing committed */
		assert_true(house->counters.commits == 0 || c > 0);
		assert_int_equal(hosts("h*"), goods);
		assert_int_equal(handled, counts[c]); /* none runs twice */
		assert_int_equal(house_number("SELECT count(*) FROM change WHERE key GLOB 'half-done*'"), 0);
		assert_true(house_number("SELECT count(*) FROM act") - acts <= (int64_t)goods);
		assert_true(goods == 0 || house_number("SELECT count(*) FROM act") > acts); /* who is refused took no other's along */
		assert_int_equal(house_number("SELECT count(*) FROM acting WHERE act IS NOT NULL"), 0);
		assert_non_null(house->access.registry); /* it stays open */
	}
}

/* What dnsd is told is what was committed. */
static void the_doorbell_knows_of_no_half_done_writes(void **state)
{
	handler *const handlers[] = { good, refused_in_words, good };
	(void)state;
	house_sql("DELETE FROM host WHERE name GLOB 'h*'");
	ask(handlers, 1);
	size_t one = house->transaction.hosts.size;
	house_sql("DELETE FROM host WHERE name GLOB 'h*'");
	ask(handlers, COUNT_OF(handlers));
	assert_int_equal(house->transaction.hosts.size, 2 * one);
	assert_false(house->transaction.hosts.broken);
	assert_int_equal(house->transaction.hosts.count, 2);
	assert_int_equal(house->transaction.revision_before + 2, house->transaction.revision);
}

/* A transaction knows nothing of the one before it. */
static void a_transaction_begins_anew(void **state)
{
	struct transaction *t = &house->transaction;
	(void)state;
	t->wrote = t->parted = t->hosts.broken = true;
	t->hosts.count = t->hosts.size = 3;
	t->verb = "of another one";
	house_begin();
	assert_false(t->wrote || t->parted || t->hosts.broken);
	assert_true(t->hosts.count == 0 && t->hosts.size == 0 && t->verb == NULL);
	assert_int_equal(t->revision_before, house_number("SELECT max(id) FROM change"));
	registry_rollback(house->access.registry);
}

static void only_the_registry_fails_all(void **state)
{
	handler *const handlers[] = { good, broken, good };
	(void)state;
	house_sql("DELETE FROM host WHERE name GLOB 'h*'");
	ask(handlers, COUNT_OF(handlers));
	for (size_t i = 0; i < COUNT_OF(handlers); i++)
		assert_int_equal(exchanges[i].reply.status, 503);
	assert_true(exchanges[1].refusal.why[0] == '\0' && exchanges[1].reply.authenticate == NULL); /* as if it never was */
	assert_null(house->access.registry);
	house->access.retry = 0;
	assert_true(batch_open(house));
	assert_int_equal(hosts("h*"), 0);
}

/* What dnsd is told, and says. */

static struct doorbell_listener dnsd;
static int writer;

static bool heed(struct doorbell *ring, size_t *size)
{
	uint8_t changes[4096];
	*size = sizeof changes;
	return doorbell_heed(&dnsd, ring, &writer, changes, size) == DONE;
}

static void answer(int64_t revision)
{
	const struct doorbell served = { .form = DOORBELL_FORM, .serving = 1, .revision = revision };
	doorbell_answer(&dnsd, writer, &served);
}

static void replies_wait_until_they_are_served(void **state)
{
	handler *const one[] = { good }, *const other[] = { good, something_else }, *const third[] = { untold }, *const none[] = { idle };
	struct doorbell ring;
	size_t size;
	(void)state;
	assert_int_equal(batch_timeout(house, 1, 1000), 1000);
	queue(one, 1);
	assert_int_equal(batch_timeout(house, 1, 1000), 0);
	assert_false(batch_run(house, 1));
	assert_true(heed(&ring, &size)); /* of what it has just committed, with the hosts */
	assert_true(ring.revision == house->transaction.revision && ring.from == house->transaction.revision_before && size > 0);
	assert_int_equal(batch_timeout(house, 1, 1000), 20);
	assert_false(batch_run(house, 20));
	assert_false(heed(&ring, &size));
	assert_false(batch_run(house, 21)); /* and is asked once more */
	assert_true(heed(&ring, &size) && ring.revision == house->transaction.revision && ring.from == 0);
	answer(house->transaction.revision - 1);
	assert_false(batch_hear(house, 22));
	answer(house->transaction.revision);
	assert_true(batch_hear(house, 23));
	assert_int_equal(resumed, 1);
	assert_int_equal(house->bell.heard_at, 23);
	queue(other, 2);
	batch_run(house, 30);
	assert_true(heed(&ring, &size) && ring.from == 0); /* it is to look for itself */
	answer(house->transaction.revision);
	assert_true(batch_hear(house, 31));
	queue(third, 1);
	batch_run(house, 32);
	assert_true(heed(&ring, &size) && ring.from == 0);
	answer(house->transaction.revision);
	assert_true(batch_hear(house, 33));
	queue(none, 1);
	assert_true(batch_run(house, 40)); /* nothing to wait for */
	assert_int_equal(resumed, 1);
	assert_false(heed(&ring, &size));
	assert_int_equal(house->counters.unacknowledged, 0);
	queue(one, 1);
	batch_run(house, 100);
	assert_int_equal(batch_timeout(house, 599, 1000), 0); /* it is time to ask */
	assert_false(batch_run(house, 599));
	assert_int_equal(batch_timeout(house, 599, 1000), 1);
	assert_true(batch_run(house, 600)); /* as long as that, and no longer */
	assert_int_equal(resumed, 1);
	assert_int_equal(house->counters.unacknowledged, 1);
	assert_int_equal(house->batch->queued, 0);
}

static void nobody_waits_for_a_dnsd_that_is_gone(void **state)
{
	handler *const one[] = { good };
	struct doorbell ring;
	size_t size;
	(void)state;
	queue(one, 1);
	assert_false(batch_run(house, 1));
	assert_true(heed(&ring, &size));
	doorbell_unlisten(&dnsd);
	assert_false(batch_hear(house, 2));
	assert_int_equal(house->bell.fd, -1);
	assert_true(batch_run(house, 2));
	assert_int_equal(resumed, 1);
	queue(one, 1);
	assert_true(batch_run(house, 3)); /* none listens */
	assert_int_equal(resumed, 1);
	assert_done(doorbell_listen(&dnsd, house_path, -1, &house_error), &house_error);
	queue(one, 1);
	assert_false(batch_run(house, 4)); /* it is back */
	assert_true(heed(&ring, &size));
	answer(house->transaction.revision);
	assert_true(batch_hear(house, 5));
}

/* Whose connection ends is taken out of wherever it is, and those beside it are not. */
static void who_is_gone_is_forgotten(void **state)
{
	handler *const three[] = { good, good, good };
	struct doorbell ring;
	size_t size;
	(void)state;
	handled = 0;
	queue(three, 3);
	batch_forget(house, &exchanges[2]);
	batch_forget(house, &exchanges[0]);
	assert_int_equal(house->batch->queued, 1);
	exchanges[2].next = NULL;
	batch_add(house, &exchanges[2]);
	batch_run(house, 1);
	assert_int_equal(handled, 2);
	assert_int_equal(house->counters.batch_requests, 2);
	batch_forget(house, &exchanges[2]); /* it waits */
	arena_free(&exchanges[2].arena);
	exchanges[0].next = NULL;
	batch_add(house, &exchanges[0]);
	batch_run(house, 2);
	while (heed(&ring, &size))
		;
	answer(house->transaction.revision);
	assert_true(batch_hear(house, 3));
	assert_int_equal(resumed, 2);
	assert_null(house->batch->waiting);
	queue(three, 2);
	batch_run(house, 4);
	assert_int_equal(resumed, 0);
	assert_true(heed(&ring, &size));
	answer(house->transaction.revision);
	assert_true(batch_hear(house, 5));
	assert_int_equal(resumed, 2);
}

/* A batch is of 256 at most, and who did what in it is written once for all that an actor did in one go. */
static void batches_are_bounded_and_acts_are_told_apart(void **state)
{
	handler *handlers[MOST];
	(void)state;
	for (size_t i = 0; i < MOST; i++)
		handlers[i] = good;
	ask(handlers, MOST);
	assert_int_equal(house->counters.batches, 2);
	assert_int_equal(house->counters.batch_requests, MOST);
	assert_int_equal(house->batch->queued, 0);
	assert_int_equal(house_number("SELECT count(*) FROM act"), 2);
	static const struct {
		const char *actor, *verb, *from;
		int64_t acts;
	} rows[] = {
		{ "demo", "one", "192.0.2.1", 1 }, { "demo", "one", "192.0.2.1", 1 }, { "wide", "one", "192.0.2.1", 2 },
		{ "wide", "two", "192.0.2.1", 3 }, { "wide", "two", "192.0.2.2", 4 }, { "wide", "two", "192.0.2.2", 4 },
	};
	const char *verbs[] = { "one", "two" };
	house_sql("DELETE FROM act WHERE id NOT IN (SELECT act FROM change WHERE act IS NOT NULL)");
	int64_t acts = house_number("SELECT count(*) FROM act");
	house_begin();
	house->transaction.verb = NULL;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct exchange x = { 0 };
		assert_true(address_read(rows[i].from, strlen(rows[i].from), &x.request.caller));
		house->transaction.parted = false;
		assert_done(transaction_act(&house->transaction, &x, rows[i].actor, verbs[strcmp(rows[i].verb, "two") == 0], &house_error), &house_error);
		assert_true(house->transaction.parted && house->transaction.wrote);
		assert_done(registry_keep(house->access.registry, &house_error), &house_error);
		assert_int_equal(house_number("SELECT count(*) FROM act") - acts, rows[i].acts);
	}
	registry_rollback(house->access.registry);
}

/* Without a dnsd to wait for, a reply goes out at once, be it time to ring again or not. */
static void nobody_was_told(void **state)
{
	handler *const one[] = { good };
	struct doorbell ring;
	size_t size;
	(void)state;
	queue(one, 1);
	assert_false(batch_run(house, 1));
	assert_true(heed(&ring, &size));
	answer(house->transaction.revision);
	assert_true(batch_hear(house, 2));
	assert_true(house->bell.next > 3);
	doorbell_unlisten(&dnsd);
	queue(one, 1);
	assert_true(batch_run(house, 3));
	assert_int_equal(resumed, 1);
	assert_done(doorbell_listen(&dnsd, house_path, -1, &house_error), &house_error);
}

/* What wrote nothing waits for no revision, though one that was written before is not served yet. */
static void who_wrote_nothing_waits_for_nothing(void **state)
{
	handler *const one[] = { good }, *const none[] = { idle };
	(void)state;
	queue(one, 1);
	assert_false(batch_run(house, 1));
	assert_true(batch_run(house, 501)); /* dnsd said nothing */
	assert_int_equal(house->counters.unacknowledged, 1);
	queue(none, 1);
	assert_true(batch_run(house, 502));
	assert_int_equal(house->counters.unacknowledged, 1);
}

/* Four requests are worth the other thread, three are not. The registry is its own until it answers, though all who
 * asked are gone meanwhile. */
static void a_commit_under_way_has_the_registry(void **state)
{
	handler *const four[] = { good, good, good, good };
	(void)state;
	house_sql("DELETE FROM host WHERE name GLOB 'h*'");
	handled = 0;
	queue(four, 3);
	batch_run(house, 1);
	assert_false(house->access.lent);
	assert_int_equal(house->counters.commits, 1);
	queue(four, 4);
	batch_run(house, 2);
	assert_true(house->access.lent);
	assert_int_equal(house->counters.commits, 1);
	batch_add(house, &exchanges[4]);
	assert_int_equal(batch_timeout(house, 2, 1000), 1000); /* who comes meanwhile is no reason to run in circles */
	batch_forget(house, &exchanges[4]);
	for (size_t i = 0; i < 4; i++) {
		batch_forget(house, &exchanges[i]);
		arena_free(&exchanges[i].arena);
	}
	assert_true(house->access.lent);
	assert_false(batch_is_empty(house));
	assert_true(batch_open(house));
	assert_false(house->access.lent);
	assert_true(batch_is_empty(house));
	assert_int_equal(house->counters.commits, 2);
	assert_int_equal(hosts("h*"), 7);
}

static sqlite3 *other;

/* The other writer ends while we wait for the lock. */
static int end_the_other(void *context, int tries)
{
	(void)context;
	assert_int_equal(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	return tries == 0;
}

static const char *covered;

static int look_at_the_account(struct updater *u, struct exchange *x, struct error *e)
{
	const struct account *account;
	int outcome = access_account(&u->access, "demo", &account, e);
	covered = outcome == DONE ? arena_text(&x->arena, account->hosts) : NULL;
	assert_string_equal(covered, "new.b5p.us");
	x->reply.status = 204;
	return outcome;
}

/* What somebody else wrote after the registry was looked at and before the transaction began is known in it. */
static void what_others_wrote_before_it_is_known_in_a_transaction(void **state)
{
	handler *const one[] = { look_at_the_account };
	const struct account *account;
	(void)state;
	assert_done(access_account(&house->access, "demo", &account, &house_error), &house_error); /* it is cached */
	house->leases.stale = false;
	assert_int_equal(sqlite3_open(house_path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE; UPDATE account SET hosts = 'new.b5p.us' WHERE name = 'demo'",
		NULL, NULL, NULL), SQLITE_OK);
	sqlite3_busy_handler(house_engine()->db, end_the_other, NULL);
	queue(one, 1);
	batch_run(house, 1);
	assert_int_equal(exchanges[0].reply.status, 204);
	assert_true(house->leases.stale);
	sqlite3_close(other);
}

/* A registry that was closed and opened again may be another one: what leases were written and what dnsd said is of the last. */
static void what_is_known_of_a_former_registry_is_forgotten(void **state)
{
	struct lease *lease = lease_renew(&house->leases, "r1", 1000);
	(void)state;
	assert_true(batch_open(house)); /* for the first time */
	lease->written = 5;
	house->leases.stale = false;
	house->bell.heard_at = 7;
	assert_true(batch_open(house));
	assert_true(lease->written == 5 && house->bell.heard_at == 7 && !house->leases.stale); /* it is the same */
	access_shut(&house->access, &house_error);
	house->access.retry = 0;
	assert_true(batch_open(house));
	assert_true(lease->written == LEASE_UNWRITTEN && house->bell.heard_at == 0 && house->leases.stale);
	lease_drop(&house->leases, "r1");
}

/* Of what was given up dnsd is not told, and nobody waits for it. */
static void what_failed_is_not_told(void **state)
{
	handler *const handlers[] = { good, broken };
	struct doorbell ring;
	size_t size;
	(void)state;
	queue(handlers, 2);
	assert_true(batch_run(house, 1));
	assert_int_equal(resumed, 2);
	assert_int_equal(house->counters.commit_failures, 1);
	assert_false(heed(&ring, &size));
}

static int write_of_our_own(void *context, struct error *e)
{
	struct host host;
	struct arena arena = { 0 };
	++*(int *)context;
	int outcome = row_standard(&host_kind, &host, &arena, e);
	host.name = "own.demo.b5p.us";
	if (outcome == DONE)
		outcome = transaction_act(&house->transaction, NULL, "updater", "a test", e);
	if (outcome == DONE)
		outcome = registry_put(house->access.registry, &host_kind, &host, e);
	arena_free(&arena);
	return outcome;
}

/* What we write by ourselves is told to dnsd like all else; while another one writes, it is left for later. */
static void work_of_our_own_is_told_and_can_wait(void **state)
{
	struct doorbell ring;
	size_t size;
	int done = 0;
	(void)state;
	assert_done(batch_own(house, write_of_our_own, &done, &house_error), &house_error);
	assert_int_equal(hosts("own*"), 1);
	assert_int_equal(house->counters.commits, 1);
	assert_true(heed(&ring, &size) && ring.revision == house->transaction.revision);
	assert_int_equal(sqlite3_open(house_path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	registry_patience(house->access.registry, 1);
	assert_int_equal(batch_own(house, write_of_our_own, &done, &house_error), UNCHANGED);
	assert_int_equal(done, 1);
	assert_non_null(house->access.registry);
	sqlite3_close(other);
	assert_false(heed(&ring, &size));
}

static int with_dnsd(void **state)
{
	return house_open(state) != 0 || doorbell_listen(&dnsd, house_path, -1, &house_error) != DONE;
}

static int without_dnsd(void **state)
{
	doorbell_unlisten(&dnsd);
	if (house->bell.fd >= 0)
		close(house->bell.fd);
	return house_close(state);
}

static int with_committer(void **state)
{
	return house_open(state) != 0 || committer_start(&house->batch->committer, &house_error) != DONE;
}

static int without_committer(void **state)
{
	committer_stop(&house->batch->committer);
	return house_close(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(one_refusal_is_ones_own, with_committer, without_committer),
		cmocka_unit_test_setup_teardown(the_doorbell_knows_of_no_half_done_writes, with_committer, without_committer),
		cmocka_unit_test_setup_teardown(a_transaction_begins_anew, house_open, house_close),
		cmocka_unit_test_setup_teardown(only_the_registry_fails_all, with_committer, without_committer),
		cmocka_unit_test_setup_teardown(batches_are_bounded_and_acts_are_told_apart, with_committer, without_committer),
		cmocka_unit_test_setup_teardown(a_commit_under_way_has_the_registry, with_committer, without_committer),
		cmocka_unit_test_setup_teardown(what_others_wrote_before_it_is_known_in_a_transaction, with_committer, without_committer),
		cmocka_unit_test_setup_teardown(what_is_known_of_a_former_registry_is_forgotten, house_open, house_close),
		cmocka_unit_test_setup_teardown(what_failed_is_not_told, with_dnsd, without_dnsd),
		cmocka_unit_test_setup_teardown(work_of_our_own_is_told_and_can_wait, with_dnsd, without_dnsd),
		cmocka_unit_test_setup_teardown(nobody_was_told, with_dnsd, without_dnsd),
		cmocka_unit_test_setup_teardown(who_wrote_nothing_waits_for_nothing, with_dnsd, without_dnsd),
		cmocka_unit_test_setup_teardown(replies_wait_until_they_are_served, with_dnsd, without_dnsd),
		cmocka_unit_test_setup_teardown(nobody_waits_for_a_dnsd_that_is_gone, with_dnsd, without_dnsd),
		cmocka_unit_test_setup_teardown(who_is_gone_is_forgotten, with_dnsd, without_dnsd),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
