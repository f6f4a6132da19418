/* SPDX-License-Identifier: BSD-2-Clause */
/* RRs gathered to RRsets: one TTL each, no RRset in parts, and of changes those alone that changed. Random registries are in
 * test_content.c. */
#include "zone/rrsets.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text.h"
#include "registry/statement.h"
#include "tests/unit/check.h"
#include "wire/type.h"
#include "zone/content.h"

static char dir[32], path[64];
static struct registry *r;
static struct error e;
static struct text given;
static struct rr_list pools;
static const struct zone zone = { "z.example", "ns.z.example", "x.z.example", 60, 9, 9, 9, 9, 0 };

static void sql(const char *statement)
{
	char *fault = NULL;
	if (sqlite3_exec(((struct sqlite_registry *)(void *)r)->db, statement, NULL, NULL, &fault) != SQLITE_OK)
		fail_msg("%s: %s", statement, fault);
}

static int open_all(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/windsock-XXXXXX");
	snprintf(path, sizeof path, "%s/registry", mkdtemp(dir) == NULL ? "" : dir);
	if (registry_open(path, REGISTRY_CREATE, &r, &e) != DONE)
		return -1;
	assert_done(registry_add(r, &zone_kind, &zone, &e), &e);
	sql("INSERT INTO record (zone, owner, type, rdata, ttl) VALUES ('z.example', 'z.example', 2, x'016e00', 300), "
	    "('z.example', 't.z.example', 16, x'0161', 60), ('z.example', 't.z.example', 16, x'0162', 30), "
	    "('z.example', 't.z.example', 1, x'c0000201', 90); INSERT INTO host (name, addresses) VALUES ('h.z.example', '192.0.2.1 192.0.2.2')");
	return 0;
}

static int close_all(void **state)
{
	char command[64];
	(void)state;
	registry_close(r);
	text_free(&given);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

/* Owner, type, how many octets of RDATAs with their lengths, TTL. */
static int take(const struct zone_rrset *set, void *context, struct error *error)
{
	char owner[NAME_TEXT], type[12];
	(void)context;
	(void)error;
	name_write(set->owner.wire, owner);
	type_write(set->type, type);
	text_addf(&given, "%s%s %s %zu", given.length == 0 ? "" : "; ", owner, type, set->rdatas.size);
	if (set->rdatas.size > 0)
		text_addf(&given, " /%u", set->ttl);
	return DONE;
}

static void gave(int outcome, const char *wanted)
{
	assert_done(outcome, &e);
	assert_string_equal(given.bytes == NULL ? "" : given.bytes, wanted);
	text_free(&given);
	given = (struct text){ 0 };
}

static int64_t revision(void)
{
	int64_t now;
	assert_done(registry_revision(r, &now, &e), &e);
	return now;
}

static void a_zone_comes_as_whole_rrsets(void **state)
{
	(void)state;
	gave(zone_content_rrsets(r, &zone, &pools, take, NULL, &e), "z.example NS 5 /300; t.z.example A 6 /90; t.z.example TXT 8 /30; "
		"h.z.example A 12 /60; *.h.z.example A 12 /60"); /* RFC 2181 section 5.2: the least TTL */
	sql("DELETE FROM record; DELETE FROM host");
	gave(zone_content_rrsets(r, &zone, &pools, take, NULL, &e), "");
}

static void what_changed_comes_as_it_is_now(void **state)
{
	int64_t since = revision();
	(void)state;
	gave(zone_content_changed(r, &zone, since, &pools, &pools, take, NULL, &e), "");
	sql("UPDATE record SET ttl = 20 WHERE rdata = x'0161'");
	gave(zone_content_changed(r, &zone, since, &pools, &pools, take, NULL, &e), "t.z.example TXT 8 /20");
	sql("DELETE FROM record WHERE type = 16; UPDATE host SET addresses = '192.0.2.1'");
	gave(zone_content_changed(r, &zone, since, &pools, &pools, take, NULL, &e),
		"h.z.example A 6 /60; *.h.z.example A 6 /60; t.z.example TXT 0"); /* gone */
	sql("INSERT INTO zone SELECT 'k.z.example', \"primary\", contact, ttl, refresh, retry, expire, minimum, 0 FROM zone");
	assert_outcome(zone_content_changed(r, &zone, since, &pools, &pools, take, NULL, &e), ABSENT, &e); /* what is below is its own */
}

static int stop(const struct zone_rrset *set, void *context, struct error *error)
{
	(void)set;
	++*(int *)context;
	return fail(error, FAILED, "no room");
}

static void whoever_has_enough_ends_it(void **state)
{
	int count = 0;
	int64_t since = revision();
	(void)state;
	assert_outcome(zone_content_rrsets(r, &zone, &pools, stop, &count, &e), FAILED, &e);
	assert_int_equal(count, 1);
	sql("UPDATE record SET ttl = 20");
	assert_outcome(zone_content_changed(r, &zone, since, &pools, &pools, stop, &count, &e), FAILED, &e);
	assert_int_equal(count, 2);
	assert_string_equal(e.text, "no room");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_all, close_all)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(a_zone_comes_as_whole_rrsets), TEST(what_changed_comes_as_it_is_now),
		TEST(whoever_has_enough_ends_it) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
