/* SPDX-License-Identifier: BSD-2-Clause */
/* What stands in an answer's OPT: extended errors (RFC 8914), NSID, and what gives way to what. */
#include "lib/cursor.h"
#include "tests/unit/dnsd/fixture.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { NONE = -1, NSID = 3, EXTENDED_ERROR = 15 };

static struct fixture fixture;
static uint8_t packet[4096 + SCAN_BEHIND];

static size_t ask(const char *name, uint16_t type, uint16_t edns)
{
	size_t size = fixture_query(packet, name, type, edns);
	return respond(&fixture.worker, packet, size, 4096, &fixture.client, false);
}

/* The option of this code in the OPT at the message's end, whose DATA is SIZE octets; NULL. */
static const uint8_t *option(size_t length, uint16_t wanted, uint16_t *size)
{
	for (size_t at = length - OPT_SIZE; at >= HEADER_SIZE; at--) {
		if (memcmp(packet + at, "\0\0\51\4\320", 5) != 0
			|| at + OPT_SIZE + (size_t)(packet[at + 9] << 8 | packet[at + 10]) != length)
			continue;
		struct cursor c = cursor_reading(packet + at + OPT_SIZE, length - at - OPT_SIZE);
		while (cursor_left(&c) > 0) {
			uint16_t code = cursor_u16(&c);
			*size = cursor_u16(&c);
			const uint8_t *data = cursor_skip(&c, *size);
			assert_non_null(data);
			if (code == wanted)
				return data;
		}
		return NULL;
	}
	fail_msg("no OPT at the end");
	return NULL;
}

static void explained(size_t length, int code, const char *text)
{
	uint16_t size;
	const uint8_t *data = option(length, EXTENDED_ERROR, &size);
	if (code == NONE) {
		assert_null(data);
		return;
	}
	assert_non_null(data);
	assert_int_equal(data[0] << 8 | data[1], code);
	assert_int_equal(size, 2 + strlen(text));
	assert_memory_equal(data + 2, text, strlen(text));
}

static void extended_errors(void **state)
{
	(void)state;
	explained(ask("mail.b5p.us", TYPE_A, 1232), NONE, "");
	explained(ask("elsewhere.test", TYPE_A, 1232), EXTENDED_NOT_AUTHORITATIVE, "");
	explained(ask("gone.b5p.us", TYPE_A, 1232), EXTENDED_OTHER, "this pool is retired");
	assert_true(packet[7] > 0); /* answered all the same */
	explained(ask("fe4_058.b5p.us", TYPE_A, 1232), NONE, "");
	size_t size = fixture_query(packet, "no.such", TYPE_TXT, 1232);
	packet[size - OPT_SIZE - 1] = CLASS_CH;
	explained(respond(&fixture.worker, packet, size, 4096, &fixture.client, false), EXTENDED_PROHIBITED, "");
}

static void a_stale_registry_is_told_of(void **state)
{
	(void)state;
	atomic_store(&fixture.view.stale, true);
	explained(ask("mail.b5p.us", TYPE_A, 1232), EXTENDED_STALE, "the registry cannot be read");
	explained(ask("nx.b5p.us", TYPE_A, 1232), EXTENDED_STALE, "the registry cannot be read");
	explained(ask("elsewhere.test", TYPE_A, 1232), EXTENDED_NOT_AUTHORITATIVE, "");
	size_t plain = ask("mail.b5p.us", TYPE_A, 0);
	assert_int_equal(plain, HEADER_SIZE + 13 + 4 + 16); /* without an OPT, nothing */
	atomic_store(&fixture.view.stale, false);
	explained(ask("mail.b5p.us", TYPE_A, 1232), NONE, "");
}

/* Who may transfer by its address looks first whether there is something new: at the catalog's SOA, or by IXFR over UDP. */
static void who_may_transfer_may_look(void **state)
{
	static struct network near[1];
	static const struct networks transfers = { near, 1 };
	static const struct {
		const char *name;
		uint16_t type, class;
		uint8_t opcode, client, rcode, answers;
		bool tcp, bare; /* BARE: there is no catalog */
	} rows[] = {
		{ "cat.invalid", TYPE_SOA, CLASS_IN, 0, 200, RCODE_NOERROR, 1, false, false },
		{ "cat.invalid", TYPE_SOA, CLASS_IN, 0, 200, RCODE_REFUSED, 0, false, true },
		{ "cat.invalid", TYPE_SOA, CLASS_IN, 0, 100, RCODE_REFUSED, 0, false, false },
		{ "cat.invalid", TYPE_SOA, CLASS_CH, 0, 200, RCODE_REFUSED, 0, false, false },
		{ "cat.invalid", TYPE_IXFR, CLASS_IN, 0, 200, RCODE_NOERROR, 1, false, false },
		{ "cat.invalid", TYPE_AXFR, CLASS_IN, 0, 200, RCODE_REFUSED, 0, false, false },
		{ "dog.invalid", TYPE_SOA, CLASS_IN, 0, 200, RCODE_REFUSED, 0, false, false },
		{ "b5p.us", TYPE_IXFR, CLASS_IN, 0, 200, RCODE_NOERROR, 1, false, false },
		{ "b5p.us", TYPE_IXFR, CLASS_IN, 0, 200, RCODE_REFUSED, 0, true, false },
		{ "b5p.us", TYPE_IXFR, CLASS_IN, 0, 100, RCODE_REFUSED, 0, false, false },
		{ "b5p.us", TYPE_IXFR, CLASS_IN, 5, 200, RCODE_REFUSED, 0, false, false }, /* an UPDATE without a key */
		{ "b5p.us", TYPE_SOA, CLASS_IN, 0, 200, RCODE_NOERROR, 1, false, false },
		{ "b5p.us", TYPE_MAILB, CLASS_IN, 0, 200, RCODE_NOTIMP, 0, false, false },
	};
	struct zone_view *catalog = fixture.view.snapshot->catalog;
	(void)state;
	assert_true(network_read("192.0.2.128/25", 14, near));
	fixture.settings.transfers = &transfers;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct address client = { .family = ADDRESS_V4, .bytes = { 192, 0, 2, rows[i].client } };
		size_t size = fixture_query(packet, rows[i].name, rows[i].type, 0);
		packet[2] |= (uint8_t)(rows[i].opcode << 3);
		packet[size - 1] = (uint8_t)rows[i].class;
		fixture.view.snapshot->catalog = rows[i].bare ? NULL : catalog;
		respond(&fixture.worker, packet, size, 4096, &client, rows[i].tcp);
		if ((packet[3] & 15) != rows[i].rcode || packet[7] != rows[i].answers)
			fail_msg("row %zu: rcode %d, %d answers", i, packet[3] & 15, packet[7]);
	}
	fixture.view.snapshot->catalog = catalog;
	fixture.settings.transfers = NULL;
}

/* An answer that has no room for an explanation goes without, its text first. */
static void explanations_give_way(void **state)
{
	(void)state;
	bool whole = false, cut = false, gone = false;
	atomic_store(&fixture.view.stale, true);
	for (uint16_t most = 512; most < 1200; most++) {
		uint16_t size;
		fixture.settings.udp_most = most;
		size_t length = ask("many.kites.example", TYPE_A, most);
		assert_true(length <= most);
		if ((packet[2] & 2) != 0)
			continue;
		const uint8_t *data = option(length, EXTENDED_ERROR, &size);
		whole |= data != NULL && size > 2;
		cut |= data != NULL && size == 2;
		gone |= data == NULL;
	}
	assert_true(whole && cut && gone);
	fixture.settings.udp_most = 1232;
	atomic_store(&fixture.view.stale, false);
}

/* A long name, a small message and the longest NSID: the answer comes first. */
static void options_give_way_to_the_question(void **state)
{
	(void)state;
	static char nsid[256];
	char name[300] = "";
	uint16_t size;
	memset(nsid, 'n', 255);
	fixture.settings.nsid = nsid;
	for (int i = 0; i < 121; i++)
		strcat(name, "a.");
	strcat(name, "mail.b5p.us");
	size_t length = fixture_query(packet, name, TYPE_A, 512);
	packet[length - 1] = 4;
	memcpy(packet + length, "\0\3\0\0", 4);
	length = respond(&fixture.worker, packet, length + 4, 4096, &fixture.client, false);
	assert_true(length <= 512);
	assert_null(option(length, NSID, &size));
	length = fixture_query(packet, "mail.b5p.us", TYPE_A, 512);
	packet[length - 1] = 4;
	memcpy(packet + length, "\0\3\0\0", 4);
	length = respond(&fixture.worker, packet, length + 4, 4096, &fixture.client, false);
	assert_true(length <= 512);
	assert_non_null(option(length, NSID, &size));
	assert_int_equal(size, 255);
	fixture.settings.nsid = "node1";
}

/* The steps that a batch takes for all its messages at once, and a client as its socket shows it. */
static void steps_of_a_batch(void **state)
{
	(void)state;
	static const char *const names[] = { "demo.b5p.us", "frontends.b5p.us", "nx.b5p.us", "example.com" };
	static uint8_t again[4096 + SCAN_BEHIND];
	struct sockaddr_in peer = { .sin_family = AF_INET };
	peer.sin_addr.s_addr = htonl(0xc00002c8); /* 192.0.2.200, the fixture's client */
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct worker *w = &fixture.worker;
		struct query q = { .packet = again, .room = 4096, .peer = (const struct sockaddr *)&peer };
		size_t size = ask(names[i], TYPE_A, 1232);
		q.size = fixture_query(again, names[i], TYPE_A, 1232);
		query_read(&q);
		lookup_begin(w);
		lookup_fetch(w, &q);
		lookup_find_zone(w, &q);
		lookup_fetch_node(&q);
		assert_int_equal(answer(w, &q), size);
		assert_memory_equal(again, packet, size);
	}
}

/* A pointer has 14 bits (RFC 1035 section 4.1.4): a name beyond them owns no record. */
static void owners_within_reach(void **state)
{
	(void)state;
	static uint8_t message[65535];
	struct reply r = { .packet = message, .at = 20000, .limit = sizeof message };
	assert_int_equal(reply_rr(&r, &r.answers, POINTER_MOST + 1, TYPE_TXT, 0, "\1x", 2), 0);
	assert_int_equal(r.at, 20000);
	assert_int_equal(r.answers, 0);
	assert_int_equal(reply_rr(&r, &r.answers, POINTER_MOST, TYPE_TXT, 0, "\1x", 2), 20000 + RR_FIXED);
	assert_int_equal(r.answers, 1);
	assert_memory_equal(message + 20000, "\xff\xff", 2);
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
		cmocka_unit_test(extended_errors),
		cmocka_unit_test(a_stale_registry_is_told_of),
		cmocka_unit_test(who_may_transfer_may_look),
		cmocka_unit_test(explanations_give_way),
		cmocka_unit_test(options_give_way_to_the_question),
		cmocka_unit_test(steps_of_a_batch),
		cmocka_unit_test(owners_within_reach),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
