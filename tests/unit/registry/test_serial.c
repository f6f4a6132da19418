/* SPDX-License-Identifier: BSD-2-Clause */
/* A registry that went back is known by its history, and goes on past all that was served. */
#include "registry/serial.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "registry/statement.h"
#include "tests/unit/check.h"

static char dir[32], path[64], mark_path[80];
static struct registry *r;
static struct error e;
static struct serial_mark mark;

static void sql(const char *statement)
{
	char *fault = NULL;
	if (sqlite3_exec(((struct sqlite_registry *)(void *)r)->db, statement, NULL, NULL, &fault) != SQLITE_OK)
		fail_msg("%s: %s", statement, fault);
}

static int64_t revision(void)
{
	int64_t now;
	assert_done(registry_revision(r, &now, &e), &e);
	return now;
}

static void change(const char *name)
{
	char statement[100];
	snprintf(statement, sizeof statement, "INSERT INTO host (name) VALUES ('%s')", name);
	sql(statement);
}

static int open_all(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/windsock-XXXXXX");
	snprintf(path, sizeof path, "%s/registry", mkdtemp(dir) == NULL ? "" : dir);
	snprintf(mark_path, sizeof mark_path, "%s.serial", path);
	mark = (struct serial_mark){ 0 };
	if (registry_open(path, REGISTRY_CREATE, &r, &e) != DONE)
		return -1;
	change("a.example");
	change("b.example");
	mark.revision = revision();
	return serial_anchor(r, mark.revision, &mark, &e);
}

static int close_all(void **state)
{
	char command[64];
	(void)state;
	registry_close(r);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

/* What there is to add to the revision; -1: it has another history. */
static int64_t judged(void)
{
	int64_t offset = -7;
	int outcome = serial_judge(r, &mark, &offset, &e);
	if (outcome == HARMFUL) {
		assert_true(revision() + offset > mark.revision + mark.offset);
		return -1;
	}
	assert_done(outcome, &e);
	return offset;
}

static void write_file(const char *text)
{
	FILE *file = fopen(mark_path, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void a_mark_is_read_as_it_was_written(void **state)
{
	static const struct serial_mark marks[] = { { 1, 0, 0, 0 }, { INT64_MAX, 9999999999, INT64_MAX, UINT64_MAX },
		{ 7, 2, 5, UINT64_C(0x0123456789abcdef) } };
	struct serial_mark read;
	(void)state;
	assert_outcome(serial_mark_read(path, &read, &e), ABSENT, &e);
	int fd = serial_mark_open(path, &e);
	assert_true(fd >= 0);
	assert_outcome(serial_mark_read(path, &read, &e), ABSENT, &e); /* nothing was served yet */
	for (size_t i = 0; i < COUNT_OF(marks); i++) { /* longer and shorter ones, in one place */
		serial_mark_write(fd, &marks[i]);
		assert_done(serial_mark_read(path, &read, &e), &e);
		assert_int_equal(read.revision, marks[i].revision);
		assert_int_equal(read.offset, marks[i].offset);
		assert_int_equal(read.anchor, marks[i].anchor);
		assert_true(read.print == marks[i].print);
	}
	close(fd);
	fd = serial_mark_open(path, &e); /* what is there stays */
	assert_true(fd >= 0);
	assert_done(serial_mark_read(path, &read, &e), &e);
	assert_int_equal(read.revision, 7);
	close(fd);
	serial_mark_write(-1, &marks[0]); /* where there is no file nothing is written */
}

static void what_is_no_mark_is_absent(void **state)
{
	static const char *const bad[] = { "", "windsock", "windsock serial revision=x offset=0 anchor=0 print=0",
		"windsock serial revision=-1 offset=0 anchor=0 print=0", "windsock serial revision=1 offset=-1 anchor=0 print=0",
		"windsock serial revision=1 offset=0 anchor=0", "windsock serial revision=1 offset=0 anchor=0 print=z" };
	struct serial_mark read;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		write_file(bad[i]);
		assert_outcome(serial_mark_read(path, &read, &e), ABSENT, &e);
		assert_says(e.text, mark_path);
	}
}

static void what_leads_on_is_left_alone(void **state)
{
	struct error said;
	(void)state;
	assert_int_equal(judged(), 0);
	change("c.example");
	assert_int_equal(judged(), 0);
	assert_outcome(serial_mend(r, &said, &e), UNCHANGED, &e); /* no mark is there */
	assert_outcome(serial_mend_for(path, r, &said, &e), ABSENT, &e);
	int fd = serial_mark_open(path, &e);
	serial_mark_write(fd, &mark);
	close(fd);
	assert_outcome(serial_mend(r, &said, &e), UNCHANGED, &e);
	sql("DELETE FROM change WHERE id < (SELECT max(id) FROM change)"); /* the log no longer reaches back to the anchor */
	sql("INSERT OR REPLACE INTO meta (name, value) SELECT 'pruned', max(id) - 1 FROM change");
	assert_int_equal(judged(), 0);
	mark.anchor = 0; /* no history is known: only the number counts */
	assert_int_equal(judged(), 0);
	mark.revision += 100;
	assert_int_equal(judged(), -1);
}

/* As a backup that is restored: the last change is gone, and perhaps another one is in its place. */
static void what_went_back_is_raised(void **state)
{
	struct error said;
	int64_t raised;
	(void)state;
	sql("DELETE FROM change WHERE id = (SELECT max(id) FROM change);"
	    "UPDATE sqlite_sequence SET seq = seq - 1 WHERE name = 'change'");
	assert_int_equal(judged(), -1);
	assert_says(e.text, "a backup?");
	change("other.example"); /* as many, and not the same */
	assert_int_equal(revision(), mark.revision);
	assert_int_equal(judged(), -1);
	mark.offset = 5; /* it had gone back before */
	int fd = serial_mark_open(path, &e);
	serial_mark_write(fd, &mark);
	close(fd);
	assert_done(serial_mend(r, &said, &e), &e);
	assert_says(said.text, "goes on from");
	assert_true(revision() > mark.revision + mark.offset);
	assert_done(serial_raised(r, &raised, &e), &e);
	assert_in_range(raised, mark.revision + mark.offset + 1, revision());
	assert_int_equal(judged(), 0);
	assert_outcome(serial_mend(r, &said, &e), UNCHANGED, &e); /* once is enough */
}

/* While nobody raised it, what is served goes on with the offset, and never goes back. */
static void an_offset_goes_on(void **state)
{
	(void)state;
	mark.offset = 40;
	assert_int_equal(judged(), 40);
	change("c.example");
	assert_int_equal(judged(), 40);
}

/* RFC 1982: transfers know by a gap in the log that it does not lead there. */
static void a_raise_leaves_a_gap(void **state)
{
	int64_t before = revision(), raised;
	(void)state;
	assert_done(serial_raised(r, &raised, &e), &e);
	assert_int_equal(raised, 0);
	assert_done(registry_begin(r, &e), &e);
	assert_done(serial_raise(r, before + 10, &e), &e);
	assert_done(registry_commit(r, &e), &e);
	assert_int_equal(revision(), before + 12);
	assert_done(serial_raised(r, &raised, &e), &e);
	assert_int_equal(raised, before + 11);
}

static void an_anchor_that_is_pruned_stays(void **state)
{
	struct serial_mark before = mark;
	(void)state;
	assert_done(serial_anchor(r, mark.revision + 100, &mark, &e), &e); /* there is no such row */
	assert_memory_equal(&before, &mark, sizeof mark);
	change("c.example");
	assert_done(serial_anchor(r, revision(), &mark, &e), &e);
	assert_int_equal(mark.anchor, revision());
	assert_true(mark.print != before.print);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_all, close_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_mark_is_read_as_it_was_written), TEST(what_is_no_mark_is_absent), TEST(what_leads_on_is_left_alone),
		TEST(what_went_back_is_raised), TEST(an_offset_goes_on), TEST(a_raise_leaves_a_gap),
		TEST(an_anchor_that_is_pruned_stays),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
