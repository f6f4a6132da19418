/* SPDX-License-Identifier: BSD-2-Clause */
/* Records that were put into a stream come out of its messages, as ldns reads them. */
#include "tests/unit/check.h"

#include <ldns/ldns.h>
#include <stdio.h>
#include <string.h>

#include "dnsd/store/node.h"
#include "dnsd/serve/transfer_stream.h"

static const uint8_t question[] = "\x12\x34\0\0\0\1\0\0\0\0\0\0\7example\0\0\374\0\1";
enum { QUESTION_END = sizeof question - 1 };

static uint8_t message[STREAM_MESSAGE];

static void begin(struct stream *s)
{
	struct name apex;
	struct error e;
	assert_outcome(name_read("example", &apex, &e), DONE, &e);
	assert_outcome(stream_begin(s, question, QUESTION_END, &apex, &e), DONE, &e);
}

static void add(struct stream *s, const char *owner, uint16_t type, const void *rdata, size_t size)
{
	struct name name;
	struct error e;
	assert_outcome(name_read(owner, &name, &e), DONE, &e);
	const struct zone_rr rr = { &name, type, (uint16_t)size, 60, rdata };
	assert_outcome(stream_add(s, &rr, &e), DONE, &e);
}

static ldns_pkt *take(struct stream *s)
{
	ldns_pkt *packet;
	size_t size = stream_take(s, message);
	if (size == 0)
		return NULL;
	assert_int_equal(ldns_wire2pkt(&packet, message, size), LDNS_STATUS_OK);
	assert_int_equal(ldns_pkt_id(packet), 0x1234);
	assert_true(ldns_pkt_qr(packet) && ldns_pkt_aa(packet));
	assert_int_equal(ldns_pkt_get_rcode(packet), LDNS_RCODE_NOERROR);
	assert_int_equal(ldns_pkt_qdcount(packet), 1);
	return packet;
}

static void is_rr(const ldns_pkt *packet, size_t which, const char *wanted)
{
	char *text = ldns_rr2str(ldns_rr_list_rr(ldns_pkt_answer(packet), which));
	text[strcspn(text, "\n")] = '\0';
	assert_string_equal(text, wanted);
	free(text);
}

static void test_names_are_compressed(void **state)
{
	struct stream s;
	(void)state;
	begin(&s);
	add(&s, "example", TYPE_A, "\300\0\2\1", 4);
	add(&s, "example", TYPE_A, "\300\0\2\2", 4);
	add(&s, "a.b.example", TYPE_A, "\300\0\2\3", 4);
	add(&s, "a.b.example", TYPE_TXT, "\2hi", 3);
	add(&s, "*.b.example", TYPE_A, "\300\0\2\4", 4);
	assert_int_equal(s.records, 5);
	ldns_pkt *packet = take(&s);
	assert_non_null(packet);
	is_rr(packet, 0, "example.\t60\tIN\tA\t192.0.2.1");
	is_rr(packet, 1, "example.\t60\tIN\tA\t192.0.2.2");
	is_rr(packet, 2, "a.b.example.\t60\tIN\tA\t192.0.2.3");
	is_rr(packet, 3, "a.b.example.\t60\tIN\tTXT\t\"hi\"");
	is_rr(packet, 4, "*.b.example.\t60\tIN\tA\t192.0.2.4");
	/* owners: 2, 2, 4 and a pointer, 2, 4 and a pointer */
	assert_int_equal(ldns_pkt_size(packet), QUESTION_END + 5 * 10 + 2 + 2 + 6 + 2 + 6 + 4 * 4 + 3);
	ldns_pkt_free(packet);
	assert_null(take(&s));
	stream_end(&s);
}

static void test_messages_are_bounded(void **state)
{
	enum { MANY = 20000 };
	struct stream s;
	size_t count = 0, messages = 0;
	ldns_pkt *packet;
	(void)state;
	begin(&s);
	for (int i = 0; i < MANY; i++) {
		char owner[32];
		const uint8_t rdata[] = { 10, 0, (uint8_t)(i >> 8), (uint8_t)i };
		snprintf(owner, sizeof owner, "h%d.example", i);
		add(&s, owner, TYPE_A, rdata, 4);
	}
	for (; (packet = take(&s)) != NULL; messages++) {
		for (size_t i = 0; i < ldns_pkt_ancount(packet); i++, count++) {
			char wanted[80];
			snprintf(wanted, sizeof wanted, "h%zu.example.\t60\tIN\tA\t10.0.%zu.%zu", count, count >> 8 & 255, count & 255);
			is_rr(packet, i, wanted);
		}
		ldns_pkt_free(packet);
	}
	assert_int_equal(count, MANY);
	assert_in_range(messages, MANY / 1000, MANY / 500);
	stream_end(&s);
}

static void test_large_records(void **state)
{
	static uint8_t large[60000];
	struct stream s;
	(void)state;
	begin(&s);
	for (int i = 0; i < 3; i++)
		add(&s, "large.example", 65400, large, sizeof large);
	add(&s, "small.example", TYPE_A, "\300\0\2\1", 4);
	for (int i = 0; i < 3; i++) {
		ldns_pkt *packet = take(&s);
		assert_non_null(packet);
		assert_int_equal(ldns_pkt_ancount(packet), 1);
		ldns_pkt_free(packet);
	}
	ldns_pkt *packet = take(&s);
	assert_non_null(packet);
	is_rr(packet, 0, "small.example.\t60\tIN\tA\t192.0.2.1");
	ldns_pkt_free(packet);
	assert_null(take(&s));
	stream_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_are_compressed), cmocka_unit_test(test_messages_are_bounded),
		cmocka_unit_test(test_large_records),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
