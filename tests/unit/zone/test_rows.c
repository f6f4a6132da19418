/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows of the registry as RRs, one by one, hostile ones among them. Whole random registries are in test_content.c. */
#include "zone/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text.h"
#include "tests/unit/check.h"
#include "wire/type.h"
#include "zone/form.h"

static char dir[32], path[64];
static struct registry *r;
static struct error e;
static struct text given;
static struct zone_rows rows;
static struct zone zone;

static int take(const struct zone_rr *rr, void *context, struct error *error)
{
	char owner[NAME_TEXT], type[12];
	(void)context;
	(void)error;
	name_write(rr->owner->wire, owner);
	type_write(rr->type, type);
	text_addf(&given, "%s%s %s", given.length == 0 ? "" : "; ", owner, type);
	if (rr->type == TYPE_A || rr->type == TYPE_TXT)
		text_addf(&given, " %u", rr->length == 0 ? 0 : rr->rdata[rr->length - 1]);
	return DONE;
}

static void put_host(const char *name)
{
	struct arena arena = { 0 };
	struct host host;
	assert_done(row_standard(&host_kind, &host, &arena, &e), &e);
	host.name = name;
	assert_done(registry_add(r, &host_kind, &host, &e), &e);
	arena_free(&arena);
}

static int open_all(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/windsock-XXXXXX");
	snprintf(path, sizeof path, "%s/registry", mkdtemp(dir) == NULL ? "" : dir);
	if (registry_open(path, REGISTRY_CREATE, &r, &e) != DONE)
		return -1;
	const struct zone below = { "k.z.example", "ns.z.example", "x.z.example", 60, 9, 9, 9, 9, 0 };
	const struct pool pool = { .label = "fe", .note = "", .ttl = 60, .answers = 1, .least = 1, .roster = "", .successor = "",
		.paused = "" };
	zone = (struct zone){ "z.example", "ns.z.example", "x.z.example", 60, 9, 9, 9, 9, 0 };
	assert_done(registry_add(r, &zone_kind, &zone, &e), &e);
	assert_done(registry_add(r, &zone_kind, &below, &e), &e);
	assert_done(registry_add(r, &pool_kind, &pool, &e), &e);
	put_host("h.z.example");
	return 0;
}

static int close_all(void **state)
{
	char command[64];
	(void)state;
	zone_rows_end(&rows);
	rows = (struct zone_rows){ 0 };
	registry_close(r);
	text_free(&given);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

static void begin(bool whole)
{
	rows = (struct zone_rows){ .registry = r, .zone = &zone, .take = take };
	assert_done(zone_rows_begin(&rows, whole, &e), &e);
}

static void record(const char *owner, int64_t type, const char *rdata, size_t size)
{
	const struct record row = { "z.example", owner, type, 60, { rdata, size } };
	assert_done(zone_rows_record(&rows, &row, &e), &e);
}

static void host(const char *name, const char *addresses, int64_t suspended)
{
	const struct host row = { .name = name, .account = "", .addresses = addresses, .ttl = 60, .suspended = suspended };
	assert_done(zone_rows_host(&rows, &row, &e), &e);
}

/* What was given since. */
static void gave(const char *wanted)
{
	assert_done(zone_rows_flush(&rows, &e), &e);
	assert_string_equal(given.bytes == NULL ? "" : given.bytes, wanted);
	text_free(&given);
	given = (struct text){ 0 };
}

static void a_hosts_addresses_are_those_of_all_below_it(void **state)
{
	(void)state;
	begin(true);
	host("a.z.example", "2001:db8::1 192.0.2.7", 0);
	gave("a.z.example A 7; a.z.example AAAA; *.a.z.example A 7; *.a.z.example AAAA");
	host("a.z.example", "192.0.2.7", 1); /* suspended */
	gave("");
	host("a.z.example", "", 0);
	gave("");
	host("fe.z.example", "192.0.2.7", 0); /* a pool's label owns its addresses, but what is below is the host's */
	gave("*.fe.z.example A 7");
}

static void what_is_not_the_zones_is_left_out(void **state)
{
	static const char *const no[] = { "z.example", "a.k.z.example", "k.z.example", "a.example", "az.example", "example", "",
		"a..z.example", "no name.z.example" };
	(void)state;
	begin(true);
	for (size_t i = 0; i < COUNT_OF(no); i++)
		host(no[i], "192.0.2.7", 0);
	gave("");
	host("a.z.example", "no address", 0);
	gave("");
}

static void rows_that_cannot_be_served_are_left_out(void **state)
{
	(void)state;
	begin(true);
	record("a.z.example", TYPE_SOA, "\0\0", 2);
	record("a.z.example", TYPE_A, "\1\2\3", 3);
	record("a.z.example", TYPE_A, "\1\2\3\4\5", 5);
	record("a.z.example", TYPE_MX, "\0\1\77", 3); /* a name that is cut off */
	record("a.z.example", 0, "", 0);
	record("a.z.example", 65536, "", 0);
	record("no..name", TYPE_TXT, "\1a", 2);
	record("b.example", TYPE_TXT, "\1a", 2);
	record("a.z.example", TYPE_TXT, "\1a", 2);
	gave("a.z.example TXT 97");
	record("a.z.example", 65280, "", 0); /* opaque, and empty */
	gave("a.z.example TYPE65280");
}

static void names_come_together_and_once(void **state)
{
	(void)state;
	begin(true);
	record("a.z.example", TYPE_MX, "\0\1\1x\0", 5);
	record("a.z.example", TYPE_MX, "\0\1\1X\0", 5); /* names in RDATA have no case */
	record("a.z.example", TYPE_TXT, "\1a", 2);
	assert_int_equal(given.length, 0); /* not before another name's come */
	record("b.z.example", TYPE_CNAME, "\1x\0", 3);
	record("b.z.example", TYPE_CNAME, "\1y\0", 3); /* there is one */
	record("b.z.example", TYPE_CNAME, "\1z\0", 3);
	gave("a.z.example MX; a.z.example TXT 97; b.z.example CNAME");
	record("h.z.example", TYPE_A, "\1\2\3\4", 4); /* the host's addresses stand there */
	record("h.z.example", TYPE_TXT, "\1a", 2);
	record("*.h.z.example", TYPE_TXT, "\1a", 2); /* a host answers for all below */
	record("fe.z.example", TYPE_A, "\1\2\3\4", 4);
	gave("h.z.example TXT 97");
}

static void keys_of_others_are_none_of_a_signed_zones(void **state)
{
	(void)state;
	begin(true);
	record("z.example", TYPE_DNSKEY, "\1\1\3\17x", 5);
	gave("z.example DNSKEY");
	zone.signed_ = ZONE_SIGNED;
	record("z.example", TYPE_DNSKEY, "\1\1\3\17x", 5);
	gave("");
}

/* RFC 6672 section 2.4, whether all DNAMEs are known or each is asked for. */
static void nothing_is_given_below_a_dname(void **state)
{
	const struct record dname = { "z.example", "d.z.example", TYPE_DNAME, 60, { "\1x", 3 } };
	struct name label = { 3, "\2fe" };
	const struct zone_rr pool = { &label, TYPE_A, 4, 60, (const uint8_t *)"\1\2\3\4" };
	(void)state;
	assert_done(registry_add(r, &record_kind, &dname, &e), &e);
	for (int whole = 0; whole < 2; whole++) {
		zone_rows_end(&rows);
		begin(whole != 0);
		record("d.z.example", TYPE_DNAME, "\1x", 3);
		record("a.d.z.example", TYPE_TXT, "\1a", 2);
		record("b.a.d.z.example", TYPE_TXT, "\1a", 2);
		host("a.d.z.example", "192.0.2.7", 0);
		host("d.z.example", "192.0.2.7", 0);
		gave("d.z.example DNAME; d.z.example A 7");
		label.size = 4;
		assert_done(zone_rows_pool(&rows, &pool, &e), &e);
		gave("fe.z.example A 4");
	}
}

static void what_a_name_is(void **state)
{
	static const struct {
		const char *name;
		bool host;
		unsigned form;
	} names[] = {
		{ "z.example", true, FORM_APEX }, { "fe.z.example", true, FORM_POOL }, { "h.z.example", true, FORM_HOST },
		{ "h.z.example", false, 0 }, { "*.h.z.example", false, FORM_WILDCARD | FORM_HOST }, { "*.z.example", true, FORM_WILDCARD },
		{ "fee.z.example", true, 0 }, { "x.fe.z.example", true, 0 },
	};
	(void)state;
	begin(false);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct name name;
		unsigned form;
		assert_done(name_read(names[i].name, &name, &e), &e);
		assert_done(zone_rows_form(&rows, &name, names[i].host, &form, &e), &e);
		if (form != names[i].form)
			fail_msg("%s: %u, wanted %u", names[i].name, form, names[i].form);
		assert_int_equal(zone_rows_is_pool(&rows, &name), (form & FORM_POOL) != 0);
	}
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_all, close_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_hosts_addresses_are_those_of_all_below_it), TEST(what_is_not_the_zones_is_left_out),
		TEST(rows_that_cannot_be_served_are_left_out), TEST(names_come_together_and_once),
		TEST(keys_of_others_are_none_of_a_signed_zones), TEST(nothing_is_given_below_a_dname), TEST(what_a_name_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
