/* SPDX-License-Identifier: BSD-2-Clause */
/* A fleet lives through some days, and each day is found again. */
#include "registry/history.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "registry/fleet.h"
#include "tests/unit/check.h"

enum { DAYS = 60, DAY = 86400, START = 1600000000 };

static char dir[32] = "/tmp/windsock-XXXXXX", path[64];
static struct registry *r;
static struct arena arena;
static sqlite3 *db;

static void sql(const char *statement)
{
	char *fault = NULL;
	if (sqlite3_exec(db, statement, NULL, NULL, &fault) != SQLITE_OK)
		fail_msg("%s: %s", statement, fault);
}

static int make_registry(void **state)
{
	struct error e;
	(void)state;
	snprintf(path, sizeof path, "%s/registry", mkdtemp(dir) == NULL ? "" : dir);
	int outcome = registry_open(path, REGISTRY_CREATE, &r, &e);
	if (outcome == DONE && sqlite3_open(path, &db) == SQLITE_OK)
		sqlite3_exec(db, "PRAGMA foreign_keys = ON; PRAGMA synchronous = OFF", NULL, NULL, NULL);
	return outcome;
}

static int drop_registry(void **state)
{
	char command[64];
	(void)state;
	sqlite3_close(db);
	registry_close(r);
	arena_free(&arena);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

/* What was changed just now was changed on that day. */
static void it_was(int day)
{
	char statement[200];
	snprintf(statement, sizeof statement, "UPDATE change SET at = %d WHERE at > %d", START + day * DAY,
		START + 1000 * DAY);
	sql(statement);
}

static struct fleet present(void)
{
	struct fleet fleet;
	size_t refused;
	struct error e;
	assert_done(registry_freeze(r, &e), &e);
	assert_done(registry_fleet(r, &arena, &fleet, &refused, &e), &e);
	registry_rollback(r);
	assert_int_equal(refused, 0);
	return fleet;
}

static int at(int64_t date, struct fleet *then, int64_t *revision, struct error *e)
{
	struct fleet now = present();
	assert_done(registry_freeze(r, e), e);
	int outcome = registry_fleet_at(r, &now, date, &arena, then, revision, e);
	registry_rollback(r);
	return outcome;
}

static void write_rows(const struct kind *kind, const void *rows, size_t count, struct text *out)
{
	for (size_t i = 0; i < count; i++) {
		const char *row = (const char *)rows + i * kind->size;
		for (const struct field *f = kind->fields; f < kind->fields + kind->count; f++) {
			bool logged = strcmp(f->name, "at") != 0 && strcmp(f->name, "load") != 0;
			text_addf(out, " %s=", f->name);
			if (logged && f->kind != FIELD_BLOB)
				field_write(f, row, out);
		}
		text_add(out, "\n");
	}
}

static char *written(const struct fleet *f)
{
	struct text out = { 0 };
	write_rows(&relay_kind, f->relays, f->relay_count, &out);
	write_rows(&observation_kind, f->observations, f->observation_count, &out);
	write_rows(&release_kind, f->releases, f->release_count, &out);
	write_rows(&pool_kind, f->pools, f->pool_count, &out);
	write_rows(&rule_kind, f->rules, f->rule_count, &out);
	char *copy = arena_text(&arena, out.bytes == NULL ? "" : out.bytes);
	text_free(&out);
	return copy;
}

static unsigned random_below(unsigned limit)
{
	static uint64_t seed = 4;
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % limit;
}

/* One thing that happens to a fleet. */
static void happen(int day)
{
	char s[400];
	unsigned i = random_below(5), j = random_below(3);
	switch (random_below(10)) {
	case 0:
	case 1:
		snprintf(s, sizeof s, "INSERT OR IGNORE INTO relay (name, addresses, port, state, tls, weight, since, note) "
			"VALUES ('r%u','192.0.2.%u',443,2,6,100,%d,'')", i, i + 1, START + day * DAY);
		break;
	case 2:
		snprintf(s, sizeof s, "DELETE FROM relay WHERE name = 'r%u' OR name = 'n%u'", i, i);
		break;
	case 3:
		snprintf(s, sizeof s, "UPDATE relay SET state = (state + 1) %% 5, since = %d WHERE name = 'r%u'",
			START + day * DAY, i);
		break;
	case 4:
		snprintf(s, sizeof s, "INSERT OR IGNORE INTO pool (label, state, tls, ttl, answers) "
			"VALUES ('fe4_05%u', 0, 0, 300, 8)", j);
		break;
	case 5:
		snprintf(s, sizeof s, "UPDATE pool SET size = %u, successor = 'fe4_05%u' WHERE label = 'fe4_05%u'", i,
			random_below(3), j);
		break;
	case 6:
		snprintf(s, sizeof s, "INSERT INTO rule SELECT label, name, %u, '' FROM pool, relay "
			"WHERE label = 'fe4_05%u' AND name = 'r%u' ON CONFLICT DO UPDATE SET verdict = excluded.verdict",
			random_below(2), j, i);
		break;
	case 7:
		snprintf(s, sizeof s, "INSERT INTO observation (relay, observer, health, tls, overloaded, load, at) "
			"SELECT name, 'o%u', %u, 2, 0, 0, 9 FROM relay WHERE name = 'r%u' ON CONFLICT DO UPDATE "
			"SET health = excluded.health", j, random_below(3), i);
		break;
	case 8:
		snprintf(s, sizeof s, "INSERT INTO release (product, version, pools, tls, families, ping, note) VALUES "
			"('p','%u','fe4_05%u',%u,2,2,'') ON CONFLICT DO UPDATE "
			"SET pools = excluded.pools, tls = excluded.tls", i, j, 1 + i);
		break;
	default:
		snprintf(s, sizeof s, "UPDATE relay SET name = 'n%u' WHERE name = 'r%u' "
			"AND NOT EXISTS (SELECT 1 FROM relay WHERE name = 'n%u') "
			"AND NOT EXISTS (SELECT 1 FROM rule WHERE relay = 'r%u') "
			"AND NOT EXISTS (SELECT 1 FROM observation WHERE relay = 'r%u')", i, i, i, i, i);
	}
	sql(s);
	it_was(day);
}

static void every_day_is_found_again(void **state)
{
	char *days[DAYS];
	size_t rows = 0;
	(void)state;
	for (int day = 0; day < DAYS; day++) {
		for (int n = 0; n < 4; n++)
			happen(day);
		struct fleet fleet = present();
		days[day] = written(&fleet);
		rows += fleet.relay_count + fleet.rule_count + fleet.observation_count;
	}
	assert_true(rows > DAYS * 3);
	for (int day = 0; day < DAYS; day++) {
		struct fleet then;
		int64_t revision;
		struct error e;
		assert_done(at(START + day * DAY + DAY / 2, &then, &revision, &e), &e);
		if (strcmp(written(&then), days[day]) != 0)
			fail_msg("day %d: found\n%s\nwas\n%s", day, written(&then), days[day]);
		assert_true(revision > 0);
		assert_int_equal(then.now, START + day * DAY + DAY / 2);
	}
}

static void the_revision_is_the_last_until_then(void **state)
{
	struct fleet then;
	struct error e;
	int64_t newest, found;
	(void)state;
	assert_done(registry_revision(r, &newest, &e), &e);
	assert_done(at(START + 2000 * (int64_t)DAY, &then, &found, &e), &e);
	assert_int_equal(found, newest);
	assert_done(at(START + DAY, &then, &found, &e), &e);
	assert_true(found < newest);
}

static void a_log_that_does_not_reach_back(void **state)
{
	struct fleet then;
	struct error e;
	int64_t found;
	(void)state;
	assert_outcome(at(START - 1, &then, &found, &e), ABSENT, &e);
	assert_says(e.text, "it begins at 2020-09-13T12:26:40Z");
	sql("INSERT INTO meta SELECT 'pruned', max(id) FROM change WHERE at <= 1600864000;"
		"DELETE FROM change WHERE at <= 1600864000");
	assert_outcome(at(START + DAY, &then, &found, &e), ABSENT, &e);
	assert_done(at(START + 30 * DAY, &then, &found, &e), &e);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(every_day_is_found_again),
		cmocka_unit_test(the_revision_is_the_last_until_then),
		cmocka_unit_test(a_log_that_does_not_reach_back) };
	return cmocka_run_group_tests_name("registry/history", tests, make_registry, drop_registry);
}
