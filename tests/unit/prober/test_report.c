/* SPDX-License-Identifier: BSD-2-Clause */
/* What is written of relays and when; whose word counts no longer, and who goes on to be believed. */
#include "prober/report.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "registry/fleet.h"
#include "tests/unit/check.h"

static char dir[32], path[64];
static struct registry *r;
static struct roster roster;
static struct witnesses witnesses;
static struct arena arena;
static struct error e;
static sqlite3 *db;

static void sql(const char *statement)
{
	char *fault = NULL;
	if (sqlite3_exec(db, statement, NULL, NULL, &fault) != SQLITE_OK)
		fail_msg("%s: %s", statement, fault);
}

static int begin(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/windsock-XXXXXX");
	snprintf(path, sizeof path, "%s/registry", mkdtemp(dir) == NULL ? "" : dir);
	if (registry_open(path, REGISTRY_CREATE, &r, &e) != DONE || sqlite3_open(path, &db) != SQLITE_OK)
		return -1;
	roster = (struct roster){ .observer = "us", .connect = "" };
	sql("PRAGMA foreign_keys = ON; INSERT INTO relay (name, addresses, port, state, tls, weight, since) VALUES"
		"('a','192.0.2.1',443,2,8,100,0), ('b','192.0.2.2',443,2,8,100,0), ('c','192.0.2.3',443,2,8,100,0)");
	return 0;
}

static int end(void **state)
{
	char command[64];
	(void)state;
	roster_free(&roster);
	free(witnesses.list);
	witnesses = (struct witnesses){ 0 };
	arena_free(&arena);
	sqlite3_close(db);
	registry_close(r);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

static int64_t number(const char *query)
{
	sqlite3_stmt *s;
	assert_int_equal(sqlite3_prepare_v2(db, query, -1, &s, NULL), SQLITE_OK);
	int64_t value = sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int64(s, 0) : -1;
	sqlite3_finalize(s);
	return value;
}

/* A relay that is up was seen anew. */
static const struct watch *saw(size_t charge, int64_t date)
{
	struct watch *w = &roster.charges[charge]->watch;
	w->belief.health = HEALTH_UP;
	w->changed = true;
	w->seen = date;
	return w;
}

static void news_goes_out_at_once_and_the_rest_now_and_then(void **state)
{
	(void)state;
	assert_done(roster_read(&roster, r, &e), &e);
	assert_done(report_write(&roster, r, 5000, &e), &e); /* nothing was seen yet */
	assert_int_equal(number("SELECT count(*) FROM observation"), 0);
	const struct watch *w = saw(1, 5000);
	assert_done(report_write(&roster, r, 5000, &e), &e);
	assert_int_equal(number("SELECT count(*) FROM observation WHERE relay = 'b' AND observer = 'us' AND health = 1"), 1);
	assert_false(w->changed);
	assert_int_equal(w->written, 5000);
	assert_int_equal(number("SELECT count(*) FROM act"), 1);
	roster.charges[1]->watch.seen = 5000 + OBSERVE_REFRESH - 1;
	assert_done(report_write(&roster, r, w->seen, &e), &e);
	assert_int_equal(number("SELECT at FROM observation"), 5000);
	roster.charges[1]->watch.seen = 5000 + OBSERVE_REFRESH;
	assert_done(report_write(&roster, r, w->seen, &e), &e);
	assert_int_equal(number("SELECT at FROM observation"), 5000 + OBSERVE_REFRESH);
}

/* A relay that is no longer in the registry takes no other's row with it. */
static void a_relay_that_was_removed_is_passed_over(void **state)
{
	(void)state;
	assert_done(roster_read(&roster, r, &e), &e);
	for (size_t i = 0; i < roster.count; i++)
		saw(i, 7);
	sql("DELETE FROM relay WHERE name = 'b'");
	assert_done(report_write(&roster, r, 7, &e), &e);
	assert_int_equal(number("SELECT count(*) FROM observation"), 2);
	assert_int_equal(number("SELECT count(*) FROM observation WHERE relay = 'b'"), 0);
}

static void what_could_not_be_written_stays_due(void **state)
{
	(void)state;
	assert_done(roster_read(&roster, r, &e), &e);
	const struct watch *w = saw(0, 7);
	registry_patience(r, 0);
	sql("BEGIN IMMEDIATE");
	assert_outcome(report_write(&roster, r, 7, &e), FAILED, &e);
	assert_true(w->changed && w->written == 0);
	sql("ROLLBACK");
	assert_done(report_write(&roster, r, 7, &e), &e);
	assert_int_equal(number("SELECT count(*) FROM observation"), 1);
}

/* Our own clock may be behind: a row is as new as what the registry has heard. */
static void a_row_is_as_new_as_the_registry(void **state)
{
	(void)state;
	assert_done(roster_read(&roster, r, &e), &e);
	roster.heard = 900;
	saw(0, 7);
	assert_done(report_write(&roster, r, 7, &e), &e);
	assert_int_equal(number("SELECT at FROM observation"), 7);
	assert_int_equal(number("SELECT heard FROM observation"), 900);
}

static void row(const char *relay, const char *observer, int health, int at)
{
	char text[300];
	snprintf(text, sizeof text, "INSERT OR REPLACE INTO observation (relay, observer, health, tls, overloaded,"
		" load, at, reason) VALUES ('%s', '%s', %d, 8, 0, 0, %d, 'seen')", relay, observer, health, at);
	sql(text);
}

static void look(int64_t ticks)
{
	struct fleet fleet;
	size_t refused;
	assert_done(registry_freeze(r, &e), &e);
	assert_done(registry_fleet(r, &arena, &fleet, &refused, &e), &e);
	registry_rollback(r);
	assert_done(report_witnesses(&witnesses, &roster, r, &fleet, ticks, 600, 100, &e), &e);
}

static int64_t health(const char *relay, const char *observer)
{
	char text[120];
	snprintf(text, sizeof text, "SELECT health FROM observation WHERE relay = '%s' AND observer = '%s'", relay, observer);
	return number(text);
}

static void only_the_silent_lose_their_voice_where_we_see_ourselves(void **state)
{
	(void)state;
	row("a", "us", HEALTH_UP, 100);
	row("a", "silent", HEALTH_DOWN, 100);
	row("a", "lease", HEALTH_UP, 1);
	row("b", "silent", HEALTH_UP, 99); /* nobody else looks */
	row("c", "us", HEALTH_UNKNOWN, 100);
	row("c", "silent", HEALTH_UP, 99); /* neither do we */
	row("a", "speaks", HEALTH_UP, 50);
	look(1000);
	look(1599);
	assert_int_equal(health("a", "silent"), HEALTH_DOWN);
	row("a", "speaks", HEALTH_UP, 51);
	look(1599);
	look(1600);
	assert_int_equal(health("a", "silent"), HEALTH_UNKNOWN);
	assert_int_equal(number("SELECT reason LIKE '%prober silent was not heard from any more; it last said: down'"
		" FROM observation WHERE relay = 'a' AND observer = 'silent'"), 1);
	assert_int_equal(number("SELECT tls FROM observation WHERE relay = 'a' AND observer = 'silent'"), 8);
	assert_int_equal(health("b", "silent"), HEALTH_UP);
	assert_int_equal(health("c", "silent"), HEALTH_UP);
	assert_int_equal(health("a", "speaks"), HEALTH_UP);
	assert_int_equal(health("a", "lease"), HEALTH_UP);
	assert_int_equal(health("a", "us"), HEALTH_UP);
	look(2199);
	assert_int_equal(health("a", "speaks"), HEALTH_UNKNOWN);
}

/* How much is logged from now on. */
static int log_begin(FILE *to)
{
	int before = dup(STDERR_FILENO);
	assert_true(before >= 0 && dup2(fileno(to), STDERR_FILENO) >= 0);
	return before;
}

static off_t log_end(FILE *to, int before)
{
	dup2(before, STDERR_FILENO);
	close(before);
	return lseek(fileno(to), 0, SEEK_END);
}

/* It spoke between our look at the fleet and our writing. */
static void who_has_spoken_since_keeps_its_voice(void **state)
{
	struct fleet fleet;
	size_t refused;
	(void)state;
	row("a", "us", HEALTH_UP, 100);
	row("a", "late", HEALTH_DOWN, 100);
	look(1000);
	assert_done(registry_freeze(r, &e), &e);
	assert_done(registry_fleet(r, &arena, &fleet, &refused, &e), &e);
	registry_rollback(r);
	row("a", "late", HEALTH_DOWN, 101);
	FILE *log = tmpfile();
	assert_non_null(log);
	int before = log_begin(log);
	assert_done(report_witnesses(&witnesses, &roster, r, &fleet, 9000, 600, 100, &e), &e);
	assert_int_equal(health("a", "late"), HEALTH_DOWN);
	sql("DELETE FROM observation WHERE observer = 'late'");
	assert_done(report_witnesses(&witnesses, &roster, r, &fleet, 9000, 600, 100, &e), &e);
	assert_int_equal(log_end(log, before), 0); /* nobody is told that it is silent */
	fclose(log);
	assert_int_equal(health("a", "late"), -1); /* and is not made up */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(news_goes_out_at_once_and_the_rest_now_and_then, begin, end),
		cmocka_unit_test_setup_teardown(a_relay_that_was_removed_is_passed_over, begin, end),
		cmocka_unit_test_setup_teardown(what_could_not_be_written_stays_due, begin, end),
		cmocka_unit_test_setup_teardown(a_row_is_as_new_as_the_registry, begin, end),
		cmocka_unit_test_setup_teardown(only_the_silent_lose_their_voice_where_we_see_ourselves, begin, end),
		cmocka_unit_test_setup_teardown(who_has_spoken_since_keeps_its_voice, begin, end) };
	return cmocka_run_group_tests_name("prober/report", tests, NULL, NULL);
}
