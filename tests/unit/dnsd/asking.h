/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions to the view of fixture.h, and their answers as text, as ldns reads the octets. A test that includes it has one
 * fixture, made by ask_begin. */
#ifndef TESTS_UNIT_DNSD_ASKING_H
#define TESTS_UNIT_DNSD_ASKING_H

#include "tests/unit/check.h"

#include <ldns/ldns.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cursor.h"
#include "lib/text.h"
#include "tests/unit/dnsd/fixture.h"

/* A question, and its answer over TCP. */
struct asked {
	const char *name;
	uint16_t type;
	const char *wanted;
};

#define SOA_OF(zone) " ns | " zone " 60 IN SOA ns1.b5p.us. hostmaster.b5p.us. 4200000000 1200 600 86400 60"
#define SOA SOA_OF("b5p.us.")
#define KITES_SOA SOA_OF("kites.example.")

static struct fixture fixture;

static inline int ask_begin(void **state)
{
	(void)state;
	fixture_make(&fixture);
	return 0;
}

static inline int ask_end(void **state)
{
	(void)state;
	fixture_free(&fixture);
	return 0;
}

/* Serves this zone alone, with the fleet's pools; with NULL, what ask_begin made. */
static inline void ask_of(struct zone_view *zone, const struct fleet *fleet)
{
	fixture_free(&fixture);
	fixture_make(&fixture);
	if (zone != NULL)
		fixture_serve_fleet(&fixture, &zone, 1, fleet);
}

static inline void ask_add_section(struct text *out, const char *name, const ldns_rr_list *rrs)
{
	text_addf(out, "%s", ldns_rr_list_rr_count(rrs) > 0 ? name : "");
	for (size_t i = 0; i < ldns_rr_list_rr_count(rrs); i++) {
		char *line = ldns_rr2str(ldns_rr_list_rr(rrs, i));
		line[strcspn(line, "\n")] = '\0';
		for (char *c = line; *c != '\0'; c++)
			*c = *c == '\t' ? ' ' : *c;
		text_addf(out, " | %s", line);
		free(line);
	}
}

/* "NOERROR aa an | RR | RR ns | RR ar | RR". The caller frees it. EDNS as in fixture_query. */
static inline char *ask(const char *name, uint16_t type, uint16_t edns, bool tcp)
{
	static uint8_t packet[65535 + SCAN_BEHIND];
	struct text out = { 0 };
	ldns_pkt *answer;
	size_t size = fixture_query(packet, name, type, edns);
	size = respond(&fixture.worker, packet, size, 65535, &fixture.client, tcp);
	assert_true(size > 0);
	assert_int_equal(ldns_wire2pkt(&answer, packet, size), LDNS_STATUS_OK);
	ldns_lookup_table *rcode = ldns_lookup_by_id(ldns_rcodes, (int)ldns_pkt_get_rcode(answer));
	text_addf(&out, "%s%s%s", rcode->name, ldns_pkt_aa(answer) ? " aa" : "",
		ldns_pkt_tc(answer) ? " tc" : "");
	ask_add_section(&out, " an", ldns_pkt_answer(answer));
	ask_add_section(&out, " ns", ldns_pkt_authority(answer));
	ask_add_section(&out, " ar", ldns_pkt_additional(answer));
	ldns_pkt_free(answer);
	return out.bytes;
}

static inline void answered(const char *name, uint16_t type, const char *wanted)
{
	char *got = ask(name, type, 0, true);
	assert_string_equal(got, wanted);
	free(got);
}

/* The answer over UDP holds these words. */
static inline void answer_says(const char *name, uint16_t type, const char *words)
{
	char *got = ask(name, type, 0, false);
	if (strstr(got, words) == NULL)
		fail_msg("%s: wanted %s\n got %s", name, words, got);
	free(got);
}

static inline size_t ask_of_set(const ldns_rr_list *section, const ldns_rr *rr)
{
	size_t count = 0;
	for (size_t i = 0; i < ldns_rr_list_rr_count(section); i++) {
		const ldns_rr *other = ldns_rr_list_rr(section, i);
		count += ldns_rr_get_type(other) == ldns_rr_get_type(rr)
			&& ldns_dname_compare(ldns_rr_owner(other), ldns_rr_owner(rr)) == 0;
	}
	return count;
}

/* Whether what an answer holds stands in the whole one, with nothing of an RRset left out. */
static inline bool ask_holds_whole_sets(const uint8_t *some, size_t size, const ldns_rr_list *all)
{
	ldns_pkt *answer;
	bool good = true;
	assert_int_equal(ldns_wire2pkt(&answer, some, size), LDNS_STATUS_OK);
	ldns_rr_list *held = ldns_pkt_all_noquestion(answer);
	for (size_t i = 0; i < ldns_rr_list_rr_count(held); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(held, i);
		good &= ask_of_set(held, rr) == ask_of_set(all, rr);
	}
	ldns_rr_list_deep_free(held);
	ldns_pkt_free(answer);
	return good;
}

/* Where the last record of a message ends. */
static inline size_t ask_end_of_records(const uint8_t *packet, size_t size)
{
	struct cursor c = cursor_reading(packet, size);
	cursor_skip(&c, 4);
	unsigned questions = cursor_u16(&c), records = 0;
	for (int section = 0; section < 3; section++)
		records += cursor_u16(&c);
	for (unsigned i = 0; i < questions + records; i++) {
		uint8_t label = cursor_u8(&c);
		for (; label > 0 && label < 0xc0; label = cursor_u8(&c))
			cursor_skip(&c, label);
		cursor_skip(&c, (label > 0 ? 1 : 0) + 4u);
		if (i >= questions) {
			cursor_skip(&c, 4);
			cursor_skip(&c, cursor_u16(&c));
		}
	}
	assert_false(c.broken);
	return size - cursor_left(&c);
}

/* With every size that an answer may have, up to what it needs: whole, or TC and some whole RRsets; where TC is clear
 * only additional records may be left out. Nothing stands behind the last record. */
static inline void ask_at_every_size(const char *name, uint16_t type)
{
	static uint8_t packet[65535 + SCAN_BEHIND];
	uint8_t whole[8];
	size_t asked = fixture_query(packet, name, type, 0);
	size_t most = respond(&fixture.worker, packet, asked, 65535, &fixture.client, true);
	ldns_pkt *all;
	assert_int_equal(ldns_wire2pkt(&all, packet, most), LDNS_STATUS_OK);
	ldns_rr_list *records = ldns_pkt_all_noquestion(all);
	memcpy(whole, packet + 2, sizeof whole);
	for (size_t room = asked; room <= most; room++) {
		fixture_query(packet, name, type, 0);
		size_t size = respond(&fixture.worker, packet, asked, room, &fixture.client, true);
		bool cut = (packet[2] & FLAG_TC) != 0;
		if (size > room || (!cut && memcmp(packet + 2, whole, 8) != 0) || ask_end_of_records(packet, size) != size
			|| !ask_holds_whole_sets(packet, size, records))
			fail_msg("%s %u with %zu of %zu octets", name, type, room, most);
	}
	ldns_rr_list_deep_free(records);
	ldns_pkt_free(all);
	assert_int_equal(packet[2] & FLAG_TC, 0);
}

/* All questions are answered as they say, and with every size as there is room. */
static inline void ask_all(const struct asked *rows, size_t count)
{
	int wrong = 0;
	for (size_t i = 0; i < count; i++) {
		char *got = ask(rows[i].name, rows[i].type, 0, true);
		if (strcmp(got, rows[i].wanted) != 0) {
			print_error("%s %u\n  wanted %s\n  got    %s\n", rows[i].name, rows[i].type, rows[i].wanted, got);
			wrong++;
		}
		free(got);
		ask_at_every_size(rows[i].name, rows[i].type);
	}
	assert_int_equal(wrong, 0);
}

/* An answer's only NSEC says that the name has these types, as "NS RRSIG NSEC". The fixture's zones must be signed. */
static inline void ask_says_types(const char *name, uint16_t type, const char *types)
{
	static uint8_t packet[4096 + SCAN_BEHIND];
	ldns_pkt *answer;
	size_t size = fixture_query_signed(packet, name, type, 1232, 0x8000);
	size = respond(&fixture.worker, packet, size, 4096, &fixture.client, false);
	assert_int_equal(ldns_wire2pkt(&answer, packet, size), LDNS_STATUS_OK);
	ldns_rr_list *proofs = ldns_pkt_rr_list_by_type(answer, LDNS_RR_TYPE_NSEC, LDNS_SECTION_AUTHORITY);
	assert_non_null(proofs);
	assert_int_equal(ldns_rr_list_rr_count(proofs), 1);
	char *owner = ldns_rdf2str(ldns_rr_owner(ldns_rr_list_rr(proofs, 0)));
	char *said = ldns_rdf2str(ldns_rr_rdf(ldns_rr_list_rr(proofs, 0), 1));
	if (strncmp(owner, name, strlen(name)) != 0 || strncmp(said, types, strlen(types)) != 0
		|| strspn(said + strlen(types), " ") != strlen(said + strlen(types)))
		fail_msg("%s type %u: NSEC of %s: %s", name, type, owner, said);
	free(owner);
	free(said);
	ldns_rr_list_deep_free(proofs);
	ldns_pkt_free(answer);
}

#endif
