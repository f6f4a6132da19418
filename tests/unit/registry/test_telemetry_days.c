/* SPDX-License-Identifier: BSD-2-Clause */
/* Days at the edges of what is asked for, which days anybody counted on, and the names under which more is counted. */
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/tls.h"
#include "registry/telemetry.h"
#include "tests/unit/check.h"

enum { TODAY = 20000 };

static char dir[32], registry[64], path[80];
static struct telemetry *t;
static struct telemetry_files files;
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
	close(open(registry, O_CREAT | O_WRONLY, 0600));
	assert_done(telemetry_open(path, registry, 100, &t, &e), &e);
	assert_done(telemetry_begin(t, &e), &e);
	files = (struct telemetry_files){ 0 };
	return 0;
}

static int drop_dir(void **state)
{
	char command[64];
	(void)state;
	if (files.count > 0)
		telemetry_close(files.file[0]);
	arena_free(&arena);
	arena = (struct arena){ 0 };
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

/* N networks from number FROM on, each of which asked once. */
static void add(const char *pool, int64_t day, uint64_t from, uint64_t n)
{
	struct telemetry_use u = { .node = "a", .pool = pool, .day = day, .queries = (int64_t)n };
	for (uint64_t i = from; i < from + n; i++)
		sketch_add(&u.networks, (i + 1) * UINT64_C(0x9e3779b97f4a7c15) ^ (i + 7) * UINT64_C(0xd1342543de82ef95));
	assert_done(telemetry_add_use(t, &u, &e), &e);
}

static void look(void)
{
	assert_done(telemetry_commit(t, &e), &e);
	telemetry_close(t);
	assert_done(telemetry_look(path, 100, &files.file[0], &e), &e);
	files.count = 1;
}

static size_t days_of(int64_t first, int64_t last, struct telemetry_day **days)
{
	size_t count = 99;
	assert_done(telemetry_days(&files, "fe", first, last, &arena, days, &count, &e), &e);
	return count;
}

static void both_ends_belong_to_it(void **state)
{
	struct telemetry_day *days;
	(void)state;
	for (int64_t day = TODAY - 3; day <= TODAY; day++)
		add("fe", day, 0, 2);
	look();
	assert_int_equal(days_of(TODAY - 2, TODAY - 1, &days), 2);
	assert_int_equal(days[0].day, TODAY - 2);
	assert_int_equal(days[1].day, TODAY - 1);
	assert_int_equal(days_of(TODAY, TODAY, &days), 1);
	assert_int_equal(days_of(TODAY + 1, TODAY, &days), 0);
	assert_int_equal(days_of(TODAY + 1, TODAY + 9, &days), 0);
	assert_int_equal(days_of(INT64_MIN, TODAY, &days), 4); /* from ever, without memory for it */
}

static void days_without_questions_are_left_out(void **state)
{
	struct telemetry_day *days;
	struct telemetry_day total;
	(void)state;
	add("fe", TODAY - 2, 0, 3);
	add("fe", TODAY - 1, 0, 0);
	add("other", TODAY, 0, 5);
	look();
	assert_int_equal(days_of(TODAY - 9, TODAY, &days), 1);
	assert_int_equal(days[0].day, TODAY - 2);
	assert_done(telemetry_total(&files, "fe", TODAY - 9, TODAY, &total, &e), &e);
	assert_int_equal(total.day, TODAY - 2); /* the last on which somebody asked */
	assert_outcome(telemetry_total(&files, "fe", TODAY - 1, TODAY, &total, &e), ABSENT, &e);
	assert_says(e.text, "nobody asked for fe");
}

static void which_days_were_watched(void **state)
{
	bool watched[4], wanted[4] = { false, true, false, true }, tls[4] = { false, false, true, false };
	char name[TELEMETRY_TLS];
	(void)state;
	telemetry_tls(3, name);
	add("fe", TODAY - 2, 0, 1);
	add(name, TODAY - 1, 0, 1); /* handshakes are no questions */
	add("fe", TODAY, 0, 1);
	add("fe", TODAY + 1, 0, 1);
	look();
	memset(watched, true, sizeof watched);
	assert_done(telemetry_watched(&files, TODAY - 3, TODAY, watched, &e), &e);
	assert_memory_equal(watched, wanted, sizeof wanted);
	assert_done(telemetry_watched_tls(&files, TODAY - 3, TODAY, watched, &e), &e);
	assert_memory_equal(watched, tls, sizeof tls);
}

static void who_asked_for_either_counts_once(void **state)
{
	double networks;
	(void)state;
	add("fe", TODAY, 0, 60);
	add("other", TODAY, 40, 60);
	look();
	assert_done(telemetry_either(&files, "fe", "other", TODAY, TODAY, &networks, &e), &e);
	assert_true(fabs(networks - 100) < 13);
	assert_done(telemetry_either(&files, "fe", "fe", TODAY, TODAY, &networks, &e), &e);
	assert_true(fabs(networks - 60) < 8);
	assert_done(telemetry_either(&files, "none", "nothing", TODAY, TODAY, &networks, &e), &e);
	assert_true(networks < 0.5);
}

static void brownouts_and_handshakes_have_names(void **state)
{
	char name[TELEMETRY_BROWNOUT], again[TELEMETRY_TLS], long_label[200];
	(void)state;
	telemetry_brownout("fe4", 1700000000, TELEMETRY_OTHERS, 7, name);
	assert_string_equal(name, "fe4 1700000000 others 7");
	telemetry_brownout("fe4", 0, TELEMETRY_GIVEN, 0, name);
	assert_string_equal(name, "fe4 0 given 0");
	telemetry_brownout("fe4", 0, TELEMETRY_AFTER, 0, name);
	assert_string_equal(name, "fe4 0 after 0");
	memset(long_label, 'x', sizeof long_label);
	long_label[199] = '\0';
	telemetry_brownout(long_label, 1, TELEMETRY_GIVEN, 0, name);
	assert_int_equal(strlen(name), TELEMETRY_BROWNOUT - 1);
	for (unsigned version = 0; version < 5; version++) {
		char last[TELEMETRY_TLS] = "";
		if (version > 0)
			strcpy(last, again);
		telemetry_tls(version, again);
		assert_string_not_equal(again, last);
		assert_memory_equal(again, " tls ", 5); /* no pool is called so */
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_dir, drop_dir)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(both_ends_belong_to_it), TEST(days_without_questions_are_left_out),
		TEST(which_days_were_watched), TEST(who_asked_for_either_counts_once),
		cmocka_unit_test(brownouts_and_handshakes_have_names) };
	return cmocka_run_group_tests_name("registry/telemetry_days", tests, NULL, NULL);
}
