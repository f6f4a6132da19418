/* SPDX-License-Identifier: BSD-2-Clause */
/* Names, questions, heads of records and RDATA as they lie in messages, one octet short and pointed anywhere. */
#include "wire/message.h"

#include <stdio.h>
#include <string.h>

#include "lib/cursor.h"
#include "tests/unit/check.h"

static const uint8_t header[HEADER_SIZE];

/* A message: a header, and OCTETS behind it. */
static size_t make(uint8_t *message, const void *octets, size_t size)
{
	memcpy(message, header, HEADER_SIZE);
	memcpy(message + HEADER_SIZE, octets, size);
	return HEADER_SIZE + size;
}
#define MAKE(message, octets) make(message, octets, sizeof(octets) - 1)

static void questions_are_written(void **state)
{
	static const uint8_t wanted[] = "\x12\x34\x24\0\0\1\0\0\0\0\0\0\1a\4test\0\0\6\0\1";
	uint8_t message[QUESTION_MOST];
	struct name name;
	struct error e;
	(void)state;
	assert_done(name_read("a.test", &name, &e), &e);
	memset(message, 0xff, sizeof message);
	assert_int_equal(message_question(message, 0x1234, OPCODE_NOTIFY << OPCODE_SHIFT | FLAG_AA, &name, TYPE_SOA), sizeof wanted - 1);
	assert_memory_equal(message, wanted, sizeof wanted - 1);
}

/* Names. */

static bool reads(const uint8_t *message, size_t size, size_t from, enum letters letters, const char *wanted, size_t wanted_end)
{
	char text[NAME_TEXT];
	struct name name;
	size_t at = from;
	if (!message_name(message, size, &at, letters, &name))
		return false;
	name_write(name.wire, text);
	assert_string_equal(text, wanted);
	assert_int_equal(at, wanted_end);
	return true;
}

static void names_are_read_through_pointers(void **state)
{
	uint8_t message[64];
	struct name name;
	size_t size = MAKE(message, "\4test\0\1B\xc0\x0c\1a\xc0\x12\0"), at = 18;
	(void)state;
	assert_true(reads(message, size, 12, LOWER, "test", 18));
	assert_true(reads(message, size, 18, LOWER, "b.test", 22));
	assert_true(reads(message, size, 22, LOWER, "a.b.test", 26));
	assert_true(reads(message, size, 26, LOWER, ".", 27));
	assert_true(message_name(message, size, &at, AS_THEY_ARE, &name) && name.wire[1] == 'B');
	for (size_t cut = 0; cut < 14; cut++) /* of the name at 22 and what it needs */
		assert_false(reads(message, HEADER_SIZE + cut, 22, LOWER, "", 0));
}

static void names_that_are_none(void **state)
{
	static const struct {
		const char *octets;
		size_t size, from;
	} rows[] = {
		{ "\xc0\x0c", 2, 12 },       /* points to itself */
		{ "\xc0\x0e\0", 3, 12 },     /* forward */
		{ "\xc0\x02", 2, 12 },       /* into the header */
		{ "\1a\xc0\x0c", 4, 12 },    /* to its own beginning: what is pointed to ends before the pointer */
		{ "\x40" "a\0", 3, 12 },     /* a label's reserved types */
		{ "\x80" "a\0", 3, 12 },
		{ "\1a", 2, 12 },            /* no root */
		{ "\3ab", 3, 12 },
		{ "\xc0", 1, 12 },
		{ "", 0, 12 },
	};
	uint8_t message[64];
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct name name;
		size_t at = rows[i].from, size = make(message, rows[i].octets, rows[i].size);
		if (message_name(message, size, &at, LOWER, &name))
			fail_msg("row %zu is read", i);
	}
}

static void a_name_of_255_octets_is_the_longest(void **state)
{
	uint8_t message[HEADER_SIZE + 300] = { 0 };
	struct name name;
	(void)state;
	for (size_t longest = 61; longest <= 62; longest++) { /* 3 * 64 + 62 + 1 octets, and one more */
		size_t at = HEADER_SIZE;
		for (int i = 0; i < 4; i++) {
			uint8_t label = (uint8_t)(i < 3 ? 63 : longest);
			message[at] = label;
			memset(message + at + 1, 'a', label);
			at += label + 1u;
		}
		message[at++] = 0;
		size_t from = HEADER_SIZE;
		assert_int_equal(message_name(message, at, &from, LOWER, &name), longest == 61);
	}
}

/* What is passed over unread. */
static void a_cursor_goes_past_a_name(void **state)
{
	static const struct {
		const char *octets;
		size_t size, past;
		bool broken;
	} rows[] = {
		{ "\0x", 2, 1, false }, { "\1a\0x", 4, 3, false }, { "\xc0\x0cx", 3, 2, false }, { "\1a\xff\xffx", 5, 4, false },
		{ "\1a", 2, 0, true }, { "\2a", 2, 0, true }, { "\xc0", 1, 0, true }, { "\x40" "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\0", 67, 0, true },
		{ "", 0, 0, true },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct cursor c = cursor_reading((const uint8_t *)rows[i].octets, rows[i].size);
		cursor_skip_name(&c);
		if (c.broken != rows[i].broken || (!c.broken && cursor_done(&c) != rows[i].past))
			fail_msg("row %zu: %d, %zu", i, c.broken, cursor_done(&c));
	}
}

/* Records. */

static void records_are_read_to_their_rdata(void **state)
{
	uint8_t message[64];
	struct name owner;
	struct record_fixed fixed;
	size_t size = MAKE(message, "\1A\0\0\1\0\3\0\1\2\3\0\4abcd"), at = HEADER_SIZE;
	(void)state;
	assert_true(message_record(message, size, &at, &owner, &fixed));
	assert_int_equal(at, HEADER_SIZE + 3 + RECORD_FIXED);
	assert_int_equal(owner.wire[1], 'a');
	assert_int_equal(fixed.type, TYPE_A);
	assert_int_equal(fixed.class, CLASS_CH);
	assert_int_equal(fixed.ttl, 0x00010203);
	assert_int_equal(fixed.length, 4);
	for (size_t cut = 0; cut < 3 + RECORD_FIXED; cut++) {
		at = HEADER_SIZE;
		assert_false(message_record(message, HEADER_SIZE + cut, &at, &owner, &fixed));
	}
}

static void records_are_written_as_they_are_read(void **state)
{
	uint8_t octets[RR_FIXED + 3];
	uint16_t length;
	(void)state;
	assert_ptr_equal(rr_render(octets, TYPE_TXT, 0x01020304, "\2ab", 3), octets + sizeof octets);
	assert_memory_equal(octets, "\xc0\x0c\0\x10\0\1\1\2\3\4\0\3\2ab", sizeof octets);
	assert_ptr_equal(rr_rdata(octets, &length), octets + RR_FIXED);
	assert_int_equal(length, 3);
	assert_int_equal(rr_ttl(octets), 0x01020304);
	assert_int_equal(octets_16(octets), pointer_to(QUESTION_NAME));
}

/* RDATA. */

static int rdata(const uint8_t *message, size_t size, uint16_t type, enum letters letters, struct arena *arena, struct blob *out,
	size_t at)
{
	struct error e;
	return message_rdata(message, at, size - at, type, letters, arena, out, &e);
}

static void rdata_is_uncompressed(void **state)
{
	struct arena arena = { 0 };
	struct blob out;
	uint8_t message[64];
	size_t size = MAKE(message, "\4Test\0\0\5\1M\xc0\x0c");
	(void)state;
	assert_int_equal(rdata(message, size, TYPE_MX, LOWER, &arena, &out, 18), DONE);
	assert_int_equal(out.size, 10);
	assert_memory_equal(out.data, "\0\5\1m\4test\0", 10);
	assert_int_equal(rdata(message, size, TYPE_MX, AS_THEY_ARE, &arena, &out, 18), DONE);
	assert_memory_equal(out.data, "\0\5\1M\4Test\0", 10);
	assert_int_equal(rdata(message, size, TYPE_SRV, LOWER, &arena, &out, 18), REFUSED);
	assert_int_equal(rdata(message, size, TYPE_A, LOWER, &arena, &out, 20), DONE); /* four octets, whatever they are */
	assert_int_equal(rdata(message, size - 1, TYPE_A, LOWER, &arena, &out, 20), REFUSED);
	assert_int_equal(rdata(message, size, 65280, LOWER, &arena, &out, 18), DONE); /* as it is */
	assert_int_equal(out.size, 6);
	arena_free(&arena);
}

/* RFC 3597 section 4: names of new types are never compressed. */
static void what_cannot_be_compressed_is_refused_so(void **state)
{
	struct arena arena = { 0 };
	struct blob out;
	uint8_t message[64];
	size_t size = MAKE(message, "\4test\0\0\1\xc0\x0c");
	(void)state;
	assert_int_equal(rdata(message, size, TYPE_HTTPS, LOWER, &arena, &out, 18), REFUSED);
	size = MAKE(message, "\4test\0\0\1\1A\0");
	assert_int_equal(rdata(message, size, TYPE_HTTPS, LOWER, &arena, &out, 18), DONE);
	assert_memory_equal(out.data, "\0\1\1A\0", 5); /* its case stays */
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(questions_are_written),
		cmocka_unit_test(names_are_read_through_pointers),
		cmocka_unit_test(names_that_are_none),
		cmocka_unit_test(a_name_of_255_octets_is_the_longest),
		cmocka_unit_test(a_cursor_goes_past_a_name),
		cmocka_unit_test(records_are_read_to_their_rdata),
		cmocka_unit_test(records_are_written_as_they_are_read),
		cmocka_unit_test(rdata_is_uncompressed),
		cmocka_unit_test(what_cannot_be_compressed_is_refused_so),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
