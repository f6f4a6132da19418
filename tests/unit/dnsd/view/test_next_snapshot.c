/* SPDX-License-Identifier: BSD-2-Clause */
/* A snapshot in the making: zones kept, built, left out and refused, then served all at once; or not at all. */
#include "dnsd/view/next_snapshot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dnsd/view/load.h"
#include "lib/text.h"
#include "registry/registry.h"
#include "tests/unit/check.h"

static char folder[64], path[128];
static struct registry *r;
static struct loader loader;
static struct view view;
static struct next_snapshot next;
static struct arena arena;
static struct error e;

static void put(const struct kind *kind, const void *row)
{
	assert_done(registry_begin(r, &e), &e);
	assert_done(registry_put(r, kind, row, &e), &e);
	assert_done(registry_commit(r, &e), &e);
}

static struct zone zone_of(const char *name)
{
	struct zone zone;
	assert_done(row_standard(&zone_kind, &zone, &arena, &e), &e);
	zone.name = name;
	zone.primary = "ns1.b5p.us";
	zone.contact = "hostmaster.b5p.us";
	return zone;
}

static void put_zone(const char *name)
{
	struct zone zone = zone_of(name);
	put(&zone_kind, &zone);
}

static void put_address(const char *zone, const char *owner, const char *four)
{
	const struct record record = { .zone = zone, .owner = owner, .type = TYPE_A, .ttl = 60, .rdata = { four, 4 } };
	put(&record_kind, &record);
}

static void take_out_zone(const char *name)
{
	const struct zone zone = { .name = name };
	assert_done(registry_begin(r, &e), &e);
	assert_done(registry_remove(r, &zone_kind, &zone, &e), &e);
	assert_done(registry_commit(r, &e), &e);
}

static int set_up(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/windsock-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/registry", folder);
	assert_done(registry_open(path, REGISTRY_CREATE, &r, &e), &e);
	put_zone("b.example");
	put_zone("d.example");
	view = (struct view){ 0 };
	loader = (struct loader){ .path = path, .catalog = "cat.invalid", .view = &view, .key_directory = folder };
	assert_done(loader_start(&loader, &e), &e);
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

static void begin(size_t more)
{
	assert_done(next_begin(&next, &loader, more, &e), &e);
}

static void rebuild(const char *name)
{
	assert_done(next_rebuild(&next, name, &e), &e);
}

static void publish(void)
{
	assert_done(next_publish(&next, &e), &e);
	next_end(&next);
}

/* The zones that are served, as "b.example d.example ". */
static void serves(const char *zones)
{
	struct text all = { 0 };
	char name[NAME_TEXT];
	const struct snapshot *s = view_snapshot(&view);
	for (size_t i = 0; i < s->zone_count; i++) {
		name_write(s->zones[i]->name.wire, name);
		text_addf(&all, "%s ", name);
		assert_ptr_equal(snapshot_find(s, s->zones[i]->name.wire, s->zones[i]->name.size), s->zones[i]);
	}
	assert_string_equal(all.bytes, zones);
	text_free(&all);
}

static const struct zone_view *served(const char *name)
{
	struct name wire;
	assert_done(name_read(name, &wire, &e), &e);
	return snapshot_find(view_snapshot(&view), wire.wire, wire.size);
}

static void what_was_not_touched_stays_as_it_is(void **state)
{
	(void)state;
	const struct zone_view *b = served("b.example"), *d = served("d.example");
	put_address("d.example", "www.d.example", "\300\0\2\1");
	begin(1);
	rebuild("d.example");
	assert_ptr_equal(served("d.example"), d); /* nothing is served before it is published */
	publish();
	serves("b.example d.example ");
	assert_ptr_equal(served("b.example"), b);
	assert_ptr_not_equal(served("d.example"), d);
	assert_int_equal(served("b.example")->holders, 1);
	take_out_zone("d.example");
	begin(1);
	rebuild("d.example");
	publish();
	begin(0);
	publish();
	serves("b.example ");
	assert_ptr_equal(served("b.example"), b);
}

static void zones_come_and_go_in_their_order(void **state)
{
	(void)state;
	static const char *const fresh[] = { "e.example", "a.example", "c.example" };
	begin(COUNT_OF(fresh));
	for (size_t i = 0; i < COUNT_OF(fresh); i++) {
		put_zone(fresh[i]);
		rebuild(fresh[i]);
	}
	publish();
	serves("a.example b.example c.example d.example e.example ");
	begin(4);
	static const char *const gone[] = { "c.example", "a.example", "e.example", "never.example" };
	for (size_t i = 0; i < COUNT_OF(gone); i++) {
		if (i < 3)
			take_out_zone(gone[i]);
		rebuild(gone[i]);
	}
	publish();
	serves("b.example d.example ");
}

/* Who builds a zone twice, or leaves out what was just built, leaks nothing and frees nothing twice. */
static void a_zone_may_change_again_before_it_is_served(void **state)
{
	(void)state;
	put_zone("c.example");
	begin(2);
	rebuild("c.example");
	put_address("c.example", "www.c.example", "\300\0\2\1");
	rebuild("c.example");
	rebuild("b.example");
	rebuild("b.example");
	take_out_zone("c.example");
	rebuild("c.example");
	publish();
	serves("b.example d.example ");
}

static void what_is_not_published_is_as_if_it_never_was(void **state)
{
	(void)state;
	const struct snapshot *before = view_snapshot(&view);
	put_zone("c.example");
	begin(2);
	rebuild("c.example");
	rebuild("b.example");
	next_end(&next);
	assert_ptr_equal(view_snapshot(&view), before);
	serves("b.example d.example ");
}

/* Rows that cannot be served are counted, the first one's reason is kept, and all others are served. */
static void rows_that_cannot_be_served_are_counted(void **state)
{
	(void)state;
	put_address("b.example", "www.elsewhere.test", "\300\0\2\1");
	put_address("b.example", "www.b.example", "\300\0\2\1");
	put_address("d.example", "zzz.elsewhere.test", "\300\0\2\1");
	begin(2);
	rebuild("b.example");
	rebuild("d.example");
	const struct zone odd = { .name = "a..b", .primary = "ns1.b5p.us", .contact = "hostmaster.b5p.us" };
	struct zone_view *zone = &(struct zone_view){ 0 };
	assert_done(next_zone(&next, &odd, &zone, &e), &e);
	assert_null(zone);
	assert_int_equal(next.refused, 3);
	assert_says(next.first.text, "www.elsewhere.test");
	publish();
	assert_int_equal(loader.refused, 3);
	serves("b.example d.example ");
	begin(0); /* counted anew each time */
	publish();
	assert_int_equal(loader.refused, 0);
}

static bool catalog_changed(void)
{
	return atomic_load(&view_snapshot(&view)->catalog->changed);
}

static void tell_of_the_catalog(void)
{
	atomic_store(&view_snapshot(&view)->catalog->changed, false);
}

/* The catalog's secondaries are told when zones came or went, and of nothing else. */
static void the_catalog_changes_with_the_list_of_zones(void **state)
{
	(void)state;
	begin(1);
	rebuild("b.example");
	publish();
	assert_true(catalog_changed()); /* still: nobody has told them of the first one */
	tell_of_the_catalog();
	begin(1);
	rebuild("b.example");
	publish();
	assert_false(catalog_changed());
	put_zone("e.example");
	begin(1);
	rebuild("e.example");
	publish();
	assert_true(catalog_changed());
	tell_of_the_catalog();
	take_out_zone("e.example");
	put_zone("a.example");
	begin(2);
	rebuild("e.example"); /* as many as before, but others */
	rebuild("a.example");
	publish();
	assert_true(catalog_changed());
	loader.catalog = "";
	begin(0);
	publish();
	assert_null(view_snapshot(&view)->catalog);
}

/* Trouble at the last moment: what is served stays, and what was built for the new one goes. */
static void trouble_leaves_what_is_served(void **state)
{
	(void)state;
	const struct snapshot *before = view_snapshot(&view);
	put_zone("c.example");
	begin(2);
	rebuild("c.example");
	rebuild("b.example");
	loader.catalog = "no..name";
	assert_true(next_publish(&next, &e) != DONE);
	next_end(&next);
	assert_ptr_equal(view_snapshot(&view), before);
	serves("b.example d.example ");
	loader.catalog = "cat.invalid";
	begin(1);
	rebuild("c.example");
	publish();
	serves("b.example c.example d.example ");
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = { CASE(what_was_not_touched_stays_as_it_is), CASE(zones_come_and_go_in_their_order),
		CASE(a_zone_may_change_again_before_it_is_served), CASE(what_is_not_published_is_as_if_it_never_was),
		CASE(rows_that_cannot_be_served_are_counted), CASE(the_catalog_changes_with_the_list_of_zones),
		CASE(trouble_leaves_what_is_served) };
	return cmocka_run_group_tests_name("dnsd/view/next_snapshot", tests, NULL, NULL);
}
