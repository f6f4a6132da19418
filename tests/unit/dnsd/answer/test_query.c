/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages one octet short and one octet long, and what each header says: RFC 1035 section 4.1,
 * RFC 6891, RFC 8906. */
#include "lib/cursor.h"
#include "tests/unit/dnsd/fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct fixture fixture;
static uint8_t packet[4096 + SCAN_BEHIND];

static size_t answer_to(size_t size, bool tcp)
{
	return respond(&fixture.worker, packet, size, 4096, &fixture.client, tcp);
}

static unsigned rcode(void)
{
	return packet[3] & 15;
}

static void shorter_than_a_header_or_a_response_is_dropped(void **state)
{
	(void)state;
	size_t size = fixture_query(packet, "b5p.us", 1, 0);
	for (size_t cut = 0; cut < HEADER_SIZE; cut++)
		assert_int_equal(answer_to(cut, false), 0);
	fixture_query(packet, "b5p.us", 1, 0);
	packet[2] |= 0x80;
	assert_int_equal(answer_to(size, false), 0);
}

/* Whatever is cut off or added makes FORMERR, with the id, and with the question when it is whole. */
static void every_other_length_is_formerr(void **state)
{
	(void)state;
	for (uint16_t edns = 0; edns <= 1232; edns += 1232) {
		size_t size = fixture_query(packet, "mail.b5p.us", 1, edns);
		for (size_t cut = HEADER_SIZE; cut < size; cut++) {
			fixture_query(packet, "mail.b5p.us", 1, edns);
			assert_true(answer_to(cut, false) >= HEADER_SIZE);
			assert_int_equal(packet[0] << 8 | packet[1], 0x1234);
			assert_int_equal(rcode(), RCODE_FORMERR);
		}
		fixture_query(packet, "mail.b5p.us", 1, edns);
		packet[size] = 0;
		answer_to(size + 1, false);
		assert_int_equal(rcode(), RCODE_FORMERR);
		fixture_query(packet, "mail.b5p.us", 1, edns);
		answer_to(size, false);
		assert_int_equal(rcode(), RCODE_NOERROR);
	}
}

static const struct {
	const char *what;
	size_t at; /* of the octet that is set */
	uint8_t value, rcode;
} headers[] = {
	{ "no question", 5, 0, RCODE_FORMERR },
	{ "two questions", 5, 2, RCODE_FORMERR },
	{ "an answer in a query", 7, 1, RCODE_FORMERR },
	{ "an authority in a query", 9, 1, RCODE_FORMERR },
	{ "an additional record that is not there", 11, 1, RCODE_FORMERR },
	{ "opcode IQUERY", 2, 1 << 3, RCODE_NOTIMP },
	{ "opcode STATUS", 2, 2 << 3, RCODE_NOTIMP },
	{ "opcode NOTIFY", 2, 4 << 3, RCODE_NOTIMP },
	{ "opcode UPDATE, not signed", 2, 5 << 3, RCODE_REFUSED },
	{ "opcode 15", 2, 15 << 3, RCODE_NOTIMP },
	{ "TC in a query", 2, 2, RCODE_NOERROR },
	{ "CD, AD and Z in a query", 3, 0x70, RCODE_NOERROR }, /* RFC 4035 section 3.1.6: none is copied */
	{ "a pointer in the question", 12, 0xc0, RCODE_FORMERR },
	{ "a label of 64", 12, 64, RCODE_FORMERR },
	{ "type OPT", 12 + 14, TYPE_OPT, RCODE_FORMERR },
	{ "type TKEY", 12 + 14, TYPE_TKEY, RCODE_FORMERR },
	{ "type AXFR", 12 + 14, TYPE_AXFR, RCODE_REFUSED },
	{ "type IXFR", 12 + 14, TYPE_IXFR, RCODE_REFUSED },
	{ "type MAILB", 12 + 14, TYPE_MAILB, RCODE_NOTIMP },
	{ "type 0", 12 + 14, 0, RCODE_FORMERR },
	{ "class HS", 12 + 16, 4, RCODE_REFUSED },
	{ "class NONE", 12 + 16, 254, RCODE_REFUSED },
	{ "class ANY", 12 + 16, 255, RCODE_REFUSED },
	{ "class CH, not ours", 12 + 16, 3, RCODE_REFUSED },
};

static void headers_are_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
		size_t size = fixture_query(packet, "mail.b5p.us", 1, 0);
		packet[headers[i].at] = headers[i].value;
		if (answer_to(size, false) < HEADER_SIZE || rcode() != headers[i].rcode)
			fail_msg("%s: rcode %u", headers[i].what, rcode());
		assert_int_equal(packet[3] & 0x70, 0);
	}
}

static void names_up_to_255_octets(void **state)
{
	(void)state;
	char name[300] = "";
	for (int i = 0; i < 121; i++)
		strcat(name, "a.");
	strcat(name, "mail.b5p.us"); /* 242 + 13 octets */
	size_t size = fixture_query(packet, name, 1, 0);
	assert_int_equal(size, HEADER_SIZE + 255 + 4);
	answer_to(size, false);
	assert_int_equal(rcode(), RCODE_NXDOMAIN);
	memmove(packet + HEADER_SIZE + 2, packet + HEADER_SIZE, 255 + 4);
	packet[HEADER_SIZE] = 1;
	packet[2] = packet[3] = packet[6] = packet[7] = packet[8] = packet[9] = 0;
	answer_to(HEADER_SIZE + 257 + 4, false);
	assert_int_equal(rcode(), RCODE_FORMERR);
}

static void letter_case_is_preserved(void **state)
{
	(void)state;
	size_t size = fixture_query(packet, "mail.b5p.us", 1, 0);
	uint8_t asked[64];
	packet[13] = 'M';
	packet[18] = 'B';
	memcpy(asked, packet + HEADER_SIZE, size - HEADER_SIZE);
	assert_true(answer_to(size, false) > size);
	assert_int_equal(rcode(), RCODE_NOERROR);
	assert_memory_equal(packet + HEADER_SIZE, asked, size - HEADER_SIZE);
}

/* An OPT of VERSION with OPTIONS behind the question; returns the answer's OPT. */
static const uint8_t *ask_with_opt(uint8_t version, uint8_t flags, const void *options, uint8_t length,
	unsigned copies)
{
	size_t size = fixture_query(packet, "mail.b5p.us", 1, 0);
	struct cursor c = cursor_over(packet + size, 200);
	for (unsigned i = 0; i < copies; i++) {
		const uint8_t opt[] = { 0, 0, TYPE_OPT, 16, 0, 0, version, flags, 0, 0, length };
		cursor_put(&c, opt, sizeof opt);
		cursor_put(&c, options, length);
	}
	packet[11] = (uint8_t)copies;
	size_t got = answer_to(size + cursor_done(&c), false);
	for (size_t at = got - OPT_SIZE; at >= size; at--)
		if (packet[at] == 0 && packet[at + 1] == 0 && packet[at + 2] == TYPE_OPT)
			return packet + at;
	return NULL;
}

static void edns(void **state)
{
	(void)state;
	const uint8_t *opt = ask_with_opt(0, 0, "", 0, 1);
	assert_non_null(opt);
	assert_int_equal(opt[3] << 8 | opt[4], 1232);
	assert_int_equal(opt[7], 0);
	opt = ask_with_opt(0, 0x80, "", 0, 1); /* DO is copied, Z is not */
	assert_int_equal(opt[7], 0x80);
	opt = ask_with_opt(0, 0x40, "", 0, 1);
	assert_int_equal(opt[7], 0);
	opt = ask_with_opt(1, 0, "", 0, 1); /* BADVERS is 16: 1 in the OPT, 0 in the header */
	assert_int_equal(opt[5], 1);
	assert_int_equal(opt[6], 0);
	assert_int_equal(rcode(), 0);
	assert_int_equal(packet[7], 0);
	assert_non_null(ask_with_opt(0, 0, "\xff\x00\x00\x02hi", 6, 1)); /* unknown: passed over */
	assert_int_equal(rcode(), RCODE_NOERROR);
	assert_null(ask_with_opt(0, 0, "\xff\x00\x00\x09hi", 6, 1)); /* longer than its OPT */
	assert_int_equal(rcode(), RCODE_FORMERR);
	assert_null(ask_with_opt(0, 0, "", 0, 2)); /* RFC 6891 section 6.1.1 */
	assert_int_equal(rcode(), RCODE_FORMERR);
}

/* RFC 7873: section 5.2.2 on lengths, 5.4 on no question; RFC 6891 section 6.1.1 on the OPT of errors. */
static void odd_cookies(void **state)
{
	(void)state;
	const uint8_t *opt = ask_with_opt(0, 0, "\0\12\0\7abcdefg", 11, 1);
	assert_non_null(opt);
	assert_int_equal(rcode(), RCODE_FORMERR);
	assert_memory_equal(opt + 9, "\0\0", 2);
	static const uint8_t alone[] = { 0x12, 0x34, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, TYPE_OPT, 4, 0xd0, 0, 0, 0, 0,
		0, 12, 0, 10, 0, 8, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h' };
	memcpy(packet, alone, sizeof alone);
	assert_int_equal(answer_to(sizeof alone, false), sizeof alone + 16);
	assert_int_equal(rcode(), RCODE_NOERROR);
	assert_int_equal(packet[5], 0);
	assert_memory_equal(packet + HEADER_SIZE + 9, "\0\34\0\12\0\30abcdefgh", 14);
	memcpy(packet, alone, sizeof alone);
	packet[24] = 11; /* not a cookie: nothing is asked */
	assert_int_equal(answer_to(sizeof alone, false), HEADER_SIZE + OPT_SIZE);
	assert_int_equal(rcode(), RCODE_FORMERR);
	memcpy(packet, alone, sizeof alone);
	packet[7] = 1;
	assert_int_equal(answer_to(sizeof alone, false), HEADER_SIZE);
	assert_int_equal(rcode(), RCODE_FORMERR);
}

static void nsid_is_given_when_asked(void **state)
{
	(void)state;
	const uint8_t *opt = ask_with_opt(0, 0, "\0\3\0\0", 4, 1);
	assert_non_null(opt);
	assert_memory_equal(opt + 9, "\0\11\0\3\0\5node1", 11);
	fixture.settings.nsid = "";
	opt = ask_with_opt(0, 0, "\0\3\0\0", 4, 1);
	assert_memory_equal(opt + 9, "\0\0", 2);
	fixture.settings.nsid = "node1";
}

static void chaos_names(void **state)
{
	(void)state;
	static const struct {
		const char *name, *text;
	} names[] = { { "version.bind", "windsock" }, { "version.server", "windsock" },
		{ "id.server", "node1" }, { "hostname.bind", "node1" }, { "authors.bind", NULL } };
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		size_t size = fixture_query(packet, names[i].name, TYPE_TXT, 0);
		packet[size - 1] = CLASS_CH;
		size_t got = answer_to(size, false);
		assert_int_equal(rcode(), names[i].text == NULL ? RCODE_REFUSED : RCODE_NOERROR);
		if (names[i].text == NULL)
			continue;
		assert_int_equal(packet[2] & 4, 0); /* no AA: there is no such zone */
		assert_int_equal(packet[size + 5], CLASS_CH);
		assert_memory_equal(packet + size + RR_FIXED + 1, names[i].text, got - size - RR_FIXED - 1);
	}
}

/* Records behind the question: as many as are claimed, of which the OPT and TSIG alone mean anything. */
#define BYTES(octets) (const uint8_t *)octets, sizeof octets - 1
#define A_RECORD "\0\1\0\1\0\0\0\0\0\4\300\0\2\1"

static const struct {
	const char *what;
	uint8_t authorities, additional, type;
	const uint8_t *bytes;
	size_t size;
	uint8_t rcode;
} behind[] = {
	{ "an A of the root", 0, 1, TYPE_A, BYTES("\0" A_RECORD), RCODE_NOERROR },
	{ "an A of a name", 0, 1, TYPE_A, BYTES("\1a\2bc\0" A_RECORD), RCODE_NOERROR },
	{ "an A of a name that points", 0, 1, TYPE_A, BYTES("\1a\300\14" A_RECORD), RCODE_NOERROR },
	{ "two of them", 0, 2, TYPE_A, BYTES("\300\14" A_RECORD "\300\14" A_RECORD), RCODE_NOERROR },
	{ "two, the first one cut", 0, 2, TYPE_A, BYTES("\300\14\0\1"), RCODE_FORMERR },
	{ "two, and there is one", 0, 2, TYPE_A, BYTES("\300\14" A_RECORD), RCODE_FORMERR },
	{ "one, and there are two", 0, 1, TYPE_A, BYTES("\0" A_RECORD "\0" A_RECORD), RCODE_FORMERR },
	{ "a name without an end", 0, 1, TYPE_A, BYTES("\3ab"), RCODE_FORMERR },
	{ "half a pointer", 0, 1, TYPE_A, BYTES("\300"), RCODE_FORMERR },
	{ "an OPT of a name", 0, 1, TYPE_A, BYTES("\1a\0\0\51\4\0\0\0\0\0\0\0"), RCODE_FORMERR },
	{ "an OPT whose data are not there", 0, 1, TYPE_A, BYTES("\0\0\51\4\0\0\0\0\0\0\1"), RCODE_FORMERR },
	{ "an OPT of 256 octets that are not there", 0, 1, TYPE_A, BYTES("\0\0\51\4\0\0\0\0\0\1\0"),
		RCODE_FORMERR },
	{ "an OPT of an odd type", 0, 1, TYPE_A, BYTES("\0\1\51\4\0\0\0\0\0\0\0"), RCODE_NOERROR },
	{ "a TSIG without data", 0, 1, TYPE_A, BYTES("\1k\0\0\372\0\377\0\0\0\0\0\0"), RCODE_FORMERR },
	{ "IXFR with its SOA", 1, 0, TYPE_IXFR, BYTES("\300\14\0\6\0\1\0\0\0\0\0\0"), RCODE_REFUSED },
	{ "IXFR with two", 2, 0, TYPE_IXFR, BYTES(""), RCODE_FORMERR },
	{ "an authority for A", 1, 0, TYPE_A, BYTES("\300\14\0\6\0\1\0\0\0\0\0\0"), RCODE_FORMERR },
};

static void records_behind_the_question(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof behind / sizeof behind[0]; i++) {
		size_t size = fixture_query(packet, "mail.b5p.us", behind[i].type, 0);
		packet[9] = behind[i].authorities;
		packet[11] = behind[i].additional;
		memcpy(packet + size, behind[i].bytes, behind[i].size);
		answer_to(size + behind[i].size, false);
		if (rcode() != behind[i].rcode)
			fail_msg("%s: rcode %u", behind[i].what, rcode());
	}
}

/* A header that is wrong and a question that cannot be read: the header alone comes back. */
static void a_bad_question_is_not_repeated(void **state)
{
	(void)state;
	size_t size = fixture_query(packet, "mail.b5p.us", TYPE_A, 0);
	packet[7] = 1;
	packet[HEADER_SIZE] = 64;
	assert_int_equal(answer_to(size, false), HEADER_SIZE);
	assert_int_equal(rcode(), RCODE_FORMERR);
	assert_int_equal(packet[5], 0);
}

/* Asks with these options, whose length is SIZE, over TCP or UDP; whether the answer's OPT has option 11. */
static bool kept_alive(const void *options, uint8_t options_size, bool tcp)
{
	size_t size = fixture_query(packet, "mail.b5p.us", TYPE_A, 1232);
	packet[size - 1] = options_size;
	memcpy(packet + size, options, options_size);
	size_t got = answer_to(size + options_size, tcp);
	assert_int_equal(rcode(), RCODE_NOERROR);
	return memcmp(packet + got - 6, "\0\13\0\2\0\144", 6) == 0;
}

/* RFC 7828 section 3.2.1: in TCP, and without a time in it. */
static void keepalive(void **state)
{
	(void)state;
	fixture.settings.tcp_idle = 100;
	assert_true(kept_alive("\0\13\0\0", 4, true));
	assert_false(kept_alive("\0\13\0\2\0\1", 6, true));
	assert_false(kept_alive("\0\13\0\0", 4, false));
	fixture.settings.tcp_idle = 0;
}

/* RFC 7873 section 5.2: of several cookies the first counts; none does where there are no secrets. */
static void several_cookies_and_none(void **state)
{
	(void)state;
	const uint8_t *opt = ask_with_opt(0, 0, "\0\12\0\10abcdefgh\0\12\0\10ijklmnop", 24, 1);
	assert_memory_equal(opt + 9, "\0\34\0\12\0\30abcdefgh", 14);
	fixture.settings.cookies.count = 0;
	opt = ask_with_opt(0, 0, "\0\12\0\10abcdefgh", 12, 1);
	assert_memory_equal(opt + 9, "\0\0", 2);
	fixture.settings.cookies.count = 1;
}

static size_t ask_chaos(const char *name, uint16_t type, size_t room)
{
	size_t size = fixture_query(packet, name, type, 0);
	packet[size - 1] = CLASS_CH;
	return respond(&fixture.worker, packet, size, room, &fixture.client, true);
}

static void chaos_has_its_limits(void **state)
{
	(void)state;
	char text[300] = "";
	static const char *const others[] = { "hostname.server", "id.bind", "x.server", "version.other", "bind",
		"x.version.bind" };
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		ask_chaos(others[i], TYPE_TXT, 4096);
		assert_int_equal(rcode(), RCODE_REFUSED);
	}
	ask_chaos("version.bind", TYPE_A, 4096);
	assert_int_equal(rcode(), RCODE_REFUSED);
	size_t size = ask_chaos("version.bind", TYPE_ANY, 4096);
	assert_int_equal(packet[7], 1);
	assert_int_equal(ask_chaos("version.bind", TYPE_TXT, size), size);
	assert_int_equal(ask_chaos("version.bind", TYPE_TXT, size - 1), HEADER_SIZE + 14 + 4);
	assert_int_equal(packet[2] & FLAG_TC, FLAG_TC);
	for (size_t length = 0; length <= 256; length += length == 0 ? 255 : 1) {
		memset(text, 'v', length);
		fixture.settings.version = text;
		ask_chaos("version.bind", TYPE_TXT, 4096);
		assert_int_equal(rcode(), length == 255 ? RCODE_NOERROR : RCODE_REFUSED);
	}
	fixture.settings.version = "windsock";
}

static int set_up(void **state)
{
	(void)state;
	fixture_make(&fixture);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fixture_free(&fixture);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shorter_than_a_header_or_a_response_is_dropped),
		cmocka_unit_test(every_other_length_is_formerr),
		cmocka_unit_test(headers_are_judged),
		cmocka_unit_test(names_up_to_255_octets),
		cmocka_unit_test(letter_case_is_preserved),
		cmocka_unit_test(edns),
		cmocka_unit_test(odd_cookies),
		cmocka_unit_test(nsid_is_given_when_asked),
		cmocka_unit_test(chaos_names),
		cmocka_unit_test(chaos_has_its_limits),
		cmocka_unit_test(records_behind_the_question),
		cmocka_unit_test(a_bad_question_is_not_repeated),
		cmocka_unit_test(keepalive),
		cmocka_unit_test(several_cookies_and_none),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
