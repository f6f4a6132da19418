/* SPDX-License-Identifier: BSD-2-Clause */
/* What is SQLite's own: files and what becomes of them, and SQL by hand. What the registry promises whatever engine it has is in
 * test_registry.c. */
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
#include "registry/statement.h"
#include "tests/unit/check.h"

static char dir[32], path[64];
static struct registry *r;
static struct arena arena;
static struct error e;

#define CALL(function, ...) registry_##function(r, ##__VA_ARGS__)

static int make_registry(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/windsock-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(path, sizeof path, "%s/registry", dir);
	return registry_open(path, REGISTRY_CREATE, &r, &e);
}

static int drop_registry(void **state)
{
	char command[64];
	(void)state;
	registry_close(r);
	r = NULL;
	arena_free(&arena);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

/* Another program's connection. */
static sqlite3 *by_hand(void)
{
	sqlite3 *db;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 1000);
	return db;
}

static void sql(const char *statement)
{
	sqlite3 *db = by_hand();
	char *fault = NULL;
	if (sqlite3_exec(db, statement, NULL, NULL, &fault) != SQLITE_OK)
		fail_msg("%s: %s", statement, fault);
	sqlite3_close(db);
}

static int64_t sql_number(const char *statement)
{
	sqlite3 *db = by_hand();
	sqlite3_stmt *prepared;
	assert_int_equal(sqlite3_prepare_v2(db, statement, -1, &prepared, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(prepared), SQLITE_ROW);
	int64_t number = sqlite3_column_int64(prepared, 0);
	sqlite3_finalize(prepared);
	sqlite3_close(db);
	return number;
}

static struct relay relay_named(const char *name)
{
	struct relay relay;
	assert_done(row_standard(&relay_kind, &relay, &arena, &e), &e);
	relay.name = name;
	relay.addresses = "192.0.2.1";
	relay.tls = 6;
	return relay;
}

static void add_relay(const char *name)
{
	struct relay relay = relay_named(name);
	assert_done(CALL(begin, &e), &e);
	assert_done(CALL(add, &relay_kind, &relay, &e), &e);
	assert_done(CALL(commit, &e), &e);
}

static int64_t revision(void)
{
	int64_t now;
	assert_done(CALL(revision, &now, &e), &e);
	return now;
}

static void durable_settings(void **state)
{
	int64_t steps = 0;
	(void)state;
	while (schema_steps[steps] != NULL)
		steps++;
	assert_int_equal(sql_number("PRAGMA user_version"), steps);
	sqlite3 *db = by_hand();
	sqlite3_stmt *prepared;
	sqlite3_prepare_v2(db, "PRAGMA journal_mode", -1, &prepared, NULL);
	assert_int_equal(sqlite3_step(prepared), SQLITE_ROW);
	assert_string_equal((const char *)sqlite3_column_text(prepared, 0), "wal");
	sqlite3_finalize(prepared);
	sqlite3_close(db);
}

/* "x" is a column, or wrong: a misspelt one must not become a text that is compared with. */
static void a_misspelt_column_is_no_text(void **state)
{
	(void)state;
	sqlite3 *db = ((struct sqlite_registry *)(void *)r)->db;
	static const char *const wrong[] = { "SELECT count(*) FROM host WHERE \"nmae\" = 'x'", "CREATE INDEX i ON host (\"nmae\")" };
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		assert_int_equal(sqlite3_exec(db, wrong[i], NULL, NULL, NULL), SQLITE_ERROR);
	assert_int_equal(sqlite3_exec(db, "SELECT count(*) FROM host WHERE \"name\" = 'x'", NULL, NULL, NULL), SQLITE_OK);
}

static void absent_registries_are_said_to_be_so(void **state)
{
	struct registry *other;
	(void)state;
	char nowhere[80];
	snprintf(nowhere, sizeof nowhere, "%s/none", dir);
	assert_outcome(registry_open(nowhere, REGISTRY_READ, &other, &e), ABSENT, &e);
	assert_outcome(registry_open(nowhere, REGISTRY_WRITE, &other, &e), ABSENT, &e);
	assert_int_equal(access(nowhere, F_OK), -1);
	assert_says(e.text, "windsock init");
}

static void a_newer_one_is_refused(void **state)
{
	struct registry *other;
	(void)state;
	sql("PRAGMA user_version = 1000");
	for (enum registry_mode mode = REGISTRY_READ; mode <= REGISTRY_CREATE; mode++) {
		assert_outcome(registry_open(path, mode, &other, &e), REFUSED, &e);
		assert_says(e.text, "newer windsock");
		assert_says(e.text, "1000");
	}
	assert_int_equal(sql_number("PRAGMA user_version"), 1000);
}

static void another_programs_database_is_left_alone(void **state)
{
	struct registry *other;
	struct stat info;
	char mine[64], theirs[80], wal[90];
	(void)state;
	strcpy(mine, path);
	snprintf(theirs, sizeof theirs, "%s/theirs", dir);
	strcpy(path, theirs);
	sql("CREATE TABLE bookmarks (url TEXT); INSERT INTO bookmarks VALUES ('x')");
	for (enum registry_mode mode = REGISTRY_READ; mode <= REGISTRY_CREATE; mode++) {
		assert_outcome(registry_open(path, mode, &other, &e), REFUSED, &e);
		assert_says(e.text, "another program");
	}
	assert_int_equal(sql_number("SELECT count(*) FROM sqlite_schema"), 1);
	FILE *file = fopen(path, "r");
	unsigned char header[20];
	assert_int_equal(fread(header, 1, sizeof header, file), sizeof header);
	fclose(file);
	assert_int_equal(header[18], 1); /* still a rollback journal, not WAL */
	snprintf(wal, sizeof wal, "%s-wal", path);
	assert_int_equal(stat(wal, &info), -1);
	strcpy(path, mine);
}

static void garbage_is_not_opened(void **state)
{
	struct registry *other;
	char garbage[80];
	(void)state;
	snprintf(garbage, sizeof garbage, "%s/garbage", dir);
	FILE *file = fopen(garbage, "w");
	for (int i = 0; i < 1000; i++)
		fputs("This is no database. ", file);
	fclose(file);
	assert_outcome(registry_open(garbage, REGISTRY_WRITE, &other, &e), FAILED, &e);
	assert_says(e.text, garbage);
}

struct seen {
	int count;
	char actor[32];
};

static int see(const struct change *change, void *context, struct error *fault)
{
	struct seen *seen = context;
	(void)fault;
	seen->count++;
	snprintf(seen->actor, sizeof seen->actor, "%s", change->actor);
	return DONE;
}

static struct seen changes_after(int64_t after)
{
	struct seen seen = { 0 };
	assert_done(CALL(changes, after, see, &seen, &e), &e);
	return seen;
}

static void only_what_is_answered_is_logged(void **state)
{
	(void)state;
	add_relay("r1");
	sql("INSERT INTO observation (relay, observer, health, tls, overloaded, load, at) "
		"VALUES ('r1','o',1,2,0,3,9);"
		"INSERT INTO host (name, account, addresses, ttl, updated, secret, sign) VALUES ('h.b5p.us',NULL,'192.0.2.1',60,0,NULL,NULL)");
	int64_t before = revision();
	sql("UPDATE observation SET at = 10, \"load\" = 4, version = 'x', names = 'n', expires = 5; UPDATE relay SET token = x'00', since = 7;"
		"UPDATE host SET updated = 8, sign = x'01'; UPDATE relay SET weight = weight;"
		"UPDATE reader SET at = 1; INSERT INTO signature VALUES ('h.b5p.us', x'02')");
	assert_true(revision() == before);
	sql("UPDATE observation SET health = 2");
	assert_true(revision() == before + 1);
	sql("UPDATE observation SET pings = 'ping-1.0'");
	assert_true(revision() == ++before + 1);
	sql("UPDATE host SET addresses = '192.0.2.2'");
	assert_true(revision() == before + 2);
	sql("PRAGMA foreign_keys = ON; DELETE FROM relay"); /* the observation goes with it */
	assert_int_equal(changes_after(before + 2).count, 2);
}

static void secrets_are_not_in_the_log(void **state)
{
	(void)state;
	int64_t before = revision();
	sql("INSERT INTO account (name, hosts, role, allow_private, blocked, token) VALUES ('demo','',0,0,0,x'7365637265747365637265747365637265');"
		"INSERT INTO host (name, account, addresses, ttl, updated, secret, sign) VALUES ('h.b5p.us','demo','',60,0,x'7365637265747365637265747365637265',NULL);"
		"UPDATE host SET secret = x'736563726574'; UPDATE account SET token = x'736563726574'");
	assert_true(revision() > before);
	assert_int_equal(sql_number("SELECT count(*) FROM change WHERE new LIKE '%secret%' AND "
		"(new LIKE '%7365%' OR new LIKE '%secretse%')"), 0);
	assert_int_equal(sql_number("SELECT count(*) FROM change WHERE new LIKE '%\"new\"%'"), 2);
}

static void pruned_changes_take_their_acts_along(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++) {
		char name[16];
		snprintf(name, sizeof name, "r%d", i);
		struct relay relay = relay_named(name);
		assert_done(CALL(begin, &e), &e);
		assert_done(CALL(act, &(struct act){ .actor = name }, &e), &e);
		assert_done(CALL(add, &relay_kind, &relay, &e), &e);
		assert_done(CALL(commit, &e), &e);
	}
	assert_done(CALL(begin, &e), &e);
	assert_done(CALL(act, &(struct act){ .actor = "pruner" }, &e), &e);
	assert_done(CALL(prune, 0, 2, 0, &e), &e);
	assert_done(CALL(commit, &e), &e);
	assert_int_equal(sql_number("SELECT count(*) FROM act"), 3);
	assert_string_equal(changes_after(revision() - 1).actor, "r4");
}

static void movement_of_others_is_seen(void **state)
{
	bool moved;
	(void)state;
	assert_done(CALL(news, &moved, &e), &e);
	assert_done(CALL(news, &moved, &e), &e);
	assert_false(moved);
	add_relay("r1");
	assert_done(CALL(news, &moved, &e), &e);
	assert_false(moved);
	sql("UPDATE relay SET weight = 1");
	assert_done(CALL(news, &moved, &e), &e);
	assert_true(moved);
	assert_done(CALL(news, &moved, &e), &e);
	assert_false(moved);
	usleep(150000); /* nothing happens for so long that only the log's file is looked at */
	assert_done(CALL(news, &moved, &e), &e);
	assert_false(moved);
	sql("UPDATE relay SET weight = 2");
	assert_done(CALL(news, &moved, &e), &e);
	assert_true(moved);
}

static void a_file_gone_or_replaced_is_seen(void **state)
{
	char aside[80];
	bool moved;
	(void)state;
	snprintf(aside, sizeof aside, "%s/aside", dir);
	assert_int_equal(rename(path, aside), 0);
	assert_outcome(CALL(news, &moved, &e), ABSENT, &e);
	FILE *file = fopen(path, "w");
	fclose(file);
	assert_outcome(CALL(news, &moved, &e), ABSENT, &e);
	assert_says(e.text, "replaced");
	assert_int_equal(rename(aside, path), 0);
	assert_done(CALL(news, &moved, &e), &e);
}

/* A process that makes registries is killed at some moment: what it leaves is none, or a whole one. */
static void a_kill_while_it_is_made_leaves_all_or_nothing(void **state)
{
	(void)state;
	for (int round = 0; round < 40; round++) {
		char fresh[80];
		snprintf(fresh, sizeof fresh, "%s/killed%d", dir, round);
		pid_t child = fork();
		if (child == 0) {
			struct registry *made;
			_exit(registry_open(fresh, REGISTRY_CREATE, &made, &e) == DONE ? 0 : 1);
		}
		usleep((useconds_t)(round * 400));
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		struct registry *opened;
		assert_done(registry_open(fresh, REGISTRY_CREATE, &opened, &e), &e);
		struct relay relay = relay_named("r1");
		assert_done(registry_add(opened, &relay_kind, &relay, &e), &e);
		registry_close(opened);
	}
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, make_registry, drop_registry)

static int count_hosts(void)
{
	int64_t count;
	assert_done(CALL(count, &host_kind, &count, &e), &e);
	return (int)count;
}

static void add_host(const char *name)
{
	struct host host;
	assert_done(row_standard(&host_kind, &host, &arena, &e), &e);
	host.name = name;
	assert_done(CALL(add, &host_kind, &host, &e), &e);
}

static void remove_file(const char *end)
{
	char name[80];
	snprintf(name, sizeof name, "%s%s", path, end);
	assert_int_equal(unlink(name), 0);
}

static void reopen(void)
{
	registry_close(r);
	assert_done(registry_open(path, REGISTRY_WRITE, &r, &e), &e);
}

static void a_removed_log_is_never_well(void **state)
{
	static const char *const ends[][2] = { { "-wal", "-shm" }, { "-wal", NULL }, { "-shm", NULL } };
	bool moved;
	(void)state;
	for (int i = 0; i < 3; i++) {
		char name[24];
		int before = count_hosts();
		snprintf(name, sizeof name, "before%d.example", i);
		assert_done(CALL(begin, &e), &e);
		add_host(name);
		assert_done(CALL(commit, &e), &e);
		assert_done(CALL(begin, &e), &e);
		snprintf(name, sizeof name, "within%d.example", i);
		add_host(name);
		for (int k = 0; k < 2 && ends[i][k] != NULL; k++)
			remove_file(ends[i][k]);
		assert_outcome(CALL(commit, &e), FAILED, &e);
		assert_non_null(strstr(e.text, "may be lost"));
		assert_outcome(CALL(news, &moved, &e), ABSENT, &e);
		reopen();
		if (i != 2) /* what was acknowledged before is saved */
			assert_true(count_hosts() >= before + 1);
		assert_done(CALL(news, &moved, &e), &e);
	}
}

static void another_file_in_its_place_is_never_well(void **state)
{
	char copy[80];
	(void)state;
	assert_done(CALL(begin, &e), &e);
	add_host("a.example");
	snprintf(copy, sizeof copy, "%s.copy", path);
	FILE *file = fopen(copy, "w");
	assert_non_null(file);
	fclose(file);
	assert_int_equal(rename(copy, path), 0);
	assert_outcome(CALL(commit, &e), FAILED, &e);
	assert_non_null(strstr(e.text, "replaced"));
}

int main(void)
{
	const struct CMUnitTest tests[] = { CASE(a_removed_log_is_never_well),
		CASE(another_file_in_its_place_is_never_well), CASE(durable_settings),
		CASE(a_misspelt_column_is_no_text),
		CASE(absent_registries_are_said_to_be_so), CASE(a_newer_one_is_refused),
		CASE(another_programs_database_is_left_alone), CASE(garbage_is_not_opened),
		CASE(only_what_is_answered_is_logged), CASE(secrets_are_not_in_the_log),
		CASE(pruned_changes_take_their_acts_along), CASE(movement_of_others_is_seen),
		CASE(a_file_gone_or_replaced_is_seen), CASE(a_kill_while_it_is_made_leaves_all_or_nothing) };
	return cmocka_run_group_tests_name("registry/sqlite", tests, NULL, NULL);
}
