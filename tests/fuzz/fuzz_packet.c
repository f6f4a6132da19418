/* SPDX-License-Identifier: BSD-2-Clause */
/* Any octets in, and an answer that holds what it must: it can be read, it is the question's, it is
 * within bounds. The first octet chooses the transport. */
#include <ldns/ldns.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/dnsd/fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "oracle: %s\n", what);
	abort();
}

static void check(const uint8_t *query, size_t size, const uint8_t *answer, size_t length, bool tcp)
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
	if ((answer[2] & 0x02) != 0)
		must(answer[6] == 0 && answer[7] == 0, "a truncated answer holds no part of an RRset");
	must(ldns_wire2pkt(&packet, answer, length) == LDNS_STATUS_OK, "ldns can read it");
	ldns_pkt_free(packet);
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
	if (length > 0)
		check(data, size, packet, length, tcp);
	else
		must(size < HEADER_SIZE || (data[2] & 0x80) != 0, "what is a query is answered");
	return 0;
}
