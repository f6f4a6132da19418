/* SPDX-License-Identifier: BSD-2-Clause */
/* The catalog zone as secondaries of RFC 9432 read it. */
#include "zone/catalog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text.h"
#include "tests/unit/check.h"
#include "wire/type.h"

static char dir[32], path[64];
static struct registry *r;
static struct error e;

static int open_all(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/windsock-XXXXXX");
	snprintf(path, sizeof path, "%s/registry", mkdtemp(dir) == NULL ? "" : dir);
	return registry_open(path, REGISTRY_CREATE, &r, &e);
}

static int close_all(void **state)
{
	char command[64];
	(void)state;
	registry_close(r);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

static void add_zone(const char *name)
{
	const struct zone zone = { name, "ns.z.example", "x.z.example", 60, 9, 9, 9, 9, 0 };
	assert_done(registry_add(r, &zone_kind, &zone, &e), &e);
}

/* Lines of owner, type, and the name or octets of the RDATA. */
static int show(const struct zone_rr *rr, void *context, struct error *error)
{
	char owner[NAME_TEXT], type[12], name[NAME_TEXT];
	struct text *out = context;
	(void)error;
	name_write(rr->owner->wire, owner);
	type_write(rr->type, type);
	assert_int_equal(rr->ttl, 0);
	if (rr->type == TYPE_TXT)
		snprintf(name, sizeof name, "%.*s", rr->rdata[0], (const char *)rr->rdata + 1);
	else
		name_write(rr->rdata, name);
	text_addf(out, "%s %s %s\n", owner, type, name);
	return DONE;
}

static struct text listed;

static const char *walk(void)
{
	text_free(&listed);
	listed = (struct text){ 0 };
	assert_done(catalog_walk(r, "cat.example", show, &listed, &e), &e);
	return listed.bytes;
}

static void it_says_what_it_is(void **state)
{
	(void)state;
	assert_string_equal(walk(), "cat.example NS invalid\nversion.cat.example TXT 2\n"); /* sections 4.1 and 4.2.1 */
	struct zone row = catalog_row("cat.example");
	assert_done(row_check(&zone_kind, &row, &e), &e);
	struct record ns = catalog_ns("cat.example");
	assert_done(row_check(&record_kind, &ns, &e), &e);
	assert_int_equal(ns.rdata.size, sizeof "\7invalid");
}

/* The part of the list from a zone's member on, its owner without the catalog's name. */
static void member_of(const char *zone, char label[17])
{
	char wanted[NAME_TEXT + 8];
	snprintf(wanted, sizeof wanted, " PTR %s\n", zone);
	const char *at = strstr(walk(), wanted);
	assert_non_null(at);
	while (at > listed.bytes && at[-1] != '\n')
		at--;
	memcpy(label, at, 16);
	label[16] = '\0';
	assert_int_equal(strspn(label, "0123456789abcdef"), 16);
	assert_int_equal(strncmp(at + 16, ".zones.cat.example PTR ", 23), 0);
}

/* Section 4.1: another label would be another zone, whose state a secondary drops. */
static void a_member_keeps_its_label(void **state)
{
	char first[17], again[17], other[17];
	(void)state;
	add_zone("z.example");
	member_of("z.example", first);
	add_zone("a.example");
	add_zone("zz.example");
	member_of("z.example", again);
	assert_string_equal(first, again);
	member_of("a.example", other);
	assert_string_not_equal(first, other);
	struct zone gone = { .name = "z.example" };
	assert_done(registry_remove(r, &zone_kind, &gone, &e), &e);
	assert_null(strstr(walk(), "PTR z.example\n"));
	add_zone("z.example");
	member_of("z.example", again);
	assert_string_equal(first, again);
}

static int stop(const struct zone_rr *rr, void *context, struct error *error)
{
	int *left = context;
	(void)rr;
	return --*left > 0 ? DONE : fail(error, FAILED, "no room");
}

static void whoever_has_enough_ends_it(void **state)
{
	(void)state;
	add_zone("z.example");
	for (int i = 1; i <= 3; i++) {
		int left = i;
		assert_outcome(catalog_walk(r, "cat.example", stop, &left, &e), FAILED, &e);
		assert_string_equal(e.text, "no room");
		assert_int_equal(left, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(it_says_what_it_is, open_all, close_all),
		cmocka_unit_test_setup_teardown(a_member_keeps_its_label, open_all, close_all),
		cmocka_unit_test_setup_teardown(whoever_has_enough_ends_it, open_all, close_all),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	text_free(&listed);
	return failed;
}
