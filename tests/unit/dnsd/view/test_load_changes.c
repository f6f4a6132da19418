/* SPDX-License-Identifier: BSD-2-Clause */
/* Hosts that a writer says have changed, as octets that may be anything; and a registry that cannot be read. */
#include "dnsd/view/load_changes.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dnsd/view/load.h"
#include "link/host_changes.h"
#include "tests/unit/check.h"

static char folder[64], path[128];
static struct registry *r;
static struct loader loader;
static struct view view;
static struct host_changes said;
static struct arena arena;
static struct error e;

static void put_host(const char *name)
{
	struct host host;
	assert_done(row_standard(&host_kind, &host, &arena, &e), &e);
	host.name = name;
	host.addresses = "192.0.2.7";
	assert_done(registry_begin(r, &e), &e);
	assert_done(registry_put(r, &host_kind, &host, &e), &e);
	assert_done(registry_commit(r, &e), &e);
}

static int set_up(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/windsock-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/registry", folder);
	assert_done(registry_open(path, REGISTRY_CREATE, &r, &e), &e);
	put_host("h.b5p.us");
	view = (struct view){ 0 };
	loader = (struct loader){ .path = path, .catalog = "", .view = &view, .key_directory = folder };
	assert_done(loader_start(&loader, &e), &e);
	assert_int_equal(view.hosts->count, 1);
	said = (struct host_changes){ 0 };
	return 0;
}

static int tear_down(void **state)
{
	char command[96];
	(void)state;
	loader_reclaim(&loader);
	loader_stop(&loader);
	registry_close(r);
	arena_free(&arena);
	arena = (struct arena){ 0 };
	snprintf(command, sizeof command, "rm -r %s", folder);
	return system(command);
}

static void say(const char *name, const char *addresses)
{
	const struct host host = { .name = name, .addresses = addresses, .ttl = 60 };
	host_changes_add(&said, &host);
	assert_false(said.broken);
}

/* Whether it is taken, as leading from where we stand to REVISIONS further. */
static bool hear(int64_t from, int64_t revisions, size_t size)
{
	uint8_t *exact = malloc(size + 1); /* what is read behind the octets is seen */
	assert_non_null(exact);
	memcpy(exact, said.octets, size);
	bool taken = load_host_changes(&loader, loader.revision + from, loader.revision + from + revisions, exact, size);
	free(exact);
	return taken;
}

static void several_are_taken_at_once(void **state)
{
	int64_t before = loader.revision;
	(void)state;
	say("a.b5p.us", "192.0.2.1");
	say("b.b5p.us", "192.0.2.1 2001:db8::1");
	say("h.b5p.us", "192.0.2.9");
	assert_true(hear(0, 3, said.size));
	assert_int_equal(loader.revision, before + 3);
	assert_int_equal(view.serial, (uint32_t)(before + 3));
	assert_int_equal(view.hosts->count, 3);
}

static void what_does_not_lead_on_is_left(void **state)
{
	int64_t before = loader.revision;
	(void)state;
	say("a.b5p.us", "192.0.2.1");
	say("b.b5p.us", "192.0.2.1");
	assert_false(hear(0, 1, said.size));
	assert_false(hear(0, 3, said.size));
	assert_false(hear(-1, 2, said.size)); /* of these, we have one */
	assert_false(hear(1, 2, said.size));
	assert_false(hear(0, 0, 0));
	strcpy(loader.trouble, "the disk is full");
	assert_false(hear(0, 2, said.size)); /* who is in trouble asks the registry */
	loader.trouble[0] = '\0';
	assert_int_equal(loader.revision, before);
	assert_int_equal(view.hosts->count, 1);
	assert_true(hear(0, 2, said.size));
}

/* Not one host of a list that is not whole is taken. */
static void no_part_of_broken_octets_is_taken(void **state)
{
	int64_t before = loader.revision;
	(void)state;
	say("a.b5p.us", "192.0.2.1");
	size_t first = said.size;
	say("b.b5p.us", "192.0.2.1");
	for (size_t size = 0; size < said.size; size++) {
		if (size != first)
			assert_false(hear(0, 1, size));
		assert_false(hear(0, 2, size));
	}
	assert_int_equal(loader.revision, before);
	assert_int_equal(view.hosts->count, 1);
}

/* The view stands where the registry stands, and of the hosts that it has, those are served that can be. */
static void a_host_that_cannot_be_served_hinders_no_other(void **state)
{
	int64_t before = loader.revision;
	(void)state;
	say("a..b5p.us", "192.0.2.1");
	say("b.b5p.us", "192.0.2.1");
	assert_true(hear(0, 2, said.size));
	assert_int_equal(loader.revision, before + 2);
	assert_int_equal(view.hosts->count, 2);
}

static void a_registry_that_is_broken_moves_nothing(void **state)
{
	int64_t before = loader.revision;
	(void)state;
	put_host("a.b5p.us");
	sqlite3 *db;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA foreign_keys = 0; DROP TABLE host", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	e.text[0] = '\0';
	assert_outcome(load_changes(&loader, &e), FAILED, &e);
	assert_says(e.text, path);
	assert_int_equal(loader.revision, before);
	assert_int_equal(view.hosts->count, 1); /* its absence from a table that is not there is no removal */
}

static void nothing_new_is_no_trouble(void **state)
{
	int64_t before = loader.revision;
	(void)state;
	assert_done(load_changes(&loader, &e), &e);
	assert_int_equal(loader.revision, before);
	put_host("a.b5p.us");
	assert_done(load_changes(&loader, &e), &e);
	assert_int_equal(loader.revision, before + 1);
	assert_int_equal(view.hosts->count, 2);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = { CASE(several_are_taken_at_once), CASE(what_does_not_lead_on_is_left),
		CASE(no_part_of_broken_octets_is_taken), CASE(a_host_that_cannot_be_served_hinders_no_other),
		CASE(a_registry_that_is_broken_moves_nothing), CASE(nothing_new_is_no_trouble) };
	return cmocka_run_group_tests_name("dnsd/view/load_changes", tests, NULL, NULL);
}
