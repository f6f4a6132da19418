/* SPDX-License-Identifier: BSD-2-Clause */
/* RDATA: which records are the same, in which order they stand, and which are none. */
#include "wire/rdata.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/check.h"

#define BLOB(text) { text, sizeof(text) - 1 }

static void names_have_no_case_where_dns_knows_them(void **state)
{
	static const struct {
		uint16_t type;
		struct blob a, b;
		bool same;
	} rows[] = {
		{ 2, BLOB("\3nS1\4teSt\0"), BLOB("\3ns1\4TEST\0"), true },
		{ 15, BLOB("\0\12\4Mail\0"), BLOB("\0\12\4mail\0"), true },
		{ 15, BLOB("\0\12\4Mail\0"), BLOB("\0\13\4mail\0"), false },
		{ 15, BLOB("\0A\4mail\0"), BLOB("\0a\4mail\0"), false }, /* a preference of 65 is not one of 97 */
		{ 33, BLOB("\0A\0B\0C\1X\0"), BLOB("\0A\0B\0C\1x\0"), true },
		{ 35, BLOB("\0\1\0\2\1S\1Z\0\1X\0"), BLOB("\0\1\0\2\1S\1Z\0\1x\0"), true },
		{ 35, BLOB("\0\1\0\2\1S\1Z\0\1X\0"), BLOB("\0\1\0\2\1s\1Z\0\1x\0"), false },
		{ 17, BLOB("\1A\0\1B\0"), BLOB("\1a\0\1b\0"), true },
		{ 39, BLOB("\1A\0"), BLOB("\1a\0"), true },
		{ 64, BLOB("\0\1\1A\0"), BLOB("\0\1\1a\0"), false }, /* RFC 3597 section 7: younger than that */
		{ 16, BLOB("\1A"), BLOB("\1a"), false },
		{ 1, BLOB("AAAA"), BLOB("aaaa"), false },
		{ 65280, BLOB("A"), BLOB("a"), false },
		{ 2, BLOB("\3ns1\0"), BLOB("\3ns1\0"), true },
		{ 2, BLOB("\3NS1"), BLOB("\3ns1"), false }, /* no name: told apart as it is */
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		uint8_t a[32], b[32];
		if ((rdata_compare(rows[i].type, rows[i].a, rows[i].b) == 0) != rows[i].same)
			fail_msg("row %zu", i);
		rdata_canonical(rows[i].type, rows[i].a, a);
		rdata_canonical(rows[i].type, rows[i].b, b);
		if ((memcmp(a, b, rows[i].a.size) == 0) != rows[i].same)
			fail_msg("the canonical form of row %zu", i);
	}
}

/* A random name, string or number, as the part wants, of few letters, so that many are alike. */
static size_t make_part(char part, uint8_t *to)
{
	size_t size = 0;
	switch (part) {
	case 'N':
	case 'n':
		for (int labels = rand() % 3; labels > 0; labels--) {
			to[size++] = 1;
			to[size++] = (uint8_t)"aAbB"[rand() % 4];
		}
		to[size++] = 0;
		return size;
	case 's':
		to[0] = 1;
		to[1] = (uint8_t)"aA"[rand() % 2];
		return 2;
	case 'r':
		to[0] = 0;
		return 1;
	default:
		for (size = 0; size < (size_t)(part - '0'); size++)
			to[size] = (uint8_t)"aA"[rand() % 2];
		return size;
	}
}

static struct blob make(uint16_t type, uint8_t *to)
{
	size_t size = 0;
	for (const char *part = rdata_parts(type); *part != '\0'; part++)
		size += make_part(*part, to + size);
	return (struct blob){ to, size };
}

/* RFC 4034 section 6.3, by the book: octets of canonical forms, the shorter one first. */
static int by_the_book(uint16_t type, struct blob a, struct blob b)
{
	uint8_t x[64], y[64];
	rdata_canonical(type, a, x);
	rdata_canonical(type, b, y);
	int order = memcmp(x, y, a.size < b.size ? a.size : b.size);
	return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

static int sign(int number)
{
	return (number > 0) - (number < 0);
}

static void the_order_is_that_of_canonical_forms(void **state)
{
	static const uint16_t types[] = { 2, 14, 15, 17, 33, 35, 39, 26 };
	size_t alike = 0;
	(void)state;
	srand(7);
	for (int i = 0; i < 20000; i++) {
		uint8_t a[64], b[64];
		uint16_t type = types[(size_t)i % COUNT_OF(types)];
		const struct blob x = make(type, a), y = make(type, b);
		assert_true(rdata_whole(type, x));
		assert_int_equal(sign(rdata_compare(type, x, y)), sign(by_the_book(type, x, y)));
		alike += rdata_compare(type, x, y) == 0 && memcmp(a, b, x.size) != 0;
	}
	assert_true(alike > 100);
}

static void what_is_not_of_its_form_is_told(void **state)
{
	static const struct {
		uint16_t type;
		struct blob rdata;
		bool whole;
	} rows[] = {
		{ 1, BLOB("1234"), true }, { 1, BLOB("123"), false }, { 28, BLOB("0123456789abcdef"), true },
		{ 28, BLOB("0123456789abcde"), false }, { 2, BLOB("\1a\0"), true }, { 2, BLOB("\1a"), false },
		{ 2, BLOB("\1a\0x"), false }, { 2, BLOB("\xc0\0"), false }, { 2, BLOB(""), false }, { 15, BLOB("\0\1\0"), true },
		{ 15, BLOB("\0\0"), false }, { 16, BLOB(""), false }, { 16, BLOB("\0"), true }, { 16, BLOB("\2a"), false },
		{ 16, BLOB("\1a\1b"), true }, { 13, BLOB("\1a\1b"), true }, { 13, BLOB("\1a"), false },
		{ 13, BLOB("\1a\1b\1c"), false }, { 257, BLOB("\0\5issuex"), true }, { 257, BLOB("\0\5issue"), true },
		{ 257, BLOB("\0\5iss-ex"), false }, { 257, BLOB("\0\0x"), false },
		{ 43, BLOB("\0\1\10\1" "01234567890123456789"), true }, { 43, BLOB("\0\1\10\1" "0123456789012345678"), false },
		{ 43, BLOB("\0\1\10\1"), false }, { 43, BLOB("\0\1\10\11x"), true },
		{ 62, BLOB("\0\0\0\1\0\3\0\1\100"), true }, { 62, BLOB("\0\0\0\1\0\3\0\1\0"), false },
		{ 62, BLOB("\0\0\0\1\0\3\0\0"), false }, { 62, BLOB("\0\0\0\1\0\3"), true },
		{ 64, BLOB("\0\1\0"), true }, { 64, BLOB("\0\1\0\0\1\0\3\2h2"), true }, { 64, BLOB("\0\1\0\0\1\0\3\3h2"), false },
		{ 64, BLOB("\0\1\0\0\3\0\2\0\1\0\1\0\3\2h2"), false }, { 64, BLOB("\0\1\0\0\2\0\0"), false },
		{ 64, BLOB("\0\1\0\0\1\0\3\2h2\0\2\0\0"), true }, { 64, BLOB("\0\1\0\0\0\0\2\0\3"), false },
		{ 64, BLOB("\0\1\0\0\0\0\2\0\3\0\3\0\2\0\1"), true }, { 64, BLOB("\0\1\0\0\3\0\1\0"), false },
		{ 45, BLOB("\12\0\0"), true }, { 45, BLOB("\12\1\2" "1234k"), true }, { 45, BLOB("\12\1\2" "123"), false },
		{ 45, BLOB("\12\3\2\1a\0k"), true }, { 45, BLOB("\12\4\2k"), false }, { 45, BLOB("\12\0\2"), false },
		{ 29, BLOB("\0\x12\x16\x13\x80\0\0\0\x80\0\0\0\0\0\0\0"), true },
		{ 29, BLOB("\0\xa2\x16\x13\x80\0\0\0\x80\0\0\0\0\0\0\0"), false },
		{ 29, BLOB("\0\x12\x16\x13\xff\0\0\0\x80\0\0\0\0\0\0\0"), false }, { 29, BLOB("\0\x12"), false },
		{ 42, BLOB("\0\1\10\1\12"), true }, { 42, BLOB("\0\1\10\2\12"), false }, { 42, BLOB("\0\1\41\1\12"), false },
		{ 42, BLOB("\0\1\10\2\12\0"), false }, { 42, BLOB(""), true }, { 108, BLOB("123456"), true },
		{ 108, BLOB("12345"), false }, { 109, BLOB("12345678"), true }, { 109, BLOB("123456789"), false },
		{ 55, BLOB("\1\2\0\1hk\1a\0"), true }, { 55, BLOB("\1\2\0\1hk\1a"), false }, { 55, BLOB("\0\2\0\1k"), false },
		{ 65280, BLOB(""), true }, { 65280, BLOB("x"), true }, { 44, BLOB("\1\2x"), false },
		{ 63, BLOB("\0\0\0\1\1\1x"), false }, { 35, BLOB("\0\1\0\1\0\0\0\0"), true },
		{ 35, BLOB("\0\1\0\1\0\0\13!^(.*)$!\\1!\0"), true }, { 35, BLOB("\0\1\0\1\0\0\13!^(.*)$!\\2!\0"), false },
		{ 35, BLOB("\0\1\0\1\0\0\3abc\0"), false },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		/* an allocation of just that size: the sanitizer sees who reads behind it */
		uint8_t *copy = malloc(rows[i].rdata.size + (rows[i].rdata.size == 0));
		memcpy(copy, rows[i].rdata.data, rows[i].rdata.size);
		if (rdata_whole(rows[i].type, (struct blob){ copy, rows[i].rdata.size }) != rows[i].whole)
			fail_msg("row %zu, type %u", i, rows[i].type);
		free(copy);
	}
}

static void random_octets_are_read_within_their_bounds(void **state)
{
	(void)state;
	srand(11);
	for (int i = 0; i < 300000; i++) {
		size_t size = (size_t)rand() % 24;
		uint8_t *octets = malloc(size + 1), *to = malloc(size + 1);
		for (size_t j = 0; j < size; j++)
			octets[j] = (uint8_t)(rand() % (rand() % 2 == 0 ? 256 : 5));
		uint16_t type = (uint16_t)(rand() % 300);
		const struct blob rdata = { octets, size };
		rdata_whole(type, rdata);
		rdata_canonical(type, rdata, to);
		assert_int_equal(rdata_compare(type, rdata, rdata), 0);
		free(octets);
		free(to);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_have_no_case_where_dns_knows_them),
		cmocka_unit_test(the_order_is_that_of_canonical_forms),
		cmocka_unit_test(what_is_not_of_its_form_is_told),
		cmocka_unit_test(random_octets_are_read_within_their_bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
