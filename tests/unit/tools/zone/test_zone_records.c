/* SPDX-License-Identifier: BSD-2-Clause */
/* Records that come by number, as a transfer has them: each checked alone. Those of files, and all together, are in
 * test_zonefile.c. */
#include "tools/zone/zone_records.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/check.h"
#include "wire/type.h"

#define SOA "\2ns\0\1x\0" "\0\0\0\7" "\0\0\0\2" "\0\0\0\3" "\0\0\0\4" "\0\0\0\5"

static struct zone_records z;
static struct error e;

static int begin(void **state)
{
	(void)state;
	return zone_records_begin(&z, "192.0.2.1", false, "b5p.us", &e);
}

static int end(void **state)
{
	(void)state;
	zone_records_free(&z);
	return 0;
}

static int take(const char *owner, uint16_t type, uint16_t class, uint32_t ttl, const char *rdata, size_t size)
{
	struct zone_rr_read rr = { .type = type, .class = class, .ttl = ttl, .rdata = { rdata, size }, .place = 9 };
	assert_done(name_read(owner, &rr.owner, &e), &e);
	return zone_records_take(&z, &rr, &e);
}

static void each_refusal_cites_the_records_number(void **state)
{
	static const struct {
		const char *owner;
		uint16_t type, class;
		uint32_t ttl;
		const char *rdata;
		size_t size;
		const char *says;
	} cases[] = { { "a.b5p.us", TYPE_A, 3, 1, "abcd", 4, "192.0.2.1: record 9: only class IN is served" },
		{ "b5p.example", TYPE_A, 1, 1, "abcd", 4, "record 9: the record is outside the zone" },
		{ "xb5p.us", TYPE_A, 1, 1, "abcd", 4, "outside the zone" },
		{ "b5p.us", TYPE_A, 1, 2147483648, "abcd", 4, "the TTL is beyond 2147483647" },
		{ "a.b5p.us", TYPE_SOA, 1, 1, SOA, sizeof SOA - 1, "not at the zone's apex" },
		{ "b5p.us", TYPE_SOA, 1, 1, SOA, sizeof SOA - 2, "the SOA is not whole" },
		{ "b5p.us", TYPE_SOA, 1, 1, SOA, sizeof SOA, "the SOA is not whole" },
		{ "b5p.us", TYPE_SOA, 1, 1, "\77a", 2, "the SOA is not whole" },
		{ "b5p.us", TYPE_SOA, 1, 1, "", 0, "the SOA is not whole" },
		{ "b5p.us", TYPE_A, 1, 1, "abc", 3, "the RDATA is not of its type's form" },
		{ "b5p.us", TYPE_NS, 1, 1, "\3ns", 3, "the RDATA is not of its type's form" },
		{ "b5p.us", 255, 1, 1, "", 0, "a type that cannot stand in a zone" } };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		assert_outcome(take(cases[i].owner, cases[i].type, cases[i].class, cases[i].ttl, cases[i].rdata, cases[i].size),
			REFUSED, &e);
		assert_says(e.text, cases[i].says);
		assert_int_equal(z.count, 0);
	}
}

static void one_soa_is_taken_apart(void **state)
{
	(void)state;
	assert_done(take("b5p.us", TYPE_SOA, 1, 60, SOA, sizeof SOA - 1), &e);
	assert_int_equal(z.serial, 7);
	assert_string_equal(z.zone.primary, "ns");
	assert_string_equal(z.zone.contact, "x");
	assert_int_equal(z.zone.minimum, 5);
	assert_outcome(take("b5p.us", TYPE_SOA, 1, 60, SOA, sizeof SOA - 1), REFUSED, &e);
	assert_says(e.text, "record 9: a second SOA");
}

static void a_zone_without_an_ns_is_refused(void **state)
{
	(void)state;
	assert_outcome(zone_records_end(&z, &e), REFUSED, &e);
	assert_says(e.text, "192.0.2.1: the zone has no NS at its apex, b5p.us");
	assert_done(take("b5p.us", TYPE_NS, 1, 2147483647, "\2ns", 4), &e);
	assert_done(zone_records_end(&z, &e), &e);
	assert_int_equal(z.count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_refusal_cites_the_records_number, begin, end),
		cmocka_unit_test_setup_teardown(one_soa_is_taken_apart, begin, end),
		cmocka_unit_test_setup_teardown(a_zone_without_an_ns_is_refused, begin, end) };
	return cmocka_run_group_tests_name("tools/zone/zone_records", tests, NULL, NULL);
}
