/* SPDX-License-Identifier: BSD-2-Clause */
/* The updater's connection to the registry, which may be locked, gone or another one, and the accounts kept of it. */
#include "tests/unit/updater/house.h"

#include <sys/stat.h>
#include <unistd.h>

#include "lib/clock.h"

static bool open_again(void)
{
	house->access.retry = 0;
	return access_open(&house->access, house_path, house_key);
}

static const struct account *account_of(const char *name)
{
	const struct account *account;
	assert_done(access_account(&house->access, name, &account, &house_error), &house_error);
	return account;
}

/* By another connection, as the command would. */
static void write_aside(const char *sql)
{
	sqlite3 *db;
	char *fault = NULL;
	assert_int_equal(sqlite3_open(house_path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &fault) != SQLITE_OK)
		fail_msg("%s: %s", sql, fault);
	sqlite3_close(db);
}

static void accounts_are_kept_until_somebody_writes(void **state)
{
	(void)state;
	assert_string_equal(account_of("demo")->hosts, "demo.b5p.us *.demo.b5p.us");
	assert_null(account_of("nobody"));
	write_aside("UPDATE account SET hosts = 'demo.b5p.us' WHERE name = 'demo';"
		    "INSERT INTO account (name, hosts, role, allow_private, blocked) VALUES ('nobody', 'n.b5p.us', 0, 0, 0)");
	assert_string_equal(account_of("demo")->hosts, "demo.b5p.us *.demo.b5p.us"); /* kept */
	house->access.news = false;
	assert_done(access_look(&house->access, &house_error), &house_error);
	assert_true(house->access.news);
	assert_string_equal(account_of("demo")->hosts, "demo.b5p.us");
	assert_non_null(account_of("nobody")); /* that there was none is not kept */
	house->access.news = false;
	assert_done(access_look(&house->access, &house_error), &house_error);
	assert_false(house->access.news);
}

/* Names share the slots: whoever is found there must be whom one asked for. */
static void accounts_that_share_a_slot_are_told_apart(void **state)
{
	enum { MANY = ACCESS_ACCOUNTS + 50 };
	char name[16];
	(void)state;
	write_aside("WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 400) "
		    "INSERT INTO account (name, hosts, role, allow_private, blocked) SELECT 'many' || i, '', 0, 0, 0 FROM n");
	for (int turn = 0; turn < 2; turn++)
		for (int i = 0; i < MANY; i++) {
			snprintf(name, sizeof name, "many%d", i);
			assert_string_equal(account_of(name)->name, name);
		}
}

static void a_registry_that_was_replaced_is_opened_anew(void **state)
{
	char other[80];
	struct registry *made;
	(void)state;
	snprintf(other, sizeof other, "%s.other", house_path);
	assert_done(registry_open(other, REGISTRY_CREATE, &made, &house_error), &house_error);
	registry_close(made);
	assert_non_null(account_of("demo"));
	assert_int_equal(rename(other, house_path), 0);
	house->access.opened = house->access.unmended = false;
	assert_true(access_open(&house->access, house_path, house_key)); /* at once, though it had just been opened */
	assert_true(house->access.opened);
	assert_true(house->access.unmended);
	assert_null(account_of("demo")); /* not the other one's */
}

static void what_cannot_be_opened_is_not_tried_all_the_time(void **state)
{
	char aside[80];
	(void)state;
	snprintf(aside, sizeof aside, "%s.aside", house_key);
	assert_int_equal(rename(house_key, aside), 0);
	access_shut(&house->access, &(struct error){ "a test" });
	assert_null(house->access.registry);
	assert_true(house->access.trouble_said);
	assert_true(house->access.retry > clock_ticks() - 200);
	assert_false(open_again()); /* no key */
	assert_true(house->access.retry > 0);
	assert_int_equal(rename(aside, house_key), 0);
	house->access.retry = INT64_MAX;
	assert_false(access_open(&house->access, house_path, house_key)); /* not yet */
	assert_true(open_again());
	assert_false(house->access.trouble_said);
	assert_non_null(account_of("demo"));
}

static void another_key_makes_another_dummy(void **state)
{
	uint8_t old[64], plain[SECRET_MOST];
	size_t length;
	size_t size = house->access.dummy.size;
	(void)state;
	assert_in_range(size, 1, sizeof old);
	memcpy(old, house->access.dummy.data, size);
	access_close(&house->access);
	assert_true(open_again());
	assert_memory_equal(house->access.dummy.data, old, size); /* the same key, the same dummy */
	access_close(&house->access);
	assert_int_equal(unlink(house_key), 0);
	assert_done(keys_make(house_key, house_path, &house_error), &house_error);
	assert_true(open_again());
	assert_memory_not_equal(house->access.dummy.data, old, size);
	assert_done(secret_open(&house->access.keys, ".", house->access.dummy, plain, &length, &house_error), &house_error);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, house_open, house_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(accounts_are_kept_until_somebody_writes), TEST(accounts_that_share_a_slot_are_told_apart),
		TEST(a_registry_that_was_replaced_is_opened_anew), TEST(what_cannot_be_opened_is_not_tried_all_the_time),
		TEST(another_key_makes_another_dummy),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
