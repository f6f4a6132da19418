/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that were removed or replaced under an open connection are noticed, and what a removed log held is not lost. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "registry/registry.h"
#include "registry/statement.h"
#include "tests/unit/check.h"

static char dir[32], path[64], wal[80], shm[80], other[80];
static struct registry *opened;
static struct sqlite_registry *r;
static struct error e;

static int open_all(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/windsock-XXXXXX");
	snprintf(path, sizeof path, "%s/registry", mkdtemp(dir) == NULL ? "" : dir);
	snprintf(wal, sizeof wal, "%s-wal", path);
	snprintf(shm, sizeof shm, "%s-shm", path);
	snprintf(other, sizeof other, "%s/other", dir);
	if (registry_open(path, REGISTRY_CREATE, &opened, &e) != DONE)
		return -1;
	r = (struct sqlite_registry *)(void *)opened;
	if (sqlite3_exec(r->db, "INSERT INTO host (name) VALUES ('kept.example')", NULL, NULL, NULL) != SQLITE_OK)
		return -1;
	return sqlite_files_note(r, &e);
}

static int close_all(void **state)
{
	char command[64];
	(void)state;
	if (opened != NULL)
		registry_close(opened);
	opened = NULL;
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

static void write_file(const char *name)
{
	FILE *file = fopen(name, "w");
	assert_non_null(file);
	fputs("something else", file);
	assert_int_equal(fclose(file), 0);
}

static void what_stands_there_is_well(void **state)
{
	(void)state;
	assert_done(sqlite_files_check(r, &e), &e);
	assert_done(sqlite_files_check(r, &e), &e);
}

static void each_of_the_three_is_missed(void **state)
{
	const char *const names[] = { path, wal, shm };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		assert_int_equal(rename(names[i], other), 0);
		assert_outcome(sqlite_files_check(r, &e), ABSENT, &e);
		assert_says(e.text, path);
		write_file(names[i]);
		assert_outcome(sqlite_files_check(r, &e), ABSENT, &e);
		assert_says(e.text, "was replaced by another file");
		assert_int_equal(rename(other, names[i]), 0);
		assert_done(sqlite_files_check(r, &e), &e);
	}
}

/* A file that was not there at first is not looked for; without the registry itself there is nothing to note. */
static void what_was_not_there_is_not_missed(void **state)
{
	(void)state;
	assert_int_equal(rename(wal, other), 0);
	assert_done(sqlite_files_note(r, &e), &e);
	assert_done(sqlite_files_check(r, &e), &e);
	assert_int_equal(rename(other, wal), 0);
	assert_done(sqlite_files_check(r, &e), &e);
	assert_int_equal(rename(path, other), 0);
	assert_outcome(sqlite_files_note(r, &e), FAILED, &e);
	assert_says(e.text, path);
	assert_int_equal(rename(other, path), 0);
	assert_done(sqlite_files_note(r, &e), &e);
}

/* Whether a fresh connection finds the host. */
static bool kept(void)
{
	sqlite3 *db;
	sqlite3_stmt *s;
	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT 1 FROM host WHERE name = 'kept.example'", -1, &s, NULL), SQLITE_OK);
	bool found = sqlite3_step(s) == SQLITE_ROW;
	sqlite3_finalize(s);
	sqlite3_close(db);
	return found;
}

static void what_a_removed_log_held_is_rescued(void **state)
{
	(void)state;
	assert_int_equal(unlink(wal), 0);
	assert_int_equal(unlink(shm), 0);
	sqlite_files_rescue(r);
	registry_close(opened);
	opened = NULL;
	assert_true(kept());
}

/* Another connection may believe the database to be something else by now: it is left alone. */
static void where_another_log_was_begun_nothing_is_written(void **state)
{
	char before[100000], after[100000];
	(void)state;
	assert_int_equal(unlink(wal), 0);
	write_file(wal);
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	size_t size = fread(before, 1, sizeof before, file);
	sqlite_files_rescue(r);
	rewind(file);
	assert_int_equal(fread(after, 1, sizeof after, file), size);
	assert_memory_equal(before, after, size);
	fclose(file);
	unlink(wal);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_all, close_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_stands_there_is_well), TEST(each_of_the_three_is_missed), TEST(what_was_not_there_is_not_missed),
		TEST(what_a_removed_log_held_is_rescued), TEST(where_another_log_was_begun_nothing_is_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
