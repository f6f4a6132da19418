/* SPDX-License-Identifier: BSD-2-Clause */
/* Telemetry written and read, by days and in lists, over files of several name servers. */
#include "registry/telemetry.h"

#include <fcntl.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/check.h"

enum { TODAY = 20000 };

static char dir[32], registry[64], path[80];
static struct telemetry *t;
static struct arena arena;
static struct error e;

static int make_dir(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/windsock-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(registry, sizeof registry, "%s/registry", dir);
	snprintf(path, sizeof path, "%s/registry.telemetry", dir);
	int fd = open(registry, O_CREAT | O_WRONLY, 0640);
	fchmod(fd, 0640);
	return close(fd);
}

static int drop_dir(void **state)
{
	char command[64];
	(void)state;
	telemetry_close(t);
	t = NULL;
	arena_free(&arena);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

static void begin(void)
{
	assert_done(telemetry_open(path, registry, 100, &t, &e), &e);
	assert_done(telemetry_begin(t, &e), &e);
}

static void commit(void)
{
	assert_done(telemetry_commit(t, &e), &e);
	telemetry_close(t);
	t = NULL;
}

/* N networks from number FROM on. */
static struct telemetry_use use(const char *node, const char *pool, int64_t day, uint64_t from, uint64_t n)
{
	struct telemetry_use u = { .node = node, .pool = pool, .day = day, .queries = (int64_t)n * 3 };
	for (uint64_t i = from; i < from + n; i++)
		sketch_add(&u.networks, (i + 1) * UINT64_C(0x9e3779b97f4a7c15) ^ (i + 7) * UINT64_C(0xd1342543de82ef95));
	return u;
}

static void add(const char *node, const char *pool, int64_t day, uint64_t from, uint64_t n)
{
	struct telemetry_use u = use(node, pool, day, from, n);
	assert_done(telemetry_add_use(t, &u, &e), &e);
}

static void look(struct telemetry_files *files)
{
	*files = (struct telemetry_files){ .count = 1 };
	assert_done(telemetry_look(path, 100, &files->file[0], &e), &e);
}

static void check_days(const struct telemetry_files *files, const char *pool, size_t wanted, int64_t day,
	int64_t queries, double networks)
{
	struct telemetry_day *days;
	size_t count;
	assert_done(telemetry_days(files, pool, TODAY - 100, TODAY, &arena, &days, &count, &e), &e);
	assert_int_equal(count, wanted);
	if (count == 0)
		return;
	assert_int_equal(days[count - 1].day, day);
	assert_int_equal(days[count - 1].queries, queries);
	if (fabs(days[count - 1].networks - networks) > networks * 0.13)
		fail_msg("%.1f networks, wanted %.1f", days[count - 1].networks, networks);
}

static void test_queries_add_and_networks_merge(void **state)
{
	struct telemetry_files files;
	(void)state;
	begin();
	add("a", "fe4_058", TODAY, 0, 100);
	commit();
	begin();
	struct telemetry_use u = use("a", "fe4_058", TODAY, 50, 100);
	assert_done(telemetry_add_use(t, &u, &e), &e);
	assert_int_equal(u.queries, 600); /* the day's come back */
	add("b", "fe4_058", TODAY, 120, 30);
	add("a", "fe4_058", TODAY - 2, 0, 10);
	add("a", "fe4_152", TODAY, 0, 7);
	commit();
	look(&files);
	check_days(&files, "fe4_058", 2, TODAY, 690, 150);
	check_days(&files, "fe4_152", 1, TODAY, 21, 7);
	check_days(&files, "none", 0, 0, 0, 0);
	telemetry_close(files.file[0]);
}

static void test_a_total_is_of_distinct_networks(void **state)
{
	struct telemetry_files files;
	struct telemetry_day total;
	(void)state;
	begin();
	for (int64_t day = 0; day < 30; day++)
		add("a", "fe4_058", TODAY - day, 0, 40);
	commit();
	look(&files);
	assert_done(telemetry_total(&files, "fe4_058", TODAY - 9, TODAY, &total, &e), &e);
	assert_int_equal(total.queries, 1200);
	assert_int_equal(total.day, TODAY);
	assert_true(fabs(total.networks - 40) < 5);
	assert_outcome(telemetry_total(&files, "none", 0, TODAY, &total, &e), ABSENT, &e);
	telemetry_close(files.file[0]);
}

static bool grew(int64_t since)
{
	struct telemetry_files files;
	bool more;
	look(&files);
	assert_done(telemetry_grew(&files, "fe4_058", since, TODAY, &more, &e), &e);
	telemetry_close(files.file[0]);
	return more;
}

static void test_growth_is_more_than_chance(void **state)
{
	(void)state;
	begin();
	for (int64_t ago = 1; ago <= 60; ago++)
		add("a", "fe4_058", TODAY - ago, (uint64_t)ago * 1000, ago > 40 ? 20 : 23);
	add("a", "fe4_058", TODAY, 0, 2); /* the day is not over */
	commit();
	assert_false(grew(TODAY - 50));
	assert_false(grew(TODAY - 200)); /* nothing is known of before */
	assert_false(grew(TODAY - 1));   /* nothing since */
	assert_false(grew(TODAY - 5));   /* as many as before */
	begin();
	for (int64_t ago = 1; ago <= 7; ago++)
		add("a", "fe4_058", TODAY - ago, (uint64_t)ago * 1000, 60);
	commit();
	assert_true(grew(TODAY - 30));
	assert_true(grew(TODAY - 50));
}

static void test_several_files_are_read_as_one(void **state)
{
	char other[96];
	struct telemetry_files files;
	struct telemetry_unknown *unknowns;
	size_t count;
	(void)state;
	snprintf(other, sizeof other, "%s.2", path);
	begin();
	add("a", "fe4_058", TODAY, 0, 100);
	assert_done(telemetry_add_unknown(t, &(struct telemetry_unknown){ "a", "fe4_9", TODAY, 2, 50 }, &e), &e);
	assert_done(telemetry_add_unknown(t, &(struct telemetry_unknown){ "a", "fe4_8", TODAY, 3, 60 }, &e), &e);
	commit();
	assert_int_equal(rename(path, other), 0);
	begin();
	add("b", "fe4_058", TODAY, 50, 100);
	assert_done(telemetry_add_unknown(t, &(struct telemetry_unknown){ "b", "fe4_9", TODAY, 2, 40 }, &e), &e);
	commit();
	look(&files);
	assert_done(telemetry_look(other, 100, &files.file[files.count++], &e), &e);
	check_days(&files, "fe4_058", 1, TODAY, 600, 150);
	assert_done(telemetry_unknowns(&files, TODAY, &arena, &unknowns, &count, &e), &e);
	assert_int_equal(count, 2);
	assert_string_equal(unknowns[0].label, "fe4_9");
	assert_int_equal(unknowns[0].queries, 4);
	assert_int_equal(unknowns[0].last, 50);
	telemetry_close(files.file[0]);
	telemetry_close(files.file[1]);
}

static void test_made_up_labels_are_bounded(void **state)
{
	struct telemetry_files files;
	struct telemetry_unknown *unknowns;
	char label[16];
	size_t count;
	(void)state;
	begin();
	for (int i = 0; i < TELEMETRY_UNKNOWN + 50; i++) {
		snprintf(label, sizeof label, "fe4_%d", i);
		assert_done(telemetry_add_unknown(t, &(struct telemetry_unknown){ "a", label, TODAY, 1, 50 }, &e), &e);
	}
	assert_done(telemetry_add_unknown(t, &(struct telemetry_unknown){ "a", "fe4_7", TODAY, 5, 50 }, &e), &e);
	commit();
	look(&files);
	assert_done(telemetry_unknowns(&files, TODAY, &arena, &unknowns, &count, &e), &e);
	assert_int_equal(count, TELEMETRY_UNKNOWN + 1);
	assert_string_equal(unknowns[0].label, "");
	assert_int_equal(unknowns[0].queries, 50);
	assert_string_equal(unknowns[1].label, "fe4_7");
	assert_int_equal(unknowns[1].queries, 6);
	telemetry_close(files.file[0]);
}

static void test_sessions_are_the_last_of_the_day(void **state)
{
	static const struct telemetry_sessions first[] = { { "0.5.8", 0, 10 }, { "1.5.2", 0, 3 } },
		second[] = { { "1.5.2", 0, 4 } }, other[] = { { "1.5.2", 0, 5 } };
	struct telemetry_files files;
	struct telemetry_sessions *sessions;
	size_t count;
	(void)state;
	begin();
	assert_done(telemetry_put_sessions(t, "r1", TODAY - 1, first, 2, &e), &e);
	assert_done(telemetry_put_sessions(t, "r1", TODAY, first, 2, &e), &e);
	assert_done(telemetry_put_sessions(t, "r1", TODAY, second, 1, &e), &e);
	assert_done(telemetry_put_sessions(t, "r2", TODAY, other, 1, &e), &e);
	commit();
	look(&files);
	assert_done(telemetry_sessions(&files, TODAY - 9, &arena, &sessions, &count, &e), &e);
	assert_int_equal(count, 3);
	assert_string_equal(sessions[0].version, "0.5.8");
	assert_int_equal(sessions[2].day, TODAY);
	assert_int_equal(sessions[2].sessions, 9);
	telemetry_close(files.file[0]);
}

/* Zones. */

static void add_zone(const char *node, const char *zone, int64_t day, uint64_t from, uint64_t n)
{
	struct telemetry_use u = use(node, NULL, day, from, n);
	u.zone = zone;
	assert_done(telemetry_add_use(t, &u, &e), &e);
}

static void check_total(int outcome, const struct telemetry_day *total, int64_t day, int64_t queries, double networks)
{
	assert_done(outcome, &e);
	assert_int_equal(total->day, day);
	assert_int_equal(total->queries, queries);
	if (fabs(total->networks - networks) > networks * 0.13)
		fail_msg("%.1f networks, wanted %.1f", total->networks, networks);
}

static void check_zone(const struct telemetry_files *files, const char *zone, int64_t day, int64_t queries,
	double networks)
{
	struct telemetry_day total;
	check_total(telemetry_zone_total(files, zone, TODAY - 30, TODAY, &total, &e), &total, day, queries, networks);
}

static void check_untold(const struct telemetry_files *files, int64_t day, int64_t queries, double networks)
{
	struct telemetry_day total;
	int outcome = telemetry_untold(files, TODAY - 30, TODAY, &total, &e);
	if (queries == 0)
		assert_outcome(outcome, ABSENT, &e);
	else
		check_total(outcome, &total, day, queries, networks);
}

static void test_zones_are_apart_from_pools(void **state)
{
	struct telemetry_files files;
	struct telemetry_day total;
	(void)state;
	begin();
	add("a", "test", TODAY, 0, 100); /* a pool may be called as a zone is */
	add("a", "fe4_152", TODAY - 1, 0, 20);
	add_zone("a", "kites.test", TODAY, 0, 60);
	add_zone("a", "test", TODAY, 50, 40);
	add_zone("a", "kites.test", TODAY - 1, 0, 20);
	add_zone("a", "kites.test", TODAY, 55, 10);
	add_zone("a", "kites.test", TODAY - 31, 200, 10);
	commit();
	look(&files);
	check_zone(&files, "kites.test", TODAY, 270, 65);
	check_zone(&files, "test", TODAY, 120, 40);
	check_days(&files, "test", 1, TODAY, 300, 100);
	assert_outcome(telemetry_zone_total(&files, "fe4_152", 0, TODAY, &total, &e), ABSENT, &e);
	assert_says(e.text, "nobody asked for a pool in fe4_152");
	check_untold(&files, 0, 0, 0);
	telemetry_close(files.file[0]);
}

/* What was not told apart: the zones beyond the last that is, and days on which pools count more than zones. */
static void test_zones_that_were_not_told_apart(void **state)
{
	struct telemetry_files files;
	(void)state;
	begin();
	add("a", "fe4_058", TODAY, 0, 10);
	add("a", "fe4_058 1700000000 given", TODAY, 0, 10); /* a brownout's is counted as the pool's, too */
	add_zone("a", "kites.test", TODAY, 0, 10);
	commit();
	look(&files);
	check_untold(&files, 0, 0, 0);
	telemetry_close(files.file[0]);
	begin();
	add_zone("a", "", TODAY - 3, 0, 5);
	commit();
	look(&files);
	check_untold(&files, TODAY - 3, 15, 5);
	telemetry_close(files.file[0]);
	begin();
	add("b", "fe4_058", TODAY - 2, 0, 30); /* by a node that counts no zones */
	add("b", "fe4_152", TODAY - 2, 20, 30);
	add("a", "fe4_152", TODAY - 40, 70, 10); /* too long ago */
	commit();
	look(&files);
	check_untold(&files, TODAY - 2, 15 + 180, 50);
	telemetry_close(files.file[0]);
}

static void sql(const char *statement)
{
	sqlite3 *db;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, statement, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

/* A file as it was before zones were counted: it is read as it is, and has zones when it is written. */
static void test_an_older_file_is_brought_up_to_date(void **state)
{
	struct telemetry_files files;
	struct telemetry_day total;
	struct telemetry_zone *zones;
	size_t count;
	(void)state;
	begin();
	add("a", "fe4_058", TODAY, 0, 20);
	commit();
	sql("DROP TABLE zone_use");
	look(&files);
	check_days(&files, "fe4_058", 1, TODAY, 60, 20);
	check_untold(&files, TODAY, 60, 20);
	assert_outcome(telemetry_zone_total(&files, "kites.test", 0, TODAY, &total, &e), ABSENT, &e);
	assert_done(telemetry_zones(&files, 0, &arena, &zones, &count, &e), &e);
	assert_int_equal(count, 0);
	telemetry_close(files.file[0]);
	begin();
	add("a", "fe4_058", TODAY, 0, 10); /* the rest of that day: it is not told apart as a whole */
	add_zone("a", "kites.test", TODAY, 0, 10);
	commit();
	look(&files);
	check_zone(&files, "kites.test", TODAY, 30, 10);
	check_untold(&files, TODAY, 90, 20);
	check_days(&files, "fe4_058", 1, TODAY, 90, 20);
	telemetry_close(files.file[0]);
}

static void test_zones_of_several_files_are_one(void **state)
{
	struct telemetry_files files;
	struct telemetry_zone *zones;
	char other[sizeof path];
	size_t count;
	(void)state;
	begin();
	add_zone("a", "kites.test", TODAY, 0, 50);
	add_zone("b", "kites.test", TODAY, 0, 60);
	add_zone("a", "other.test", TODAY, 0, 20);
	add_zone("a", "", TODAY, 0, 20);
	add_zone("a", "old.test", TODAY - 1, 0, 20);
	commit();
	snprintf(other, sizeof other, "%s", path);
	snprintf(path, sizeof path, "%s/other.telemetry", dir);
	begin();
	add_zone("c", "other.test", TODAY, 10, 200);
	commit();
	look(&files);
	assert_done(telemetry_look(other, 100, &files.file[files.count++], &e), &e);
	check_zone(&files, "other.test", TODAY, 660, 210);
	assert_done(telemetry_zones(&files, TODAY, &arena, &zones, &count, &e), &e);
	assert_int_equal(count, 2);
	assert_string_equal(zones[0].zone, "other.test");
	assert_int_equal(zones[0].queries, 660);
	assert_true(fabs(zones[0].networks - 210) < 25);
	assert_string_equal(zones[1].zone, "kites.test");
	assert_int_equal(zones[1].queries, 330);
	assert_true(fabs(zones[1].networks - 60) < 8);
	telemetry_close(files.file[0]);
	telemetry_close(files.file[1]);
}

static void test_old_days_are_removed(void **state)
{
	struct telemetry_files files;
	struct telemetry_day total;
	(void)state;
	begin();
	add("a", "old", TODAY - TELEMETRY_DAYS - 1, 0, 5);
	add("a", "old", TODAY - TELEMETRY_DAYS, 0, 1);
	add_zone("a", "old.test", TODAY - TELEMETRY_DAYS - 1, 0, 5);
	add_zone("a", "old.test", TODAY - TELEMETRY_DAYS, 0, 1);
	assert_done(telemetry_prune(t, TODAY, &e), &e);
	commit();
	look(&files);
	assert_done(telemetry_total(&files, "old", 0, TODAY, &total, &e), &e);
	assert_int_equal(total.queries, 3);
	assert_done(telemetry_zone_total(&files, "old.test", 0, TODAY, &total, &e), &e);
	assert_int_equal(total.queries, 3);
	telemetry_close(files.file[0]);
}

static void test_a_clock_far_ahead_takes_little(void **state)
{
	struct telemetry_files files;
	struct telemetry_day total;
	(void)state;
	begin();
	for (int i = 0; i < 100; i++)
		add("a", "ahead", TODAY - i, 0, 1);
	commit();
	look(&files);
	assert_done(telemetry_total(&files, "ahead", 0, TODAY, &total, &e), &e);
	int64_t queries = total.queries;
	telemetry_close(files.file[0]);
	begin();
	assert_done(telemetry_prune(t, TODAY + 3650, &e), &e);
	commit();
	look(&files);
	assert_done(telemetry_total(&files, "ahead", 0, TODAY, &total, &e), &e);
	assert_int_equal(total.queries, queries - 2 * queries / 100);
	telemetry_close(files.file[0]);
}

static void test_what_is_not_committed_is_gone(void **state)
{
	struct telemetry_files files;
	(void)state;
	begin();
	commit();
	begin();
	add("a", "fe4_058", TODAY, 0, 5);
	telemetry_close(t);
	t = NULL;
	look(&files);
	check_days(&files, "fe4_058", 0, 0, 0, 0);
	telemetry_close(files.file[0]);
}

static void test_it_has_the_registry_s_permissions(void **state)
{
	struct stat file;
	(void)state;
	begin();
	commit();
	assert_int_equal(stat(path, &file), 0);
	assert_int_equal(file.st_mode & 0777, 0640);
}

static void test_what_is_not_ours_is_refused(void **state)
{
	(void)state;
	assert_outcome(telemetry_look(path, 100, &t, &e), ABSENT, &e);
	sql("CREATE TABLE other (a)");
	assert_outcome(telemetry_open(path, registry, 100, &t, &e), REFUSED, &e);
	assert_outcome(telemetry_look(path, 100, &t, &e), REFUSED, &e);
	assert_says(e.text, "another program");
	unlink(path);
	begin();
	commit();
	sql("PRAGMA user_version = 2");
	assert_outcome(telemetry_open(path, registry, 100, &t, &e), REFUSED, &e);
	assert_says(e.text, "newer windsock");
	FILE *file = fopen(path, "w");
	fputs("this is no database, and long enough to be looked at by all", file);
	fclose(file);
	assert_outcome(telemetry_open(path, registry, 100, &t, &e), FAILED, &e);
	assert_outcome(telemetry_look(path, 100, &t, &e), FAILED, &e);
}

static void test_a_locked_file_fails_soon(void **state)
{
	struct telemetry *second;
	(void)state;
	begin();
	commit();
	begin();
	assert_done(telemetry_open(path, registry, 10, &second, &e), &e);
	assert_outcome(telemetry_begin(second, &e), FAILED, &e);
	assert_says(e.text, "locked");
	telemetry_close(second);
	commit();
}

/* A row written by hand, or spoiled by a disk: it counts nothing, and nothing breaks. */
static void test_odd_rows_do_no_harm(void **state)
{
	struct telemetry_files files;
	(void)state;
	begin();
	add("a", "fe4_058", TODAY, 0, 10);
	commit();
	sql("INSERT INTO use (node, day, pool, queries, sketch) VALUES ('b', 20000, 'fe4_058', 3, x'ffff00')");
	sql("INSERT INTO use (node, day, pool, queries, sketch) VALUES ('c', 20000, 'fe4_058', -3, x'')");
	look(&files);
	check_days(&files, "fe4_058", 1, TODAY, 33, 10);
	telemetry_close(files.file[0]);
	begin();
	add("b", "fe4_058", TODAY, 0, 10);
	commit();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_dir, drop_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_queries_add_and_networks_merge),
		TEST(test_a_total_is_of_distinct_networks),
		TEST(test_growth_is_more_than_chance),
		TEST(test_several_files_are_read_as_one),
		TEST(test_made_up_labels_are_bounded),
		TEST(test_sessions_are_the_last_of_the_day),
		TEST(test_zones_are_apart_from_pools), TEST(test_zones_that_were_not_told_apart),
		TEST(test_an_older_file_is_brought_up_to_date), TEST(test_zones_of_several_files_are_one),
		TEST(test_old_days_are_removed), TEST(test_a_clock_far_ahead_takes_little),
		TEST(test_what_is_not_committed_is_gone),
		TEST(test_it_has_the_registry_s_permissions),
		TEST(test_what_is_not_ours_is_refused),
		TEST(test_a_locked_file_fails_soon),
		TEST(test_odd_rows_do_no_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
