/* SPDX-License-Identifier: BSD-2-Clause */
/* How many clients each release is taken to have, from what relays told of their sessions. */
#include "tests/unit/updater/house.h"

#include <unistd.h>

#include "lib/clock.h"
#include "registry/telemetry.h"
#include "steering/steering.h"
#include "updater/census.h"

static char path[80];

static void tell_at(const char *relay, int64_t ago, const struct telemetry_sessions *list, size_t count)
{
	struct telemetry *t;
	assert_done(telemetry_open(path, house_path, 1000, &t, &house_error), &house_error);
	assert_done(telemetry_begin(t, &house_error), &house_error);
	assert_done(telemetry_put_sessions(t, relay, steering_day(clock_date()) - ago, list, count, &house_error), &house_error);
	assert_done(telemetry_commit(t, &house_error), &house_error);
	telemetry_close(t);
}

#define TELL(relay, ago, ...) tell_at(relay, ago, (const struct telemetry_sessions[]){ __VA_ARGS__ }, \
	sizeof((const struct telemetry_sessions[]){ __VA_ARGS__ }) / sizeof(struct telemetry_sessions))

static void take(void)
{
	house_begin();
	assert_done(census_take(&house->transaction, house->settings.telemetry, &house_error), &house_error);
	assert_done(registry_commit(house->access.registry, &house_error), &house_error);
}

static int64_t clients(const char *version)
{
	char statement[100];
	snprintf(statement, sizeof statement, "SELECT clients FROM release WHERE version = '%s'", version);
	return house_number(statement);
}

static int begin(void **state)
{
	(void)state;
	snprintf(path, sizeof path, "%s.telemetry", house_path);
	unlink(path);
	house->settings.telemetry = path;
	house_sql("INSERT OR REPLACE INTO release (product, version, pools, tls, families, ping) VALUES "
		  "('p', '1.5.2', 'fe4_152', 8, 2, 2), ('p', '0.9', 'fe4_090', 8, 2, 2),"
		  "('lib', '0.91+new', 'fe4_091c', 8, 2, 2), ('lib', '0.91+old', 'fe4_091c', 2, 2, 2)");
	return 0;
}

static void sessions_are_counted(void **state)
{
	(void)state;
	TELL("r1", 0, { .version = "1.5.2.201011", .sessions = 30 }, { .version = "0.91", .sessions = 8 },
		{ .version = "elsewhere", .sessions = 900 });
	TELL("r2", 0, { .version = "1.5.2", .sessions = 12 });
	take();
	assert_int_equal(clients("1.5.2"), 42); /* of all relays, by the release's own builds */
	assert_int_equal(clients("0.91+new"), 4); /* a version is all that a client tells: builds share it */
	assert_int_equal(clients("0.91+old"), 4);
	assert_int_equal(clients("0.9"), 0); /* no prefix of a number is its release */
	assert_int_equal(house_number("SELECT count(*) FROM change JOIN act ON act.id = act WHERE verb = 'clients counted'"), 3);
}

static void small_changes_are_not_written(void **state)
{
	(void)state;
	TELL("r1", 0, { .version = "1.5.2", .sessions = 100 });
	take();
	int64_t before = house_number("SELECT max(id) FROM change");
	TELL("r1", 0, { .version = "1.5.2", .sessions = 110 });
	take();
	assert_int_equal(clients("1.5.2"), 100);
	assert_int_equal(house_number("SELECT max(id) FROM change"), before);
	TELL("r1", 0, { .version = "1.5.2", .sessions = 111 });
	take();
	assert_int_equal(clients("1.5.2"), 111);
	TELL("r1", 0, { .version = "0.9", .sessions = 1 });
	take();
	assert_int_equal(clients("1.5.2"), 0);
	assert_int_equal(clients("0.9"), 1);
}

static void who_does_not_tell_changes_nothing(void **state)
{
	(void)state;
	TELL("r1", 0, { .version = "1.5.2", .sessions = 100 });
	take();
	int64_t before = house_number("SELECT max(id) FROM change");
	unlink(path);
	take(); /* no file */
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs("this is no database, and longer than a header of one would be: so many octets, and more of them, at least "
		"a hundred", file);
	fclose(file);
	take();
	unlink(path);
	TELL("r1", 2, { .version = "0.9", .sessions = 7 }); /* two days ago: too old a word */
	take();
	assert_int_equal(clients("1.5.2"), 100);
	assert_int_equal(house_number("SELECT max(id) FROM change"), before);
	TELL("r1", 1, { .version = "0.9", .sessions = 7 });
	take();
	assert_int_equal(clients("0.9"), 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test_setup(sessions_are_counted, begin),
		cmocka_unit_test_setup(small_changes_are_not_written, begin),
		cmocka_unit_test_setup(who_does_not_tell_changes_nothing, begin) };
	return cmocka_run_group_tests_name("updater/census", tests, house_open, house_close);
}
