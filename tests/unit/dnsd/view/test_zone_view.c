/* SPDX-License-Identifier: BSD-2-Clause */
/* A zone from rows: those that cannot be served are left out and counted, the others are served. */
#include "tests/unit/dnsd/fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct zone zone_row = { .name = "b5p.us", .primary = "ns1.b5p.us",
	.contact = "hostmaster.b5p.us", .ttl = 3600, .refresh = 1, .retry = 1, .expire = 1, .minimum = 60 };

#define RDATA(bytes) { bytes, sizeof bytes - 1 }

static const uint8_t bad_rdata[65536];
static const struct record bad[] = {
	{ "b5p.us", "other.example", 1, 60, RDATA("\1\2\3\4") },          /* outside */
	{ "b5p.us", "b5p.us.evil", 1, 60, RDATA("\1\2\3\4") },
	{ "b5p.us", "..", 1, 60, RDATA("\1\2\3\4") },                     /* no name */
	{ "b5p.us", "a.b5p.us", 1, 60, RDATA("\1\2\3") },                 /* an A of 3 octets */
	{ "b5p.us", "a.b5p.us", 28, 60, RDATA("\1\2\3\4") },
	{ "b5p.us", "a.b5p.us", 2, 60, RDATA("\3abc") },                  /* a name without an end */
	{ "b5p.us", "a.b5p.us", 5, 60, RDATA("\xc0\x0c") },               /* a pointer */
	{ "b5p.us", "a.b5p.us", 15, 60, RDATA("\0\1") },                  /* MX without a name */
	{ "b5p.us", "a.b5p.us", 33, 60, RDATA("\0\1\0\1\0\1\1a\0x") },    /* more behind the name */
	{ "b5p.us", "a.b5p.us", 6, 60, RDATA("x") },                      /* the SOA is the zone's row */
	{ "b5p.us", "a.b5p.us", 41, 60, RDATA("") },
	{ "b5p.us", "a.b5p.us", 255, 60, RDATA("") },
	{ "b5p.us", "a.b5p.us", 0, 60, RDATA("") },
	{ "b5p.us", "a.b5p.us", 65536, 60, RDATA("") },
	{ "b5p.us", "a.b5p.us", 65280, 60, { bad_rdata, sizeof bad_rdata } }, /* larger than a message */
};

static void bad_rows_are_left_out(void **state)
{
	(void)state;
	struct zone_builder *b;
	struct zone_view *zone;
	struct error e;
	const struct record good = { "b5p.us", "z.b5p.us", 1, 60, RDATA("\1\2\3\4") };
	assert_int_equal(zone_build_begin(&zone_row, &b, &e), DONE);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (zone_build_record(b, &bad[i], &e) != REFUSED)
			fail_msg("row %zu was taken", i);
	assert_int_equal(zone_build_record(b, &good, &e), DONE);
	assert_int_equal(zone_build_end(b, &zone, &e), DONE);
	assert_int_equal(zone->records, 1);
	assert_int_equal(zone->refused, sizeof bad / sizeof bad[0]);
	assert_int_equal(zone->names.count, 2); /* z and the apex */
	zone_view_free(zone);
}

static void a_bad_zone_row_is_refused(void **state)
{
	(void)state;
	struct zone_builder *b;
	struct error e;
	struct zone row = zone_row;
	row.name = "UPPER.example";
	assert_int_equal(zone_build_begin(&row, &b, &e), REFUSED);
	row = zone_row;
	row.ttl = -1;
	assert_int_equal(zone_build_begin(&row, &b, &e), REFUSED);
	row = zone_row;
	row.primary = "";
	assert_int_equal(zone_build_begin(&row, &b, &e), REFUSED);
	row = zone_row;
	row.name = "..";
	assert_int_equal(zone_build_begin(&row, &b, &e), REFUSED);
	row = zone_row;
	row.contact = "a..b";
	assert_int_equal(zone_build_begin(&row, &b, &e), REFUSED);
}

/* RFC 2308 section 5: the lesser of the SOA's own TTL and its last field. */
static void denials_live_no_longer_than_the_soa(void **state)
{
	(void)state;
	static const struct {
		int64_t ttl, minimum;
		uint32_t wanted;
	} times[] = { { 3600, 60, 60 }, { 60, 3600, 60 }, { 60, 60, 60 } };
	for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
		struct zone_builder *b;
		struct zone_view *zone;
		struct error e;
		struct zone row = zone_row;
		row.ttl = times[i].ttl;
		row.minimum = times[i].minimum;
		assert_int_equal(zone_build_begin(&row, &b, &e), DONE);
		assert_int_equal(zone_build_end(b, &zone, &e), DONE);
		assert_int_equal(zone->negative_ttl, times[i].wanted);
		zone_view_free(zone);
	}
}

static void an_rrset_beyond_a_message_is_cut_at_whole_records(void **state)
{
	(void)state;
	struct zone_builder *b;
	struct zone_view *zone;
	struct error e;
	char *rdata = calloc(1, 60000);
	struct record row = { "b5p.us", "big.b5p.us", 65280, 60, { rdata, 40000 } };
	assert_int_equal(zone_build_begin(&zone_row, &b, &e), DONE);
	assert_int_equal(zone_build_record(b, &row, &e), DONE);
	assert_int_equal(zone_build_record(b, &row, &e), REFUSED);
	row.rdata.size = 20000;
	assert_int_equal(zone_build_record(b, &row, &e), DONE);
	assert_int_equal(zone_build_end(b, &zone, &e), DONE);
	zone_view_free(zone);
	free(rdata);
}

/* What SQL wrote beside other data is left out (zone/form.h), and what is said twice is served once. */
static void what_cannot_stand_together_does_not(void **state)
{
	static const struct record rows[] = {
		{ "b5p.us", "a.b5p.us", 1, 60, RDATA("\1\2\3\4") },
		{ "b5p.us", "a.b5p.us", 5, 60, RDATA("\1x\0") },
		{ "b5p.us", "b.b5p.us", 5, 60, RDATA("\1x\0") },
		{ "b5p.us", "b.b5p.us", 5, 60, RDATA("\1y\0") },
		{ "b5p.us", "c.b5p.us", 5, 60, RDATA("\1x\0") },
		{ "b5p.us", "c.b5p.us", 16, 60, RDATA("\1x") },
		{ "b5p.us", "d.b5p.us", 39, 60, RDATA("\1x\0") },
		{ "b5p.us", "d.b5p.us", 39, 60, RDATA("\1y\0") },
		{ "b5p.us", "*.e.b5p.us", 2, 60, RDATA("\1x\0") },
		{ "b5p.us", "m.b5p.us", 15, 60, RDATA("\0\1\4mail\0") },
		{ "b5p.us", "m.b5p.us", 15, 60, RDATA("\0\1\4MAIL\0") },
		{ "b5p.us", "m.b5p.us", 15, 60, RDATA("\0\2\4mail\0") },
	};
	static const struct {
		const char *wire;
		uint16_t types[2], counts[2];
	} wanted[] = { { "\1a\3b5p\2us", { 1, 5 }, { 1, 0 } }, { "\1b\3b5p\2us", { 5, 1 }, { 1, 0 } },
		{ "\1c\3b5p\2us", { 16, 5 }, { 1, 0 } }, { "\1d\3b5p\2us", { 39, 5 }, { 1, 0 } },
		{ "\1m\3b5p\2us", { 15, 5 }, { 2, 0 } } };
	struct zone_builder *b;
	struct zone_view *zone;
	struct error e;
	(void)state;
	assert_int_equal(zone_build_begin(&zone_row, &b, &e), DONE);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_int_equal(zone_build_record(b, &rows[i], &e), DONE);
	assert_int_equal(zone_build_end(b, &zone, &e), DONE);
	for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
		uint8_t name[NAME_WIRE + 8] = { 0 };
		size_t size = strlen(wanted[i].wire) + 1;
		memcpy(name, wanted[i].wire, size);
		const struct node *node = name_table_find(&zone->names, hash_name(name, size), name, size);
		assert_non_null(node);
		for (int t = 0; t < 2; t++) {
			struct rrset set;
			unsigned count = node_find(node, wanted[i].types[t], &set) ? set.count : 0;
			if (count != wanted[i].counts[t])
				fail_msg("row %zu, type %u: %u", i, wanted[i].types[t], count);
		}
	}
	assert_int_equal(zone->records, 6);
	assert_int_equal(zone->refused, 3); /* two CNAMEs, and what a wildcard cannot delegate */
	zone_view_free(zone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_rows_are_left_out),
		cmocka_unit_test(a_bad_zone_row_is_refused),
		cmocka_unit_test(denials_live_no_longer_than_the_soa),
		cmocka_unit_test(what_cannot_stand_together_does_not),
		cmocka_unit_test(an_rrset_beyond_a_message_is_cut_at_whole_records),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
