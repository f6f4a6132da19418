/* SPDX-License-Identifier: BSD-2-Clause */
/* Zone files read whole, and those that are refused, by line. */
#include "tools/zone/zonefile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/check.h"

#define HEAD "@ 3600 SOA ns1 hostmaster 7 2 3 4 5\n@ 3600 NS ns1\n"

static char path[] = "/tmp/test_zonefile.XXXXXX";
static struct zone_records file;
static struct error e;

static int make(void **state)
{
	(void)state;
	int fd = mkstemp(path);
	return fd < 0 ? -1 : close(fd);
}

static int unmake(void **state)
{
	(void)state;
	return unlink(path);
}

/* The zone b5p.us from this text. */
static int read_text(const char *text)
{
	FILE *out = fopen(path, "w");
	assert_non_null(out);
	assert_true(fputs(text, out) >= 0);
	assert_int_equal(fclose(out), 0);
	return zonefile_read(path, "b5p.us", &file, &e);
}

static const struct record *record(const char *owner, int64_t type, size_t nth)
{
	for (size_t i = 0; i < file.count; i++)
		if (strcmp(file.records[i].row.owner, owner) == 0 && file.records[i].row.type == type && nth-- == 0)
			return &file.records[i].row;
	fail_msg("there is no %s of type %d", owner, (int)type);
	return NULL;
}

static void the_soa_is_the_zone(void **state)
{
	(void)state;
	assert_done(read_text("$TTL 60\n@ SOA Ns1 Host\\.Master.b5p.us. ( 7 2 ; two\n 3 4 5 )\n@ NS ns.example.\n"), &e);
	assert_true(file.has_soa);
	assert_int_equal(file.serial, 7);
	assert_string_equal(file.zone.name, "b5p.us");
	assert_string_equal(file.zone.primary, "ns1.b5p.us");
	assert_string_equal(file.zone.contact, "host\\.master.b5p.us");
	assert_int_equal(file.zone.ttl, 60);
	assert_int_equal(file.zone.refresh, 2);
	assert_int_equal(file.zone.minimum, 5);
	assert_int_equal(file.count, 1); /* the SOA is not among the records */
	zone_records_free(&file);
	assert_done(read_text("@ 60 NS ns.example.\n"), &e);
	assert_false(file.has_soa);
	zone_records_free(&file);
}

static void records_are_sorted_and_once(void **state)
{
	(void)state;
	assert_done(read_text(HEAD "WWW 60 A 192.0.2.2\nwww 60 A 192.0.2.1\nwww 60 A 192.0.2.2\na 60 TXT x"), &e);
	assert_int_equal(file.count, 4);
	for (size_t i = 1; i < file.count; i++)
		assert_true(record_compare(&file.records[i - 1].row, &file.records[i].row) < 0);
	const struct record *first = record("www.b5p.us", 1, 0);
	assert_string_equal(first->zone, "b5p.us");
	assert_int_equal(first->rdata.size, 4);
	assert_memory_equal(first->rdata.data, "\xc0\x00\x02\x01", 4);
	zone_records_free(&file);
}

static void names_in_rdata_keep_their_case_and_are_whole(void **state)
{
	(void)state;
	assert_done(read_text(HEAD "m 60 MX 10 Mail\n"), &e);
	const struct record *mx = record("m.b5p.us", 15, 0);
	assert_int_equal(mx->rdata.size, 15);
	assert_memory_equal(mx->rdata.data, "\x00\x0a\x04Mail\x03" "b5p\x02us", 15);
	zone_records_free(&file);
}

static void an_rrset_has_its_lowest_ttl(void **state)
{
	(void)state;
	assert_done(read_text(HEAD "w 60 A 192.0.2.1\nw 30 A 192.0.2.2\nw 90 TXT x\nd 9 A 192.0.2.1\nd 8 A 192.0.2.1\n"), &e);
	assert_int_equal(record("w.b5p.us", 1, 0)->ttl, 30);
	assert_int_equal(record("w.b5p.us", 1, 1)->ttl, 30);
	assert_int_equal(record("w.b5p.us", 16, 0)->ttl, 90);
	assert_int_equal(record("d.b5p.us", 1, 0)->ttl, 8);
	assert_int_equal(file.differing, 1);
	zone_records_free(&file);
}

static void a_signers_records_are_left_out(void **state)
{
	(void)state;
	assert_done(read_text(HEAD "@ 60 DNSKEY 256 3 8 AAAA\n@ 60 NSEC a A NS\n@ 60 NSEC3PARAM 1 0 0 -\ns 60 NS x.\n"
		"s 60 DS 1 8 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n"), &e);
	assert_int_equal(file.skipped, 3);
	assert_int_equal(file.count, 3);
	record("s.b5p.us", 43, 0);
	zone_records_free(&file);
}

static void unknown_types_are_taken(void **state)
{
	(void)state;
	assert_done(read_text(HEAD "u 60 TYPE65280 \\# 3 010203\nk 60 TYPE1 \\# 4 c0000201\nn 60 TYPE65281 \\# 0\n"), &e);
	assert_int_equal(record("u.b5p.us", 65280, 0)->rdata.size, 3);
	assert_int_equal(record("k.b5p.us", 1, 0)->rdata.size, 4);
	assert_int_equal(record("n.b5p.us", 65281, 0)->rdata.size, 0);
	zone_records_free(&file);
}

static void what_is_wrong_is_cited(void **state)
{
	(void)state;
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ HEAD "\nw 60 A x\n", ":4: " },
		{ HEAD "w 60 A 192.0.2.1 192.0.2.2\n", ":3: " },
		{ HEAD "w 60 A\n", ":3: " },
		{ HEAD "w 60 AAAA 2001:db8::g\n", ":3: " },
		{ HEAD "w 60 NONSENSE x\n", ":3: " },
		{ HEAD "w 60 TYPE1 \\# 3 010203\n", ":3: " },
		{ HEAD "w 60 TYPE65280 \\# 3 0102\n", ":3: " },
		{ HEAD "w 60 TYPE2 \\# 2 c000\n", ":3: the RDATA is not of its type" },
		{ HEAD "w 60 CH TXT x\n", ":3: " },
		{ HEAD "w.example. 60 A 192.0.2.1\n", ":3: the record is outside the zone" },
		{ HEAD "xb5p.us. 60 A 192.0.2.1\n", ":3: the record is outside the zone" },
		{ HEAD HEAD, ":3: a second SOA" },
		{ HEAD "w 60 SOA ns1 h 1 2 3 4 5\n", ":3: an SOA that is not at the zone's apex" },
		{ HEAD "w 2147483648 A 192.0.2.1\n", ":3: the TTL is beyond" },
		{ HEAD "$INCLUDE other\n", ":3: $INCLUDE is not followed" },
		{ HEAD "$NONSENSE other\n", ":3: " },
		{ HEAD "w 60 TYPE41 \\# 0\n", ":3: a type that cannot stand in a zone" },
		{ HEAD "w 60 TYPE252 \\# 0\n", ":3: a type that cannot stand in a zone" },
		{ HEAD "w 60 TXT \"open\n", ": " },
		{ HEAD "w 60 A ( 192.0.2.1\n", ": " },
		{ HEAD "w 60 CNAME a\nw 60 A 192.0.2.1\n", ":4: w.b5p.us has a CNAME and other data" },
		{ HEAD "w 60 A 192.0.2.1\nw 60 CNAME a\n", ":4: w.b5p.us has a CNAME and other data" },
		{ HEAD "w 60 CNAME a\n\n\nw 60 CNAME b\n", ":6: w.b5p.us has more than one CNAME" },
		{ HEAD "w 60 DNAME a\nw 60 DNAME b\n", ":4: w.b5p.us has more than one DNAME" },
		{ HEAD "a.w 60 A 192.0.2.1\nw 60 DNAME b\n", ":3: a.w.b5p.us stands below a DNAME" },
		{ HEAD "@ 60 DNAME b.example.\na.w 60 A 192.0.2.1\n", ":4: a.w.b5p.us stands below a DNAME" },
		{ "@ 60 SOA ns1 h 1 2 3 4 5\n@ 60 CNAME x.\n", ":2: b5p.us has a CNAME and other data" },
		{ "@ 60 SOA ns1 h 1 2 3 4 5\nw 60 NS x.\n", ": the zone has no NS at its apex" },
		{ "", ": the zone has no NS at its apex" },
		{ "\x01\x02\xff", ":1: " },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		if (read_text(cases[i].text) != REFUSED)
			fail_msg("not refused: %s", cases[i].text);
		assert_true(strncmp(e.text, path, strlen(path)) == 0);
		assert_says(e.text + strlen(path), cases[i].says);
		zone_records_free(&file);
	}
}

/* A set that no message could carry would never be answered. */
static void an_rrset_fits_into_a_message(void **state)
{
	(void)state;
	struct text text = { 0 };
	for (int most = 4050; most < 4100; most += 40) {
		text.length = 0;
		text_add(&text, HEAD);
		for (int i = 0; i < most; i++) /* 12 octets and an address, each */
			text_addf(&text, "w 60 A 192.0.%d.%d\n", i >> 8, i & 255);
		assert_outcome(read_text(text.bytes), most * 16 > 65253 ? REFUSED : DONE, &e);
		if (most * 16 > 65253)
			assert_says(e.text, "w.b5p.us has more of this type than fit into a message");
		zone_records_free(&file);
	}
	text_free(&text);
}

static void what_may_stand_side_by_side_does(void **state)
{
	(void)state;
	static const char *const cases[] = {
		HEAD "w 60 CNAME a\nW 60 CNAME a.b5p.us.\n",
		HEAD "w 60 DNAME a\nw 60 A 192.0.2.1\nwx 60 A 192.0.2.1\n",
		HEAD "w 60 CNAME a\nx.w 60 A 192.0.2.1\n",
		HEAD "* 60 A 192.0.2.1\n*.x 60 CNAME b5p.us.\n",
		HEAD "sub 60 NS ns.sub\nns.sub 60 A 192.0.2.1\n",
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		assert_done(read_text(cases[i]), &e);
		zone_records_free(&file);
	}
}

static void what_cannot_be_read_has_failed(void **state)
{
	(void)state;
	assert_outcome(zonefile_read("/nonexistent/zone", "b5p.us", &file, &e), FAILED, &e);
	zone_records_free(&file);
	assert_outcome(zonefile_read("/", "b5p.us", &file, &e), FAILED, &e);
	zone_records_free(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(the_soa_is_the_zone),
		cmocka_unit_test(records_are_sorted_and_once),
		cmocka_unit_test(names_in_rdata_keep_their_case_and_are_whole),
		cmocka_unit_test(an_rrset_has_its_lowest_ttl), cmocka_unit_test(a_signers_records_are_left_out),
		cmocka_unit_test(unknown_types_are_taken), cmocka_unit_test(what_is_wrong_is_cited),
		cmocka_unit_test(an_rrset_fits_into_a_message),
		cmocka_unit_test(what_may_stand_side_by_side_does),
		cmocka_unit_test(what_cannot_be_read_has_failed) };
	return cmocka_run_group_tests_name("tools/zone/zonefile", tests, make, unmake);
}
