/* SPDX-License-Identifier: BSD-2-Clause */
/* From one version of the schema to the next, on a schema of our own. */
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "registry/registry.h"
#include "registry/schema.h"
#include "tests/unit/check.h"

static char second[400];
/* Taken by the linker instead of the real one. */
const char *const schema_steps[] = { "CREATE TABLE one (n INTEGER) STRICT; INSERT INTO one VALUES (1);", second,
	NULL };

static const char good_step[] = "CREATE TABLE two (n INTEGER) STRICT; INSERT INTO two SELECT n + 1 FROM one;";
static const char slow_step[] = "CREATE TABLE two (n INTEGER) STRICT; WITH RECURSIVE c(n) AS (SELECT 2 UNION ALL "
				"SELECT n + 1 FROM c WHERE n < 20000) INSERT INTO two SELECT n FROM c;";
static const char bad_step[] = "CREATE TABLE two (n INTEGER) STRICT; INSERT INTO nonsense VALUES (1);";

static char dir[32], path[64];
static struct error e;

static int64_t number_in(const char *file, const char *statement)
{
	sqlite3 *db;
	sqlite3_stmt *prepared;
	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, statement, -1, &prepared, NULL), SQLITE_OK);
	int64_t number = sqlite3_step(prepared) == SQLITE_ROW ? sqlite3_column_int64(prepared, 0) : -1;
	sqlite3_finalize(prepared);
	sqlite3_close(db);
	return number;
}

static int64_t sql_number(const char *statement)
{
	return number_in(path, statement);
}

/* Where the first version is kept. */
static const char *copy(void)
{
	static char name[80];
	snprintf(name, sizeof name, "%s.schema-1", path);
	return name;
}

/* A registry of the first version. */
static int make_old(void **state)
{
	struct registry *registry;
	(void)state;
	strcpy(dir, "/tmp/windsock-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(path, sizeof path, "%s/registry", dir);
	strcpy(second, bad_step);
	return registry_open(path, REGISTRY_CREATE, &registry, &e) == FAILED ? 0 : -1;
}

static int drop(void **state)
{
	char command[64];
	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

static void a_step_that_fails_leaves_the_old_version(void **state)
{
	(void)state;
	assert_int_equal(sql_number("PRAGMA user_version"), 1);
	assert_int_equal(sql_number("SELECT count(*) FROM sqlite_schema"), 1);
	assert_int_equal(sql_number("SELECT n FROM one"), 1);
}

static void one_that_begins_is_not_copied(void **state)
{
	char name[80];
	struct registry *registry;
	(void)state;
	snprintf(name, sizeof name, "%s.other", path);
	strcpy(second, good_step);
	assert_done(registry_open(name, REGISTRY_CREATE, &registry, &e), &e);
	registry_close(registry);
	for (int version = 0; version < 3; version++) {
		snprintf(name, sizeof name, "%s.other.schema-%d", path, version);
		assert_int_equal(access(name, F_OK), -1);
	}
}

static void as_it_was_it_is_kept(void **state)
{
	struct registry *registry;
	(void)state;
	strcpy(second, good_step);
	assert_done(registry_open(path, REGISTRY_WRITE, &registry, &e), &e);
	assert_int_equal(number_in(copy(), "PRAGMA user_version"), 1);
	assert_int_equal(number_in(copy(), "SELECT n FROM one"), 1);
	registry_close(registry);
	unlink(copy()); /* and once only */
	assert_done(registry_open(path, REGISTRY_WRITE, &registry, &e), &e);
	registry_close(registry);
	assert_int_equal(access(copy(), F_OK), -1);
}

static void a_spare_one_is_not_copied(void **state)
{
	struct registry *registry;
	(void)state;
	strcpy(second, good_step);
	assert_done(registry_open(path, REGISTRY_SPARE, &registry, &e), &e);
	registry_close(registry);
	assert_int_equal(sql_number("PRAGMA user_version"), 2);
	assert_int_equal(access(copy(), F_OK), -1);
}

static void without_a_copy_it_stays_as_it_is(void **state)
{
	struct registry *registry;
	(void)state;
	strcpy(second, good_step);
	assert_int_equal(mkdir(copy(), 0700), 0);
	assert_outcome(registry_open(path, REGISTRY_WRITE, &registry, &e), FAILED, &e);
	assert_says(e.text, "not brought up to date without a copy");
	assert_says(e.text, copy());
	assert_int_equal(sql_number("PRAGMA user_version"), 1);
	assert_int_equal(rmdir(copy()), 0);
	assert_done(registry_open(path, REGISTRY_WRITE, &registry, &e), &e);
	registry_close(registry);
}

static void readers_do_not_upgrade(void **state)
{
	struct registry *registry;
	(void)state;
	strcpy(second, good_step);
	assert_outcome(registry_open(path, REGISTRY_READ, &registry, &e), REFUSED, &e);
	assert_says(e.text, "older schema");
	assert_int_equal(sql_number("PRAGMA user_version"), 1);
}

static void an_older_one_is_brought_up_to_date(void **state)
{
	struct registry *registry;
	(void)state;
	strcpy(second, good_step);
	assert_done(registry_open(path, REGISTRY_WRITE, &registry, &e), &e);
	registry_close(registry);
	assert_int_equal(sql_number("PRAGMA user_version"), 2);
	assert_int_equal(sql_number("SELECT n FROM two"), 2);
	assert_done(registry_open(path, REGISTRY_READ, &registry, &e), &e);
	registry_close(registry);
}

static void a_kill_amid_a_step_leaves_old_or_new(void **state)
{
	int old = 0, new = 0;
	(void)state;
	strcpy(second, slow_step);
	/* on a busy machine, it takes longer until a step is through */
	for (int round = 0; round < 60 || (round < 1000 && (old == 0 || new == 0)); round++) {
		pid_t child = fork();
		if (child == 0) {
			struct registry *registry;
			_exit(registry_open(path, REGISTRY_WRITE, &registry, &e) == DONE ? 0 : 1);
		}
		usleep((useconds_t)(round * 500));
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		if (sql_number("PRAGMA user_version") == 1) {
			assert_int_equal(sql_number("SELECT count(*) FROM sqlite_schema"), 1);
			old++;
		} else {
			assert_int_equal(sql_number("SELECT count(*) FROM two"), 19999);
			new++;
			drop(NULL);
			make_old(NULL);
			strcpy(second, slow_step);
		}
	}
	assert_true(old > 0 && new > 0); /* else the delays missed the step */
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, make_old, drop)

int main(void)
{
	const struct CMUnitTest tests[] = { CASE(a_step_that_fails_leaves_the_old_version),
		CASE(one_that_begins_is_not_copied), CASE(as_it_was_it_is_kept), CASE(a_spare_one_is_not_copied),
		CASE(without_a_copy_it_stays_as_it_is), CASE(readers_do_not_upgrade), CASE(an_older_one_is_brought_up_to_date),
		CASE(a_kill_amid_a_step_leaves_old_or_new) };
	return cmocka_run_group_tests_name("registry/upgrade", tests, NULL, NULL);
}
