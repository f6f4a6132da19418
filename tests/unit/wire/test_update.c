/* SPDX-License-Identifier: BSD-2-Clause */
/* UPDATE messages: every form of RFC 2136, and what is none. */
#include "wire/update.h"

#include <stdlib.h>
#include <string.h>

#include "lib/cursor.h"
#include "tests/unit/check.h"

/* A message for b5p.us, whose name stands at 12. */
struct draft {
	uint8_t octets[4096];
	struct cursor c;
};

enum { PREREQUISITES = 6, UPDATES = 8, ADDITIONAL = 10, ZONE_AT = 12 };

static void count(struct draft *d, size_t where)
{
	d->octets[where + 1]++;
}

static void begin(struct draft *d)
{
	static const uint8_t head[] = "\x12\x34\x28\0\0\1\0\0\0\0\0\0\3B5P\2us\0\0\6\0";
	memset(d->octets, 0, sizeof d->octets);
	d->c = cursor_over(d->octets, sizeof d->octets);
	cursor_put(&d->c, head, sizeof head - 1);
	cursor_put_u8(&d->c, 1);
}

/* A record of LABEL below the zone, or of the zone itself. */
static void put(struct draft *d, size_t section, const char *label, uint16_t type, uint16_t class, uint32_t ttl,
	const void *rdata, size_t size)
{
	count(d, section);
	if (*label != '\0') {
		cursor_put_u8(&d->c, (uint8_t)strlen(label));
		cursor_put(&d->c, label, strlen(label));
	}
	cursor_put_u16(&d->c, 0xc000 | ZONE_AT);
	cursor_put_u16(&d->c, type);
	cursor_put_u16(&d->c, class);
	cursor_put_u32(&d->c, ttl);
	cursor_put_u16(&d->c, (uint16_t)size);
	cursor_put(&d->c, rdata, size);
}

static int read_it(struct draft *d, struct arena *arena, struct update_message *m, struct error *e)
{
	return update_read(d->octets, cursor_done(&d->c), arena, m, e);
}

static void every_form_is_read(void **state)
{
	struct draft d;
	struct arena arena = { 0 };
	struct update_message m;
	struct error e;
	(void)state;
	begin(&d);
	put(&d, PREREQUISITES, "a", 255, 255, 0, "", 0);
	put(&d, PREREQUISITES, "a", 16, 255, 0, "", 0);
	put(&d, PREREQUISITES, "a", 16, 1, 0, "\1x", 2);
	put(&d, PREREQUISITES, "b", 255, 254, 0, "", 0);
	put(&d, PREREQUISITES, "b", 16, 254, 0, "", 0);
	put(&d, UPDATES, "C", 1, 1, 60, "\300\0\2\1", 4);
	put(&d, UPDATES, "c", 1, 255, 0, "", 0);
	put(&d, UPDATES, "c", 255, 255, 0, "", 0);
	put(&d, UPDATES, "c", 1, 254, 0, "\300\0\2\1", 4);
	assert_done(read_it(&d, &arena, &m, &e), &e);
	assert_string_equal(m.zone, "b5p.us");
	assert_int_equal(m.id, 0x1234);
	assert_int_equal(m.prerequisite_count, 5);
	assert_int_equal(m.update_count, 4);
	assert_string_equal(m.updates[0].owner, "c.b5p.us");
	assert_int_equal(m.updates[0].ttl, 60);
	assert_int_equal(m.updates[3].rdata.size, 4);
	assert_null(update_outside(&m));
	arena_free(&arena);
}

static void rdata_is_made_normal(void **state)
{
	static const struct {
		uint16_t type;
		const char *octets;
		size_t size;
		const char *wanted;
		size_t wanted_size;
	} rows[] = {
		{ 2, "\2NS\300\014", 5, "\2ns\3b5p\2us", 11 },
		{ 5, "\300\014", 2, "\3b5p\2us", 8 },
		{ 15, "\0\012\4MAIL\300\014", 9, "\0\012\4mail\3b5p\2us", 15 },
		{ 33, "\0\1\0\2\0\3\300\014", 8, "\0\1\0\2\0\3\3b5p\2us", 14 },
		{ 35, "\0\1\0\2\1U\1S\0\300\014", 11, "\0\1\0\2\1U\1S\0\3b5p\2us", 17 },
		{ 16, "\1A\0", 3, "\1A", 3 },
		{ 65, "\0\1\2Sv\0\200\1\0\0", 10, "\0\1\2Sv\0\200\1\0", 10 }, /* RFC 9460: not compressed, case kept */
		{ 65280, "\300\014Xy", 4, "\300\014Xy", 4 }, /* of unknown types nothing is known */
		{ 28, "0123456789abcdef", 16, "0123456789abcdef", 16 },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct draft d;
		struct arena arena = { 0 };
		struct update_message m;
		struct error e;
		begin(&d);
		put(&d, UPDATES, "x", rows[i].type, 1, 1, rows[i].octets, rows[i].size);
		assert_done(read_it(&d, &arena, &m, &e), &e);
		if (m.updates[0].rdata.size != rows[i].wanted_size)
			fail_msg("type %u: %zu octets", rows[i].type, m.updates[0].rdata.size);
		assert_memory_equal(m.updates[0].rdata.data, rows[i].wanted, rows[i].wanted_size);
		arena_free(&arena);
	}
}

static void what_is_malformed_is_refused(void **state)
{
	static const struct {
		size_t section;
		uint16_t type, class;
		uint32_t ttl;
		const char *rdata;
		size_t size;
		const char *says;
	} rows[] = {
		{ PREREQUISITES, 1, 255, 1, "", 0, "TTL" },
		{ PREREQUISITES, 1, 255, 0, "abcd", 4, "RDATA with class ANY" },
		{ PREREQUISITES, 1, 254, 0, "abcd", 4, "RDATA with class NONE" },
		{ PREREQUISITES, 255, 1, 0, "", 0, "cannot stand" },
		{ PREREQUISITES, 1, 3, 0, "", 0, "class" },
		{ PREREQUISITES, 1, 1, 0, "abc", 3, "form of its type 1" },
		{ UPDATES, 1, 255, 1, "", 0, "TTL with class ANY" },
		{ UPDATES, 1, 255, 0, "abcd", 4, "RDATA with class ANY" },
		{ UPDATES, 1, 254, 1, "abcd", 4, "TTL with class NONE" },
		{ UPDATES, 255, 254, 0, "", 0, "ANY" },
		{ UPDATES, 252, 255, 0, "", 0, "cannot stand" },
		{ UPDATES, 41, 1, 0, "", 0, "cannot stand" },
		{ UPDATES, 250, 1, 0, "", 0, "cannot stand" },
		{ UPDATES, 0, 1, 0, "", 0, "cannot stand" },
		{ UPDATES, 1, 1, 0, "abcde", 5, "form of its type 1" },
		{ UPDATES, 28, 1, 0, "abcd", 4, "form of its type 28" },
		{ UPDATES, 16, 1, 0, "", 0, "form of its type 16" },
		{ UPDATES, 16, 1, 0, "\2x", 2, "form of its type 16" },
		{ UPDATES, 15, 1, 0, "\0", 1, "form of its type 15" },
		{ UPDATES, 2, 1, 0, "\300\377", 2, "form of its type 2" }, /* forward */
		{ UPDATES, 2, 1, 0, "\300\0", 2, "form of its type 2" },   /* into the header */
		{ UPDATES, 2, 1, 0, "\1a\300\046", 4, "form of its type 2" },
		{ UPDATES, 65, 1, 0, "\0\1\300\014", 4, "form of its type 65" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct draft d;
		struct arena arena = { 0 };
		struct update_message m;
		struct error e = { "" };
		begin(&d);
		put(&d, rows[i].section, "x", rows[i].type, rows[i].class, rows[i].ttl, rows[i].rdata, rows[i].size);
		int outcome = read_it(&d, &arena, &m, &e);
		if (outcome != REFUSED)
			fail_msg("row %zu: outcome %d", i, outcome);
		assert_says(e.text, rows[i].says);
		arena_free(&arena);
	}
}

/* A whole message, one octet short at each place: never taken, never read beyond. */
static void what_is_cut_off_is_refused(void **state)
{
	struct draft d;
	(void)state;
	begin(&d);
	put(&d, PREREQUISITES, "a", 16, 1, 0, "\1x", 2);
	put(&d, UPDATES, "b", 15, 1, 60, "\0\012\4mail\300\014", 9);
	put(&d, ADDITIONAL, "", 41, 1232, 0, "", 0);
	d.octets[10] = d.octets[11] = 0; /* the OPT above belongs to the root: leave it out */
	size_t whole = cursor_done(&d.c) - 12;
	for (size_t size = 0; size < whole; size++) {
		struct arena arena = { 0 };
		struct update_message m;
		struct error e;
		uint8_t *copy = malloc(size + 1); /* just as long, for the sanitizer */
		assert_non_null(copy);
		memcpy(copy, d.octets, size);
		assert_int_equal(update_read(copy, size, &arena, &m, &e), REFUSED);
		assert_false(update_has_tsig(copy, size));
		free(copy);
		arena_free(&arena);
	}
	struct arena arena = { 0 };
	struct update_message m;
	struct error e;
	assert_done(update_read(d.octets, whole, &arena, &m, &e), &e);
	assert_outcome(update_read(d.octets, whole + 1, &arena, &m, &e), REFUSED, &e);
	arena_free(&arena);
}

static void other_zones_and_sections_are_refused(void **state)
{
	static const struct {
		size_t at;
		uint8_t octet;
		const char *says;
	} rows[] = {
		{ 5, 0, "other than one zone" }, { 5, 2, "other than one zone" }, { 21, 1, "not SOA" }, { 2, 0x20, "no UPDATE" },
		{ 2, 0xa8, "no UPDATE" }, { 11, 1, "cut off" }, { 8, 4, "more than 1000" }, { 12, 0xc0, "cut off" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct draft d;
		struct arena arena = { 0 };
		struct update_message m;
		struct error e = { "" };
		begin(&d);
		d.octets[rows[i].at] = rows[i].octet;
		assert_outcome(read_it(&d, &arena, &m, &e), REFUSED, &e);
		assert_says(e.text, rows[i].says);
		arena_free(&arena);
	}
}

static void names_outside_are_found(void **state)
{
	struct draft d;
	struct arena arena = { 0 };
	struct update_message m;
	struct error e;
	(void)state;
	begin(&d);
	count(&d, UPDATES);
	cursor_put(&d.c, "\1x\4test\0\0\1\0\1\0\0\0\0\0\4abcd", 22);
	assert_done(read_it(&d, &arena, &m, &e), &e);
	assert_string_equal(update_outside(&m), "x.test");
	arena_free(&arena);
}

static void only_a_tsig_at_the_end_signs(void **state)
{
	struct draft d;
	(void)state;
	begin(&d);
	assert_false(update_has_tsig(d.octets, cursor_done(&d.c)));
	put(&d, UPDATES, "x", 250, 255, 0, "", 0);
	assert_false(update_has_tsig(d.octets, cursor_done(&d.c)));
	put(&d, ADDITIONAL, "k", 250, 255, 0, "1234", 4);
	assert_true(update_has_tsig(d.octets, cursor_done(&d.c)));
	put(&d, ADDITIONAL, "k", 41, 255, 0, "1234", 4);
	assert_false(update_has_tsig(d.octets, cursor_done(&d.c)));
}

static void answers_hold_the_zone_and_why(void **state)
{
	struct draft d;
	uint8_t answer[UPDATE_ANSWER];
	char long_text[600];
	(void)state;
	begin(&d);
	size_t size = cursor_done(&d.c);
	assert_int_equal(update_answer(d.octets, size, RCODE_NXRRSET, false, 0, NULL, answer), size);
	assert_int_equal(answer[2], 0xa8);
	assert_int_equal(answer[3], RCODE_NXRRSET);
	assert_memory_equal(answer + 12, d.octets + 12, size - 12);
	assert_int_equal(update_answer(d.octets, size, RCODE_REFUSED, true, 18, "why", answer), size + 11 + 9);
	assert_int_equal(answer[11], 1);
	assert_memory_equal(answer + size + 11, "\0\017\0\5\0\022why", 9);
	memset(long_text, 'x', sizeof long_text - 1);
	long_text[sizeof long_text - 1] = '\0';
	assert_in_range(update_answer(d.octets, size, RCODE_REFUSED, true, 18, long_text, answer), size + 100, UPDATE_ANSWER);
	assert_int_equal(update_answer(d.octets, 12, RCODE_FORMERR, false, 0, NULL, answer), 12);
	assert_int_equal(answer[5], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_is_read),
		cmocka_unit_test(rdata_is_made_normal),
		cmocka_unit_test(what_is_malformed_is_refused),
		cmocka_unit_test(what_is_cut_off_is_refused),
		cmocka_unit_test(other_zones_and_sections_are_refused),
		cmocka_unit_test(names_outside_are_found),
		cmocka_unit_test(only_a_tsig_at_the_end_signs),
		cmocka_unit_test(answers_hold_the_zone_and_why),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
