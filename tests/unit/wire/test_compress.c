/* SPDX-License-Identifier: BSD-2-Clause */
/* Names that point to names (RFC 1035 section 4.1.4). */
#include "tests/unit/dnsd/fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct compression known;
static uint8_t packet[65536];

static size_t begin(const char *name)
{
	struct name question;
	assert_int_equal(name_read(name, &question, NULL), DONE);
	memset(packet, 0xee, sizeof packet);
	memcpy(packet + QUESTION_NAME, question.wire, question.size);
	compress_begin(&known, packet, QUESTION_NAME);
	return QUESTION_NAME + (size_t)question.size;
}

/* Writes an RDATA that is a name of this type, and returns the octets that it took. */
static size_t put(size_t *at, uint16_t type, const char *text)
{
	struct name name;
	uint8_t rdata[2 * NAME_WIRE + 26] = { 0 };
	struct names_within within = compress_names(type);
	size_t size = within.before;
	assert_int_equal(name_read(text, &name, NULL), DONE);
	for (unsigned i = 0; i < within.count; i++, size += name.size)
		memcpy(rdata + size, name.wire, name.size);
	size += type == TYPE_SOA ? 20 : 0;
	size_t from = *at, end = compress_rdata(&known, packet, from, sizeof packet, type, rdata, size);
	uint8_t read[NAME_WIRE];
	assert_true(end > from);
	assert_int_equal(compress_read(packet, from + within.before, read), name.size);
	assert_memory_equal(read, name.wire, name.size);
	*at = end;
	return end - from;
}

static void names_point_to_names_before(void **state)
{
	(void)state;
	size_t at = begin("www.b5p.us");
	assert_int_equal(put(&at, TYPE_CNAME, "www.b5p.us"), 2);
	assert_int_equal(put(&at, TYPE_NS, "ns1.b5p.us"), 4 + 2);
	assert_int_equal(put(&at, TYPE_MX, "ns1.b5p.us"), 2 + 2);
	assert_int_equal(put(&at, TYPE_MX, "a.ns1.b5p.us"), 2 + 2 + 2);
	assert_int_equal(put(&at, TYPE_PTR, "elsewhere.test"), 16);
	assert_int_equal(put(&at, TYPE_PTR, "x.test"), 2 + 2);
	assert_int_equal(put(&at, TYPE_CNAME, "us"), 2);
	assert_int_equal(put(&at, TYPE_CNAME, "."), 1);
	assert_int_equal(put(&at, TYPE_SOA, "ns2.b5p.us"), 4 + 2 + 2 + 20);
	assert_int_equal(put(&at, TYPE_MINFO, "mail.b5p.us"), 5 + 2 + 2);
	for (uint16_t type = 1; type < 300; type++) /* RFC 3597 section 4: those of RFC 1035, and no other */
		if (compress_names(type).count > 0 && !compress_names(type).whole)
			assert_true(type == 2 || type == 5 || type == 12 || type == 15 || (type >= 3 && type <= 9) || type == 14);
}

/* Of DNAME and SRV, names are whole; others may point there. */
static void some_stay_whole(void **state)
{
	(void)state;
	size_t at = begin("q.b5p.us");
	assert_int_equal(put(&at, TYPE_SRV, "sip.b5p.us"), 6 + 12);
	assert_int_equal(put(&at, TYPE_DNAME, "other.b5p.us"), 14);
	assert_int_equal(put(&at, TYPE_CNAME, "q.other.b5p.us"), 2 + 2);
	assert_int_equal(put(&at, TYPE_MX, "sip.b5p.us"), 2 + 2);
}

static void case_does_not_matter(void **state)
{
	(void)state;
	size_t at = begin("wWw.B5p.us");
	static const uint8_t lower[] = "\3www\3b5p\2us", other[] = "\3wwx\3b5p\2us";
	assert_int_equal(compress_rdata(&known, packet, at, sizeof packet, TYPE_NS, lower, sizeof lower), at + 2);
	assert_int_equal(compress_rdata(&known, packet, at + 2, sizeof packet, TYPE_NS, other, sizeof other), at + 2 + 4 + 2);
}

/* RDATA that is not of its type's form is copied to the octet. */
static void what_is_no_name_is_copied(void **state)
{
	(void)state;
	static const struct {
		uint16_t type;
		const char *rdata;
		size_t size;
	} odd[] = { { TYPE_PTR, "\xc0\x0c", 2 }, { TYPE_PTR, "\3www\xc0\x0c", 6 }, { TYPE_PTR, "\3www", 4 }, { TYPE_PTR, "", 0 },
		{ TYPE_MX, "\0", 1 }, { TYPE_MX, "\0\1", 2 }, { TYPE_MINFO, "\1a\0", 3 }, { TYPE_MINFO, "\1a\0\1b\0\0", 7 },
		{ TYPE_SOA, "\0\0", 2 }, { TYPE_PTR, "\3www\3b5p\2us\0\0", 13 }, { TYPE_SRV, "\0\0\0\0\0\0\xc0\x0c", 8 },
		{ TYPE_DNAME, "\xc0\x0c", 2 }, { TYPE_TXT, "\3www\3b5p\2us", 12 } };
	size_t at = begin("www.b5p.us");
	for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
		size_t end = compress_rdata(&known, packet, at, sizeof packet, odd[i].type, (const uint8_t *)odd[i].rdata, odd[i].size);
		assert_int_equal(end, at + odd[i].size);
		assert_memory_equal(packet + at, odd[i].rdata, odd[i].size);
		at = end;
	}
}

/* With each room that there may be: all of it, or nothing said to be there. */
static void it_fits_or_it_does_not(void **state)
{
	(void)state;
	static const uint8_t mx[] = "\0\1\4mail\3b5p\2us", whole[] = "\0\0\0\0\0\0\1x\3b5p\2us", root[] = "\0\1";
	size_t at = begin("www.b5p.us");
	for (size_t room = 0; room < 2 + 5 + 2; room++) {
		compress_begin(&known, packet, QUESTION_NAME);
		assert_int_equal(compress_rdata(&known, packet, at, at + room, TYPE_MX, mx, sizeof mx), 0);
	}
	compress_begin(&known, packet, QUESTION_NAME);
	assert_int_equal(compress_rdata(&known, packet, at, at + 9, TYPE_MX, mx, sizeof mx), at + 9);
	for (size_t room = 0; room < sizeof whole; room++)
		assert_int_equal(compress_rdata(&known, packet, at, at + room, TYPE_SRV, whole, sizeof whole), 0);
	assert_int_equal(compress_rdata(&known, packet, at, at + 2, TYPE_MX, root, sizeof root), 0);
}

/* A pointer has 14 bits, and what is noted is bounded: beyond either, names stay whole, and right. */
static void bounds(void **state)
{
	(void)state;
	char name[64];
	size_t at = begin("b5p.us");
	for (int i = 0; i < 3000; i++) {
		snprintf(name, sizeof name, "a%d.b%d.zone%d.test", i % 1500, i % 1500, i % 1500);
		put(&at, TYPE_NS, name);
	}
	assert_true(known.count <= COMPRESS_MOST);
	at = begin("b5p.us");
	at = 16000;
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof name, "host%d.b5p.us", i);
		assert_int_equal(put(&at, TYPE_NS, name), strlen(name) - strlen(".b5p.us") + 1 + 2);
	}
	snprintf(name, sizeof name, "host99.b5p.us"); /* beyond */
	assert_int_equal(put(&at, TYPE_NS, name), 7 + 2);
	assert_int_equal(put(&at, TYPE_NS, "host1.b5p.us"), 2);
}

static void labels_are_found(void **state)
{
	(void)state;
	size_t at = begin("www.b5p.us"), from = at;
	put(&at, TYPE_NS, "x.y.b5p.us");
	assert_int_equal(compress_label_at(packet, from, 0), from);
	assert_int_equal(compress_label_at(packet, from, 1), from + 2);
	assert_int_equal(compress_label_at(packet, from, 2), QUESTION_NAME + 4);
	assert_int_equal(compress_label_at(packet, from, 3), QUESTION_NAME + 8);
	size_t again = at;
	put(&at, TYPE_NS, "x.y.b5p.us");
	assert_int_equal(compress_label_at(packet, again, 0), from);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_point_to_names_before),
		cmocka_unit_test(some_stay_whole),
		cmocka_unit_test(case_does_not_matter),
		cmocka_unit_test(what_is_no_name_is_copied),
		cmocka_unit_test(it_fits_or_it_does_not),
		cmocka_unit_test(bounds),
		cmocka_unit_test(labels_are_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
