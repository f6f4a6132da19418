/* SPDX-License-Identifier: BSD-2-Clause */
/* Any octets in, and an answer that holds what it must: it can be read, it is the question's, it is
 * within bounds. The first octet chooses the transport. */
#include <ldns/ldns.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/dnsd/fixture.h"

enum { SETS_MOST = 200 }; /* records that are compared with each other */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "oracle: %s\n", what);
	abort();
}

static size_t number(const uint8_t *at)
{
	return (size_t)at[0] << 8 | at[1];
}

/* Behind the name at AT, which ends before END. Pointers lead to names that stood there before. */
static size_t name_end(const uint8_t *answer, size_t at, size_t end)
{
	size_t next = 0, before = at, octets = 0;
	for (;;) {
		must(at < end, "a name ends in its room");
		if (answer[at] >= 0xc0) {
			must(at + 1 < end, "a pointer ends in its room");
			size_t to = number(answer + at) & 0x3fff;
			must(to < before && to >= HEADER_SIZE, "a pointer leads to what came before");
			next = next == 0 ? at + 2 : next;
			end = before;
			at = before = to;
			continue;
		}
		must(answer[at] <= NAME_LABEL, "a label");
		octets += answer[at] + 1u;
		must(octets <= NAME_WIRE, "a name of 255 octets at most");
		if (answer[at] == 0)
			return next == 0 ? at + 1 : next;
		at += answer[at] + 1u;
	}
}

/* Where names may be compressed in the RDATA of an answer's RR. */
static void check_rdata(const uint8_t *answer, uint16_t type, size_t at, size_t end)
{
	struct names_within names = compress_names(type);
	if (names.count == 0)
		return;
	at += names.before;
	for (unsigned i = 0; i < names.count; i++)
		at = name_end(answer, at, end);
	must(at + (type == TYPE_SOA ? 20 : 0) == end, "names fill their RDATA");
}

/* As many records as are counted, and nothing more. */
static void check_records(const uint8_t *answer, size_t length)
{
	size_t at = HEADER_SIZE, records = number(answer + 6) + number(answer + 8) + number(answer + 10);
	for (size_t i = number(answer + 4); i > 0; i--)
		at = name_end(answer, at, length) + 4;
	for (; records > 0; records--) {
		at = name_end(answer, at, length);
		must(at + 10 <= length, "a record has its head");
		size_t end = at + 10 + number(answer + at + 8);
		must(end <= length, "a record has its data");
		check_rdata(answer, (uint16_t)number(answer + at), at + 10, end);
		at = end;
	}
	must(at == length, "what is not counted is not there");
}

static size_t copies(const ldns_rr_list *list, const ldns_rr *rr, bool of_set)
{
	size_t count = 0;
	for (size_t i = 0; i < ldns_rr_list_rr_count(list); i++) {
		const ldns_rr *other = ldns_rr_list_rr(list, i);
		bool same_set = ldns_rr_get_type(other) == ldns_rr_get_type(rr)
			&& ldns_dname_compare(ldns_rr_owner(other), ldns_rr_owner(rr)) == 0;
		if (same_set && (of_set || ldns_rr_compare(other, rr) == 0))
			count++;
	}
	return count;
}

/* No record twice (RFC 2181 section 5); and of RRsets, those of the whole answer. */
static void check_sets(ldns_pkt *packet, ldns_pkt *whole)
{
	ldns_rr_list *held = ldns_pkt_all_noquestion(packet), *all = whole == NULL ? NULL : ldns_pkt_all_noquestion(whole);
	for (size_t i = 0; i < ldns_rr_list_rr_count(held); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(held, i);
		must(copies(held, rr, false) == 1, "each record stands there once");
		must(all == NULL || copies(held, rr, true) == copies(all, rr, true), "a truncated answer holds no part of an RRset");
	}
	ldns_rr_list_deep_free(held);
	ldns_rr_list_deep_free(all);
}

/* WHOLE: the answer by TCP, if this one was truncated. */
static void check(const uint8_t *query, size_t size, const uint8_t *answer, size_t length, bool tcp, ldns_pkt *whole)
{
	ldns_pkt *packet;
	must(length >= HEADER_SIZE, "a header at least");
	must((query[2] & 0x80) == 0, "no answer to a response");
	must((answer[2] & 0x80) != 0, "QR is set");
	must(answer[0] == query[0] && answer[1] == query[1], "the id is the question's");
	must((answer[2] & 0x79) == (query[2] & 0x79), "opcode and RD are the question's");
	must((answer[3] & 0x60) == 0, "RA and Z are clear");
	must(length <= (tcp ? 65535u : 1232u), "the size is within bounds");
	must(!tcp || (answer[2] & 0x02) == 0, "no truncation where there is room");
	if (answer[5] == 1)
		for (size_t i = HEADER_SIZE; i < length && i < size && i < 17; i++)
			must(answer[i] == query[i], "the question is repeated to the letter");
	check_records(answer, length);
	must(ldns_wire2pkt(&packet, answer, length) == LDNS_STATUS_OK, "ldns can read it");
	if (number(answer + 6) + number(answer + 8) + number(answer + 10) <= SETS_MOST)
		check_sets(packet, whole);
	ldns_pkt_free(packet);
}

static ldns_pkt *by_tcp(struct fixture *f, const uint8_t *query, size_t size)
{
	static uint8_t packet[65535 + SCAN_BEHIND];
	ldns_pkt *whole;
	memcpy(packet, query, size);
	size_t length = respond(&f->worker, packet, size, 65535, &f->client, true);
	must(ldns_wire2pkt(&whole, packet, length) == LDNS_STATUS_OK, "ldns can read the whole one");
	return whole;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fixture fixture;
	static uint8_t packet[65535 + SCAN_BEHIND];
	if (fixture.view.snapshot == NULL) {
		fixture_make(&fixture);
		fixture_sign(&fixture, false);
	}
	if (size == 0 || size > 4096)
		return 0;
	bool tcp = (data[0] & 1) != 0;
	data++;
	size--;
	memcpy(packet, data, size);
	size_t room = tcp ? 65535 : 4096;
	size_t length = respond(&fixture.worker, packet, size, room, &fixture.client, tcp);
	if (length > 0) {
		ldns_pkt *whole = (packet[2] & 0x02) == 0 || tcp ? NULL : by_tcp(&fixture, data, size);
		check(data, size, packet, length, tcp, whole);
		ldns_pkt_free(whole);
	} else {
		must(size < HEADER_SIZE || (data[2] & 0x80) != 0, "what is a query is answered");
	}
	return 0;
}
