/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions signed by TSIG, and their answers. */
#include "tests/unit/dnsd/fixture.h"

#include <ldns/ldns.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tests/unit/check.h"

static struct fixture f;

static int set_up(void **state)
{
	(void)state;
	fixture_make(&f);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fixture_free(&f);
	return 0;
}

/* What came back: the record's own fields are read anew. */
struct exchange {
	uint8_t packet[65535 + SCAN_BEHIND];
	size_t size;
	struct tsig_context context;
};
static struct exchange x;

static void ask(const char *name, uint16_t type, uint16_t edns, const struct tsig_key *key, int64_t late, size_t room,
	bool tcp)
{
	memset(&x, 0, sizeof x);
	x.size = fixture_query(x.packet, name, type, edns);
	tsig_sign_request(&x.context, key, x.packet, &x.size, (uint64_t)(time(NULL) - late));
	x.size = respond(&f.worker, x.packet, x.size, room, &f.client, tcp);
}

static int rcode(void)
{
	return x.packet[3] & 15;
}

static bool verified(void)
{
	return tsig_verify_answer(&x.context, x.packet, x.size, (uint64_t)time(NULL));
}

/* The error in the answer's record, and whether it has a MAC. */
static void assert_error(enum tsig_error error, bool mac)
{
	struct tsig_context t;
	assert_int_equal(tsig_find(x.packet, x.size, &t), TSIG_THERE);
	const uint8_t *error_at = t.mac + t.mac_size + 2;
	assert_int_equal(error_at[0] << 8 | error_at[1], error);
	assert_int_equal(t.mac_size > 0, mac);
}

static void test_answers_are_signed(void **state)
{
	static const struct { const char *name; uint16_t type; int rcode; } cases[] = {
		{ "www.b5p.us", TYPE_A, 0 }, { "kite.b5p.us", TYPE_A, 0 }, { "nx.b5p.us", TYPE_A, 3 },
		{ "fe4_152.b5p.us", TYPE_A, 0 }, { "elsewhere.test", TYPE_A, 5 }, { "b5p.us", TYPE_AXFR, 5 },
		{ "b5p.us", TYPE_SOA, 0 }, { "b5p.us", TYPE_TKEY, 1 } };
	struct tsig_key key = fixture_key("xfr.key", TSIG_SHA256), other = fixture_key("other", TSIG_SHA512);
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		for (uint16_t edns = 0; edns <= 4096; edns += 4096)
			for (int tcp = 0; tcp < 2; tcp++) {
				ask(cases[i].name, cases[i].type, edns, i % 2 == 0 ? &key : &other, 0, tcp ? 65535 : 1232, tcp);
				assert_int_equal(rcode(), cases[i].rcode);
				assert_true(verified());
				ldns_pkt *packet = NULL;
				assert_int_equal(ldns_wire2pkt(&packet, x.packet, x.size), LDNS_STATUS_OK);
				assert_non_null(ldns_pkt_tsig(packet));
				ldns_pkt_free(packet);
			}
}

/* The record is part of what a message may take. */
static void test_sizes(void **state)
{
	struct tsig_key key = fixture_key("xfr.key", TSIG_SHA256);
	(void)state;
	for (uint16_t edns = 512; edns <= 1400; edns = (uint16_t)(edns + 8)) {
		ask("big.b5p.us", TYPE_TXT, edns, &key, 0, 1232, false);
		assert_true(x.size <= (edns < 1232 ? edns : 1232));
		assert_true(verified());
	}
}

static void test_errors(void **state)
{
	struct tsig_key key = fixture_key("xfr.key", TSIG_SHA256), wrong = key;
	struct tsig_key unknown = fixture_key("unknown", TSIG_SHA256), otherwise = fixture_key("xfr.key", TSIG_SHA384);
	(void)state;
	wrong.secret[0] ^= 1;
	ask("www.b5p.us", TYPE_A, 0, &unknown, 0, 1232, false);
	assert_int_equal(rcode(), RCODE_NOTAUTH);
	assert_error(TSIG_BADKEY, false);
	ask("www.b5p.us", TYPE_A, 0, &otherwise, 0, 1232, false);
	assert_error(TSIG_BADKEY, false);
	ask("www.b5p.us", TYPE_A, 1232, &wrong, 0, 1232, false);
	assert_int_equal(rcode(), RCODE_NOTAUTH);
	assert_error(TSIG_BADSIG, false);
	ask("www.b5p.us", TYPE_A, 1232, &key, 1000, 1232, false);
	assert_int_equal(rcode(), RCODE_NOTAUTH);
	assert_error(TSIG_BADTIME, true);
	assert_int_equal(x.packet[7], 0); /* no answer */
}

/* It is good, too, and signs the answer, until its time is over. */
static void test_the_secret_before(void **state)
{
	struct tsig_key key = fixture_key("xfr.key", TSIG_SHA256), former = key;
	struct ring_key *ours = &f.view.snapshot->ring.keys[1];
	int64_t until = ours->former_until;
	(void)state;
	former.secret[31] ^= 1;
	ask("www.b5p.us", TYPE_A, 1232, &former, 0, 1232, false);
	assert_int_equal(rcode(), 0);
	assert_true(verified());
	ask("www.b5p.us", TYPE_A, 1232, &former, 1000, 1232, false);
	assert_error(TSIG_BADTIME, true);
	ours->former_until = (int64_t)time(NULL);
	ask("www.b5p.us", TYPE_A, 1232, &former, 0, 1232, false);
	assert_int_equal(rcode(), RCODE_NOTAUTH);
	assert_error(TSIG_BADSIG, false);
	ask("www.b5p.us", TYPE_A, 1232, &key, 0, 1232, false);
	assert_int_equal(rcode(), 0);
	assert_true(verified());
	ours->former_until = until;
}

static void refused(uint8_t *packet, size_t size)
{
	struct query q;
	query_take(&q, packet, size, 65535, NULL, &f.client, true);
	x.size = answer_refused(&f.worker, &q);
}

/* Where nothing is answered: the question stays, and who signed it can verify the refusal. */
static void test_refusals(void **state)
{
	static const uint8_t update[] = "\0\0\x28\0\0\1\0\0\0\0\0\0\3b5p\2us\0\0\6\0\1";
	struct tsig_key key = fixture_key("xfr.key", TSIG_SHA256), unknown = fixture_key("unknown", TSIG_SHA256);
	(void)state;
	for (int kind = 0; kind < 4; kind++) { /* plain, with a key, with a wrong one; an UPDATE */
		memset(&x, 0, sizeof x);
		x.size = fixture_query(x.packet, "kite.b5p.us", TYPE_A, 1232);
		if (kind == 3)
			memcpy(x.packet, update, x.size = sizeof update - 1);
		size_t end = kind == 3 ? x.size : x.size - OPT_SIZE;
		uint8_t question[512];
		memcpy(question, x.packet, end);
		if (kind > 0)
			tsig_sign_request(&x.context, kind == 2 ? &unknown : &key, x.packet, &x.size, (uint64_t)time(NULL));
		refused(x.packet, x.size);
		assert_int_equal(rcode(), kind == 2 ? RCODE_NOTAUTH : RCODE_REFUSED);
		assert_int_equal(x.packet[5], kind < 3); /* an UPDATE's sections need not come back (RFC 2136 section 3.8) */
		if (kind < 3)
			assert_memory_equal(x.packet + HEADER_SIZE, question + HEADER_SIZE, end - HEADER_SIZE);
		assert_int_equal(x.packet[7], 0);
		if (kind % 2 != 0)
			assert_true(verified());
	}
	x.size = fixture_query(x.packet, "kite.b5p.us", TYPE_TKEY, 0); /* what is wrong is said as anywhere */
	refused(x.packet, x.size);
	assert_int_equal(rcode(), RCODE_FORMERR);
	static const uint8_t opt[OPT_SIZE] = { 0, 0, TYPE_OPT, 4 };
	x.size = fixture_query(x.packet, "kite.b5p.us", TYPE_A, 0); /* a TSIG that is not the last */
	tsig_sign_request(&x.context, &key, x.packet, &x.size, (uint64_t)time(NULL));
	memcpy(x.packet + x.size, opt, OPT_SIZE);
	x.packet[11]++;
	refused(x.packet, x.size + OPT_SIZE);
	assert_int_equal(rcode(), RCODE_FORMERR);
	x.packet[2] |= 0x80;
	refused(x.packet, 40);
	assert_int_equal(x.size, 0);
}

/* RFC 1995 section 2: by UDP the SOA alone, which says whether to come by TCP. */
static void test_ixfr_by_udp(void **state)
{
	struct tsig_key key = fixture_key("xfr.key", TSIG_SHA256), other = fixture_key("other", TSIG_SHA512);
	(void)state;
	ask("b5p.us", TYPE_IXFR, 1232, &key, 0, 1232, false);
	assert_int_equal(rcode(), RCODE_NOERROR);
	assert_int_equal(x.packet[7], 1);
	assert_true(verified());
	ask("b5p.us", TYPE_IXFR, 1232, &other, 0, 1232, false);
	assert_int_equal(rcode(), RCODE_REFUSED);
	ask("b5p.us", TYPE_IXFR, 1232, &key, 0, 65535, true); /* dnsd/serve/transfer.c's */
	assert_int_equal(rcode(), RCODE_REFUSED);
	ask("elsewhere.test", TYPE_IXFR, 1232, &key, 0, 1232, false);
	assert_int_equal(rcode(), RCODE_REFUSED);
}

/* The catalog is there for those who may transfer. */
static void test_catalog(void **state)
{
	struct tsig_key key = fixture_key("xfr.key", TSIG_SHA256), other = fixture_key("other", TSIG_SHA512);
	struct snapshot *snapshot = f.view.snapshot;
	struct zone_view *catalog = snapshot->catalog;
	(void)state;
	ask("cat.invalid", TYPE_SOA, 0, &key, 0, 1232, false);
	assert_int_equal(rcode(), RCODE_NOERROR);
	assert_int_equal(x.packet[7], 1);
	ask("cat.invalix", TYPE_SOA, 0, &key, 0, 1232, false);
	assert_int_equal(rcode(), RCODE_REFUSED);
	ask("cat.invalid", TYPE_SOA, 0, &other, 0, 1232, false);
	assert_int_equal(rcode(), RCODE_REFUSED);
	x.size = fixture_query(x.packet, "cat.invalid", TYPE_SOA, 0);
	x.size = respond(&f.worker, x.packet, x.size, 1232, &f.client, false);
	assert_int_equal(rcode(), RCODE_REFUSED);
	snapshot->catalog = NULL;
	ask("cat.invalid", TYPE_SOA, 0, &key, 0, 1232, false);
	snapshot->catalog = catalog;
	assert_int_equal(rcode(), RCODE_REFUSED);
}

/* An UPDATE for the zone b5p.us, which has no records. */
static void ask_update(const struct tsig_key *key, uint8_t spoil, size_t room, bool tcp)
{
	memset(&x, 0, sizeof x);
	x.size = fixture_query(x.packet, "b5p.us", TYPE_SOA, 0);
	x.packet[2] = 5 << 3;
	tsig_sign_request(&x.context, key, x.packet, &x.size, (uint64_t)time(NULL));
	x.packet[x.size - 1] = (uint8_t)(x.packet[x.size - 1] | spoil);
	x.size = respond(&f.worker, x.packet, x.size, room, &f.client, tcp);
}

/* RFC 2136 section 6: to be forwarded, once they are verified. */
static void test_updates(void **state)
{
	struct tsig_key key = fixture_key("xfr.key", TSIG_SHA256), unknown = fixture_key("unknown", TSIG_SHA256);
	(void)state;
	ask_update(&key, 0, 1232, false);
	assert_int_equal(rcode(), RCODE_SERVFAIL);
	assert_true(verified());
	ask_update(&unknown, 0, 1232, false);
	assert_int_equal(rcode(), RCODE_NOTAUTH);
	assert_error(TSIG_BADKEY, false);
	ask_update(&key, 1, 1232, false);
	assert_int_equal(rcode(), RCODE_FORMERR);
	ask_update(&key, 0, 40, true);
	assert_int_equal(x.size, 0);
	f.worker.forwards = true;
	f.worker.update_key = NULL;
	ask_update(&key, 0, 65535, true);
	assert_int_equal(x.size, 0);
	assert_non_null(f.worker.update_key);
	f.worker.update_key = NULL;
	ask_update(&unknown, 0, 65535, true);
	assert_int_equal(rcode(), RCODE_NOTAUTH);
	assert_null(f.worker.update_key);
	f.worker.forwards = false;
}

static void test_malformed(void **state)
{
	struct tsig_key key = fixture_key("xfr.key", TSIG_SHA256);
	(void)state;
	memset(&x, 0, sizeof x);
	x.size = fixture_query(x.packet, "www.b5p.us", TYPE_A, 0);
	tsig_sign_request(&x.context, &key, x.packet, &x.size, (uint64_t)time(NULL));
	x.packet[x.size - 1] = 1; /* more data is claimed than there is */
	x.size = respond(&f.worker, x.packet, x.size, 1232, &f.client, false);
	assert_int_equal(rcode(), RCODE_FORMERR);
	assert_int_equal(x.packet[11], 0);
}

/* Names so long that an answer has no room for them. */
static void test_too_long_to_be_answered(void **state)
{
	char label[64], text[256];
	(void)state;
	memset(label, 'x', 63);
	label[63] = '\0';
	snprintf(text, sizeof text, "%s.%s.%s.%.60s", label, label, label, label);
	struct tsig_key key = fixture_key(text, TSIG_SHA256);
	ask(text, TYPE_A, 0, &key, 0, 1232, false);
	assert_int_equal(x.size, 0);
	ask(text, TYPE_A, 1232, &key, 0, 1232, false);
	assert_int_equal(rcode(), RCODE_NOTAUTH);
	ask(text, TYPE_A, 1232, &key, 0, 512, true);
	assert_int_equal(x.size, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers_are_signed), cmocka_unit_test(test_sizes), cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_errors), cmocka_unit_test(test_the_secret_before),
		cmocka_unit_test(test_ixfr_by_udp), cmocka_unit_test(test_catalog), cmocka_unit_test(test_updates),
		cmocka_unit_test(test_malformed), cmocka_unit_test(test_too_long_to_be_answered),
	};
	return cmocka_run_group_tests_name("dnsd/answer/answer_tsig", tests, set_up, tear_down);
}
