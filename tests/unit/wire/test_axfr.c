/* SPDX-License-Identifier: BSD-2-Clause */
/* A transfer as its client sees it (RFC 5936): what a whole one is, and what is none. */
#include "wire/axfr.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/check.h"

enum { ID = 0x1234, NOW = 1000000 };

static const char soa[] = "\1t\0\0\6\0\1\0\0\0\1\0\x16\0\0\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1";
static const char other_soa[] = "\1t\0\0\6\0\1\0\0\0\1\0\x16\0\0\0\0\0\2\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1";
static const char address[] = "\1A\xc0\x0c\0\1\0\1\0\0\0\1\0\4\1\2\3\4";
static const char question[] = "\1t\0\0\xfc\0\1";

struct record {
	const char *octets;
	size_t size;
};
#define RECORD(octets) { octets, sizeof(octets) - 1 }
static const struct record SOA = RECORD(soa), OTHER = RECORD(other_soa), ADDRESS = RECORD(address);

struct message {
	uint8_t octets[1024];
	size_t size;
};

static struct message make(size_t count, const struct record *records)
{
	struct message m = { .size = HEADER_SIZE };
	octets_put_16(m.octets, ID);
	m.octets[HEADER_FLAGS] = FLAG_QR | FLAG_AA;
	octets_put_16(m.octets + HEADER_QUESTIONS, 1);
	octets_put_16(m.octets + HEADER_ANSWERS, (uint16_t)count);
	memcpy(m.octets + m.size, question, sizeof question - 1);
	m.size += sizeof question - 1;
	for (size_t i = 0; i < count; i++) {
		memcpy(m.octets + m.size, records[i].octets, records[i].size);
		m.size += records[i].size;
	}
	return m;
}

static char taken[4 * NAME_TEXT];

static int take(const struct axfr_record *record, void *context, struct error *e)
{
	char owner[NAME_TEXT];
	(void)context;
	(void)e;
	name_write(record->owner.wire, owner);
	size_t at = strlen(taken);
	assert_true(at + NAME_TEXT + 8 < sizeof taken);
	snprintf(taken + at, NAME_TEXT + 8, "%s/%u ", owner, record->type);
	return DONE;
}

static void begin(struct axfr *a, const struct tsig_key *key)
{
	uint8_t octets[AXFR_QUESTION];
	struct name zone;
	struct error e;
	assert_done(name_read("t", &zone, &e), &e);
	taken[0] = '\0';
	size_t size = axfr_begin(a, &zone, key, ID, NOW, octets, take, NULL);
	assert_memory_equal(octets + HEADER_SIZE, question, sizeof question - 1);
	assert_true(key != NULL ? size > HEADER_SIZE + sizeof question : size == HEADER_SIZE + sizeof question - 1);
}

static void a_whole_zone_ends_with_its_first_soa(void **state)
{
	const struct record whole[] = { SOA, ADDRESS, SOA };
	const struct message at_once = make(3, whole), first = make(2, whole), last = make(1, &SOA);
	struct axfr a;
	struct error e;
	(void)state;
	begin(&a, NULL);
	assert_done(axfr_take(&a, at_once.octets, at_once.size, NOW, &e), &e);
	assert_true(a.done);
	assert_string_equal(taken, "t/6 a.t/1 ");
	axfr_end(&a);
	begin(&a, NULL);
	assert_done(axfr_take(&a, first.octets, first.size, NOW, &e), &e);
	assert_false(a.done);
	assert_done(axfr_take(&a, last.octets, last.size, NOW, &e), &e);
	assert_true(a.done);
	axfr_end(&a);
}

static void refused(const struct message *m, size_t size, const char *words)
{
	struct axfr a;
	struct error e = { "" };
	begin(&a, NULL);
	assert_outcome(axfr_take(&a, m->octets, size, NOW, &e), REFUSED, &e);
	assert_says(e.text, words);
	assert_false(a.done);
	axfr_end(&a);
}

static void what_is_no_transfer(void **state)
{
	const struct record other[] = { SOA, OTHER }, behind[] = { SOA, SOA, ADDRESS };
	struct message m = make(1, &ADDRESS);
	(void)state;
	refused(&m, m.size, "does not begin with the zone's SOA");
	m = make(2, other);
	refused(&m, m.size, "the zone changed meanwhile");
	m = make(3, behind);
	refused(&m, m.size, "records behind the last SOA");
	m = make(1, &SOA);
	for (size_t cut = HEADER_SIZE; cut < m.size; cut++)
		refused(&m, cut, "");
	refused(&m, HEADER_SIZE - 1, "a message of 11 octets");
	m.octets[1]++;
	refused(&m, m.size, "another id");
	m = make(1, &SOA);
	m.octets[HEADER_FLAGS] = 0;
	refused(&m, m.size, "no answer to a query");
	m.octets[HEADER_FLAGS] = FLAG_QR | FLAG_TC;
	refused(&m, m.size, "truncated");
	m = make(1, &SOA);
	m.octets[HEADER_SIZE + 1] = 'u';
	refused(&m, m.size, "another question");
	m = make(1, &SOA);
	m.octets[HEADER_QUESTIONS + 1] = 2;
	refused(&m, m.size, "2 questions");
}

static void rcodes_are_said(void **state)
{
	static const struct {
		uint8_t rcode;
		const char *words;
	} rows[] = {
		{ RCODE_REFUSED, "does it let this address, or only a key, transfer?" }, { RCODE_NOTAUTH, "does not serve the zone" },
		{ RCODE_SERVFAIL, "SERVFAIL (2)" }, { 15, "an error (15)" },
	};
	struct message m = make(0, NULL);
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		m.octets[HEADER_RCODE] = rows[i].rcode;
		refused(&m, m.size, rows[i].words);
	}
}

/* RFC 8945 section 5.3.1: the first message is signed, every hundredth at least, and the last. */
static void messages_without_a_signature(void **state)
{
	static const struct tsig_key key = { .name = { .size = 3, .wire = "\1k" }, .secret_size = 16 };
	const struct record whole[] = { SOA, ADDRESS };
	struct message m = make(2, whole);
	struct axfr a;
	struct error e;
	(void)state;
	begin(&a, &key);
	assert_outcome(axfr_take(&a, m.octets, m.size, NOW, &e), REFUSED, &e);
	assert_says(e.text, "is not signed by the key");
	assert_string_equal(taken, ""); /* nothing of it was believed */
	axfr_end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_zone_ends_with_its_first_soa),
		cmocka_unit_test(what_is_no_transfer),
		cmocka_unit_test(rcodes_are_said),
		cmocka_unit_test(messages_without_a_signature),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
