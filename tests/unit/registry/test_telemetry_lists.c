/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists over the files of two name servers: what is the same is one, the order, and which day counts. */
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "registry/telemetry.h"
#include "tests/unit/check.h"

enum { TODAY = 20000 };

static char dir[32], registry[64], paths[2][80];
static struct telemetry *t[2]; /* written */
static struct telemetry_files files;
static struct arena arena;
static struct error e;

static int make_files(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/windsock-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(registry, sizeof registry, "%s/registry", dir);
	close(open(registry, O_CREAT | O_WRONLY, 0600));
	files = (struct telemetry_files){ 0 };
	for (int i = 0; i < 2; i++) {
		snprintf(paths[i], sizeof paths[i], "%s/%d.telemetry", dir, i);
		assert_done(telemetry_open(paths[i], registry, 100, &t[i], &e), &e);
		assert_done(telemetry_begin(t[i], &e), &e);
	}
	return 0;
}

static int drop_files(void **state)
{
	char command[64];
	(void)state;
	while (files.count > 0)
		telemetry_close(files.file[--files.count]);
	arena_free(&arena);
	arena = (struct arena){ 0 };
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

static void look(void)
{
	for (int i = 0; i < 2; i++) {
		assert_done(telemetry_commit(t[i], &e), &e);
		telemetry_close(t[i]);
		assert_done(telemetry_look(paths[i], 100, &files.file[files.count++], &e), &e);
	}
}

static void put_unknown(int file, const char *label, int64_t day, int64_t queries, int64_t last)
{
	const struct telemetry_unknown row = { "n", label, day, queries, last };
	assert_done(telemetry_add_unknown(t[file], &row, &e), &e);
}

static void put_sessions(int file, const char *relay, int64_t day, const char *version, int64_t sessions)
{
	const struct telemetry_sessions row = { version, 0, sessions };
	assert_done(telemetry_put_sessions(t[file], relay, day, &row, 1, &e), &e);
}

static void put_zone(int file, const char *zone, int64_t day, uint64_t from, uint64_t networks)
{
	struct telemetry_use u = { .node = "n", .zone = zone, .day = day, .queries = 10 };
	for (uint64_t i = from; i < from + networks; i++)
		sketch_add(&u.networks, (i + 1) * UINT64_C(0x9e3779b97f4a7c15) ^ (i + 7) * UINT64_C(0xd1342543de82ef95));
	assert_done(telemetry_add_use(t[file], &u, &e), &e);
}

static void undefined_labels(void **state)
{
	struct telemetry_unknown *list;
	size_t count;
	(void)state;
	put_unknown(0, "fe9", TODAY - 1, 2, 900);
	put_unknown(1, "fe9", TODAY - 3, 5, 100);
	put_unknown(0, "fe7", TODAY, 6, 10);
	put_unknown(1, "fe8", TODAY, 6, 10);
	put_unknown(0, "old", TODAY - 4, 99, 10);
	look();
	assert_done(telemetry_unknowns(&files, TODAY - 3, &arena, &list, &count, &e), &e);
	assert_int_equal(count, 3);
	assert_string_equal(list[0].label, "fe9"); /* the most asked first, then by name */
	assert_string_equal(list[1].label, "fe7");
	assert_string_equal(list[2].label, "fe8");
	assert_int_equal(list[0].queries, 7);
	assert_int_equal(list[0].day, TODAY - 1);
	assert_int_equal(list[0].last, 900);
	assert_null(list[0].node);
}

static void zones(void **state)
{
	struct telemetry_zone *list;
	size_t count;
	(void)state;
	put_zone(0, "b.test", TODAY, 0, 50);
	put_zone(1, "b.test", TODAY - 1, 30, 50);
	put_zone(0, "c.test", TODAY, 0, 5);
	put_zone(1, "a.test", TODAY, 0, 5);
	put_zone(0, "", TODAY, 0, 5);
	look();
	assert_done(telemetry_zones(&files, TODAY - 1, &arena, &list, &count, &e), &e);
	assert_int_equal(count, 3); /* what was not told apart is no zone */
	assert_string_equal(list[0].zone, "b.test");
	assert_string_equal(list[1].zone, "a.test");
	assert_string_equal(list[2].zone, "c.test");
	assert_int_equal(list[0].queries, 20);
	assert_true(fabs(list[0].networks - 80) < 11); /* those who asked at both count once */
}

static void sessions_of_all_relays(void **state)
{
	struct telemetry_sessions *list;
	size_t count;
	(void)state;
	put_sessions(0, "r1", TODAY - 1, "1.5", 4);
	put_sessions(0, "r1", TODAY, "1.5", 3);
	put_sessions(1, "r2", TODAY, "1.5", 5);
	put_sessions(1, "r3", TODAY, "0.4", 1);
	put_sessions(1, "r4", TODAY - 2, "0.4", 1);
	look();
	assert_done(telemetry_sessions(&files, TODAY - 1, &arena, &list, &count, &e), &e);
	assert_int_equal(count, 3);
	assert_int_equal(list[0].day, TODAY - 1);
	assert_int_equal(list[0].sessions, 4);
	assert_string_equal(list[1].version, "0.4");
	assert_int_equal(list[2].day, TODAY);
	assert_string_equal(list[2].version, "1.5");
	assert_int_equal(list[2].sessions, 8);
}

/* A relay told one updater, and then another, which has a file of its own: what it told the first is no longer so. */
static void what_a_relay_told_last(void **state)
{
	struct telemetry_relay *list;
	size_t count;
	(void)state;
	put_sessions(0, "r1", TODAY - 2, "0.4", 40);
	put_sessions(0, "r2", TODAY, "1.5", 9);
	put_sessions(1, "r1", TODAY - 1, "1.5", 7);
	put_sessions(1, "r1", TODAY - 3, "1.5", 6);
	put_sessions(1, "r3", TODAY - 5, "1.5", 5);
	look();
	assert_done(telemetry_relays(&files, TODAY - 4, &arena, &list, &count, &e), &e);
	assert_int_equal(count, 2);
	assert_string_equal(list[0].relay, "r1");
	assert_string_equal(list[0].version, "1.5");
	assert_int_equal(list[0].day, TODAY - 1);
	assert_int_equal(list[0].sessions, 7);
	assert_string_equal(list[1].relay, "r2");
}

static void without_files_or_rows_lists_are_empty(void **state)
{
	struct telemetry_unknown *unknowns;
	struct telemetry_sessions *sessions;
	struct telemetry_relay *relays;
	struct telemetry_zone *list;
	size_t count[4] = { 9, 9, 9, 9 };
	(void)state;
	look();
	for (int pass = 0; pass < 2; pass++) {
		const struct telemetry_files none = { 0 }, *of = pass == 0 ? &files : &none;
		assert_done(telemetry_unknowns(of, 0, &arena, &unknowns, &count[0], &e), &e);
		assert_done(telemetry_sessions(of, 0, &arena, &sessions, &count[1], &e), &e);
		assert_done(telemetry_relays(of, 0, &arena, &relays, &count[2], &e), &e);
		assert_done(telemetry_zones(of, 0, &arena, &list, &count[3], &e), &e);
		assert_int_equal(count[0] + count[1] + count[2] + count[3], 0);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_files, drop_files)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(undefined_labels), TEST(zones), TEST(sessions_of_all_relays),
		TEST(what_a_relay_told_last), TEST(without_files_or_rows_lists_are_empty) };
	return cmocka_run_group_tests_name("registry/telemetry_lists", tests, NULL, NULL);
}
