/* SPDX-License-Identifier: BSD-2-Clause */
/* Answers to questions with DO: every RRSIG is checked by ldns, and what must have one has one. */
#include "tests/unit/check.h"

#include <ldns/ldns.h>
#include <stdlib.h>

#include "dnsd/answer/sign.h"
#include "lib/text.h"
#include "tests/unit/dnsd/fixture.h"

enum { DO = 0x8000, CO = 0x4000 };

static struct fixture fixture;
static uint8_t packet[65535 + SCAN_BEHIND];

static ldns_pkt *ask(const char *name, uint16_t type, uint16_t flags, bool tcp)
{
	ldns_pkt *answer;
	size_t size = fixture_query_signed(packet, name, type, 1232, flags);
	size = respond(&fixture.worker, packet, size, tcp ? 65535 : 4096, &fixture.client, tcp);
	assert_int_equal(ldns_wire2pkt(&answer, packet, size), LDNS_STATUS_OK);
	return answer;
}

/* The keys of the zone that a signature names. */
static ldns_rr_list *keys_of(const ldns_rr *rrsig)
{
	char *zone = ldns_rdf2str(ldns_rr_rrsig_signame(rrsig));
	ldns_pkt *answer = ask(zone, TYPE_DNSKEY, DO, true);
	ldns_rr_list *keys = ldns_pkt_rr_list_by_type(answer, LDNS_RR_TYPE_DNSKEY, LDNS_SECTION_ANSWER);
	ldns_pkt_free(answer);
	free(zone);
	assert_non_null(keys);
	return keys;
}

static void check_signature(const ldns_rr *rrsig, const ldns_rr_list *section)
{
	ldns_rr_list *set = ldns_rr_list_new(), *good = ldns_rr_list_new(), *keys = keys_of(rrsig);
	ldns_rr *copy = ldns_rr_clone(rrsig);
	for (size_t i = 0; i < ldns_rr_list_rr_count(section); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(section, i);
		if (ldns_rr_get_type(rr) == ldns_rdf2rr_type(ldns_rr_rrsig_typecovered(rrsig))
			&& ldns_dname_compare(ldns_rr_owner(rr), ldns_rr_owner(rrsig)) == 0)
			ldns_rr_list_push_rr(set, ldns_rr_clone(rr));
	}
	if (ldns_rr_list_rr_count(set) > 0) /* else it was asked for alone */
		assert_int_equal(ldns_verify_rrsig_keylist(set, copy, keys, good), LDNS_STATUS_OK);
	ldns_rr_free(copy);
	ldns_rr_list_deep_free(set);
	ldns_rr_list_free(good);
	ldns_rr_list_deep_free(keys);
}

static size_t check_section(ldns_rr_list *section)
{
	size_t count = 0;
	for (size_t i = 0; i < ldns_rr_list_rr_count(section); i++)
		if (ldns_rr_get_type(ldns_rr_list_rr(section, i)) == LDNS_RR_TYPE_RRSIG) {
			check_signature(ldns_rr_list_rr(section, i), section);
			count++;
		}
	return count;
}

/* The signatures of the whole answer, each of which is good. */
static size_t check_answer(const char *name, uint16_t type, uint16_t flags)
{
	ldns_pkt *answer = ask(name, type, flags, true);
	size_t count = check_section(ldns_pkt_answer(answer)) + check_section(ldns_pkt_authority(answer));
	check_section(ldns_pkt_additional(answer));
	ldns_pkt_free(answer);
	return count;
}

static const struct {
	const char *name;
	uint16_t type, signatures; /* of answer and authority, by the least that there may be */
} questions[] = {
	{ "b5p.us", TYPE_SOA, 1 }, { "b5p.us", TYPE_NS, 1 }, { "b5p.us", TYPE_MX, 1 }, { "b5p.us", TYPE_AAAA, 2 },
	{ "b5p.us", TYPE_DNSKEY, 1 }, { "b5p.us", TYPE_CDS, 1 }, { "b5p.us", TYPE_CDNSKEY, 1 }, { "ns1.b5p.us", TYPE_A, 1 },
	{ "ns1.b5p.us", TYPE_TXT, 2 }, { "c1.b5p.us", TYPE_A, 3 }, { "c.b5p.us", TYPE_A, 2 }, { "x.w.b5p.us", TYPE_TXT, 1 },
	{ "x.w.b5p.us", TYPE_AAAA, 2 }, { "nought.b5p.us", TYPE_A, 2 }, { "www.b5p.us", TYPE_A, 2 }, { "www.b5p.us", TYPE_NSEC, 1 },
	{ "ns1.b5p.us", TYPE_NSEC, 1 }, { "ns1.b5p.us", TYPE_RRSIG, 1 }, { "nought.b5p.us", TYPE_NSEC, 2 },
	{ "x.old.b5p.us", TYPE_A, 1 }, { "old.b5p.us", TYPE_A, 2 }, { "x.sub.b5p.us", TYPE_A, 1 }, { "sub.b5p.us", TYPE_DS, 1 },
	{ "fe4_058.b5p.us", TYPE_A, 1 }, { "fe4_058.b5p.us", TYPE_AAAA, 2 }, { "fe4_058.b5p.us", TYPE_TXT, 1 },
	{ "fe4_058.b5p.us", TYPE_MX, 2 }, { "fe6_091c.b5p.us", TYPE_A, 2 }, { "fe6_091c.b5p.us", TYPE_MX, 2 },
	{ "fe4_099.b5p.us", TYPE_A, 1 }, { "fe4_099.b5p.us", TYPE_AAAA, 2 }, { "kite.b5p.us", TYPE_A, 1 },
	{ "kite.b5p.us", TYPE_AAAA, 1 }, { "kite.b5p.us", TYPE_TXT, 2 }, { "x.kite.b5p.us", TYPE_A, 1 }, { "x.kite.b5p.us", TYPE_MX, 2 },
	{ "_status.fe4_058.b5p.us", TYPE_TXT, 1 }, { "_status.fe4_058.b5p.us", TYPE_A, 2 },
	{ "a.b.c.d.kite.auth.b5p.us", TYPE_TXT, 2 }, { "ns1.b5p.us", TYPE_ANY, 1 }, { "lost.b5p.us", TYPE_A, 1 },
	{ "incut.b5p.us", TYPE_A, 1 }, { "spin.b5p.us", TYPE_A, 1 }, { "q.tri.b5p.us", TYPE_A, 4 },
	{ "q.spin.b5p.us", TYPE_A, 1 }, { "q.grow.b5p.us", TYPE_A, 1 }, { "loop1.b5p.us", TYPE_A, 2 }, { "q.round.b5p.us", TYPE_A, 2 },
	{ "www.b5p.us", TYPE_ANY, 1 }, { "toauth.b5p.us", TYPE_A, 2 }, { "towhy.b5p.us", TYPE_TXT, 2 }, { "minfo.b5p.us", TYPE_MINFO, 1 },
	{ "ptr.b5p.us", TYPE_PTR, 1 }, { "twice.b5p.us", TYPE_MX, 1 }, { "_twice._tcp.b5p.us", TYPE_SRV, 1 },
	{ "any.any.renamed.example", TYPE_A, 2 }, { "hosted.b5p.us", TYPE_MX, 1 }, { "odd.b5p.us", TYPE_A, 2 },
	{ "frontends.b5p.us", TYPE_A, 1 }, { "gone.b5p.us", TYPE_A, 1 }, { "sub.b5p.us", TYPE_NS, 1 },
};

static void check_all(void)
{
	for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
		size_t count = check_answer(questions[i].name, questions[i].type, DO);
		if (count < questions[i].signatures)
			fail_msg("%s type %u: %zu signatures", questions[i].name, questions[i].type, count);
	}
}

static void every_answer_by_one_key(void **state)
{
	(void)state;
	fixture_sign(&fixture, false);
	fixture.signatures.rate[SIGNER_KEPT] = fixture.signatures.rate[SIGNER_MADE_UP] = 0;
	/* no DS is wanted yet: CDS is denied */
	assert_true(check_answer("b5p.us", TYPE_CDS, DO) == 2);
	check_all();
}

static void every_answer_by_two_keys(void **state)
{
	(void)state;
	fixture_sign(&fixture, true);
	check_all();
}

static void absence_is_told_to_those_who_know(void **state)
{
	(void)state;
	ldns_pkt *answer = ask("nought.b5p.us", TYPE_A, DO, false);
	assert_int_equal(ldns_pkt_get_rcode(answer), LDNS_RCODE_NOERROR);
	ldns_pkt_free(answer);
	answer = ask("nought.b5p.us", TYPE_A, DO | CO, false);
	assert_int_equal(ldns_pkt_get_rcode(answer), LDNS_RCODE_NXDOMAIN);
	ldns_pkt_free(answer);
	answer = ask("nought.b5p.us", TYPE_NXNAME, DO, false);
	assert_int_equal(ldns_pkt_get_rcode(answer), LDNS_RCODE_FORMERR);
	ldns_pkt_free(answer);
}

static void beyond_the_budget_it_is_cut_short(void **state)
{
	(void)state;
	char name[32];
	size_t truncated = 0;
	fixture.signatures.rate[SIGNER_MADE_UP] = 10;
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof name, "n%d.b5p.us", i);
		ldns_pkt *answer = ask(name, TYPE_A, DO, false);
		truncated += (size_t)ldns_pkt_tc(answer);
		ldns_pkt_free(answer);
	}
	assert_true(truncated > 50);
	ldns_pkt *answer = ask("other.b5p.us", TYPE_A, DO, true);
	assert_int_equal(ldns_pkt_get_rcode(answer), LDNS_RCODE_SERVFAIL);
	ldns_pkt_free(answer);
	assert_int_equal(check_answer("ns1.b5p.us", TYPE_A, DO), 1);
	fixture.signatures.rate[SIGNER_MADE_UP] = 0;
}

/* The longest names have no successor but by their last octets. */
static void long_names(void **state)
{
	(void)state;
	char name[260];
	for (size_t length = 238; length <= 246; length++) {
		size_t at = 0;
		while (at < length)
			name[at] = at % 50 == 49 ? '.' : 'z', at++;
		if (name[at - 1] == '.')
			name[at - 1] = 'q';
		strcpy(name + at, ".b5p.us");
		assert_int_equal(check_answer(name, TYPE_A, DO), 2);
	}
}

/* Cuts, children that nobody delegated to, and zones that are not signed, beside one that is. */
static void families_of_zones(void **state)
{
	(void)state;
	static char text[64 * 600];
	size_t at = (size_t)sprintf(text, "@ NS ns1\nns1 A 192.0.2.1\ninsecure NS ns.insecure\nns.insecure A 192.0.2.2\n"
		"insecure A 192.0.2.3\nsecure NS ns.secure\nsecure DS 1 13 2 "
		"0000000000000000000000000000000000000000000000000000000000000000\nns.secure A 192.0.2.2\n"
		"toplain CNAME www.plain.test.\nlarge NS ns\n");
	for (int i = 0; i < 40; i++)
		at += (size_t)sprintf(text + at, "large DS %d 13 2 %064d\n", i, i);
	for (int i = 0; i < 520; i++)
		at += (size_t)sprintf(text + at, "types TYPE%d \\# 1 00\n", 20000 + i);
	struct zone_view *zones[] = { fixture_zone("child.signed.test", "@ NS ns1\nns1 A 192.0.2.1\n"),
		fixture_zone("plain.test", "@ NS ns1\nns1 A 192.0.2.1\nwww A 192.0.2.9\n"), fixture_zone("signed.test", text) };
	fixture_serve(&fixture, zones, 3);
	fixture_sign(&fixture, false);
	signing_keys_free(zones[1]->keys);
	zones[1]->keys = NULL;
	fixture_host(&fixture, "deep.inner.signed.test", "192.0.2.4", NULL);
	static const struct {
		const char *name;
		uint16_t type, signatures;
	} asked[] = { { "x.insecure.signed.test", TYPE_A, 1 }, { "insecure.signed.test", TYPE_DS, 2 },
		{ "x.secure.signed.test", TYPE_A, 1 }, { "child.signed.test", TYPE_DS, 2 }, { "no.signed.test", TYPE_DS, 2 },
		{ "inner.signed.test", TYPE_MX, 2 }, { "types.signed.test", TYPE_A, 2 }, { "toplain.signed.test", TYPE_A, 1 },
		{ "www.plain.test", TYPE_A, 0 }, { "no.plain.test", TYPE_A, 0 }, { "child.signed.test", TYPE_MX, 2 },
		{ "plain.test", TYPE_DNSKEY, 0 } };
	for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++)
		if (check_answer(asked[i].name, asked[i].type, DO) != asked[i].signatures)
			fail_msg("%s type %u", asked[i].name, asked[i].type);
	ldns_pkt *answer = ask("x.large.signed.test", TYPE_A, DO, false);
	assert_true(ldns_pkt_tc(answer));
	ldns_pkt_free(answer);
}

/* The first signature of that type in the section. */
static ldns_rr *signature_of(const ldns_rr_list *section, ldns_rr_type type)
{
	for (size_t i = 0; i < ldns_rr_list_rr_count(section); i++) {
		ldns_rr *rr = ldns_rr_list_rr(section, i);
		if (ldns_rr_get_type(rr) == LDNS_RR_TYPE_RRSIG && ldns_rdf2rr_type(ldns_rr_rrsig_typecovered(rr)) == type)
			return rr;
	}
	fail_msg("type %d is not signed", type);
	return NULL;
}

/* A denial's SOA lives shorter than the zone says, but the zone's TTL is signed (RFC 4034 section 3.1.4). */
static void the_zones_ttl_is_signed(void **state)
{
	(void)state;
	fixture_sign(&fixture, false);
	ldns_pkt *answer = ask("nought.b5p.us", TYPE_A, DO, false);
	const ldns_rr *rrsig = signature_of(ldns_pkt_authority(answer), LDNS_RR_TYPE_SOA);
	assert_int_equal(ldns_rr_ttl(rrsig), 60);
	assert_int_equal(ldns_rdf2native_int32(ldns_rr_rrsig_origttl(rrsig)), 3600);
	ldns_pkt_free(answer);
}

/* The zone above says who signs the one below, where it was told. */
static void a_childs_ds_is_the_parents(void **state)
{
	(void)state;
	struct zone_view *zones[] = { fixture_zone("kid.above.test", "@ NS ns1\nns1 A 192.0.2.1\n"), fixture_zone("above.test",
		"@ NS ns1\nns1 A 192.0.2.1\nkid DS 1 13 2 0000000000000000000000000000000000000000000000000000000000000000\n") };
	fixture_serve(&fixture, zones, 2);
	fixture_sign(&fixture, false);
	assert_int_equal(check_answer("kid.above.test", TYPE_DS, DO), 1);
	ldns_pkt *answer = ask("kid.above.test", TYPE_DS, DO, false);
	char *zone = ldns_rdf2str(ldns_rr_rrsig_signame(signature_of(ldns_pkt_answer(answer), LDNS_RR_TYPE_DS)));
	assert_string_equal(zone, "above.test.");
	free(zone);
	ldns_pkt_free(answer);
}

/* A referral whose servers leave no room for its DS. */
static void no_room_for_a_ds(void **state)
{
	(void)state;
	struct text zone = { 0 };
	char filler[64 * 3] = "";
	for (int i = 0; i < 3; i++)
		memset(filler + 64 * i, 'a', 63);
	filler[63] = filler[127] = '.';
	for (int i = 0; i < 309; i++)
		text_addf(&zone, "sub NS x%04d.%s.\n", i, filler);
	for (int i = 0; i < 9; i++)
		text_addf(&zone, "sub DS %d 13 2 0000000000000000000000000000000000000000000000000000000000000000\n", i);
	struct zone_view *zones[] = { fixture_zone("b5p.us", zone.bytes) };
	text_free(&zone);
	fixture_serve(&fixture, zones, 1);
	fixture_sign(&fixture, false);
	ldns_pkt *answer = ask("x.sub.b5p.us", TYPE_A, DO, true);
	assert_true(ldns_pkt_tc(answer));
	ldns_pkt_free(answer);
}

static unsigned tag_of(const char *name, ldns_rr_type type)
{
	ldns_pkt *answer = ask(name, (uint16_t)type, DO, true);
	ldns_rr *rrsig = signature_of(ldns_pkt_answer(answer), type);
	unsigned tag = ldns_rdf2native_int16(ldns_rr_rrsig_keytag(rrsig));
	ldns_pkt_free(answer);
	return tag;
}

/* How many signatures of a type a section has, and by how many keys. */
static size_t signers(const ldns_rr_list *section, ldns_rr_type type, size_t *signatures)
{
	unsigned tags[8];
	size_t count = 0;
	*signatures = 0;
	for (size_t i = 0; i < ldns_rr_list_rr_count(section); i++) {
		ldns_rr *rr = ldns_rr_list_rr(section, i);
		if (ldns_rr_get_type(rr) != LDNS_RR_TYPE_RRSIG || ldns_rdf2rr_type(ldns_rr_rrsig_typecovered(rr)) != type)
			continue;
		unsigned tag = ldns_rdf2native_int16(ldns_rr_rrsig_keytag(rr));
		size_t known = 0;
		while (known < count && tags[known] != tag)
			known++;
		if (known == count && count < 8)
			tags[count++] = tag;
		++*signatures;
	}
	return count;
}

/* While a zone goes from one algorithm to another, every RRset is signed by both (RFC 6781 section 4.1.4): answers,
 * denials, referrals' DS, additional data, what is made up; ahead of questions, too. */
static void every_rrset_by_both_algorithms(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		uint16_t type;
		int section; /* 0: answer, 1: authority */
		ldns_rr_type covered;
	} asked[] = { { "b5p.us", TYPE_SOA, 0, LDNS_RR_TYPE_SOA }, { "b5p.us", TYPE_NS, 0, LDNS_RR_TYPE_NS },
		{ "b5p.us", TYPE_DNSKEY, 0, LDNS_RR_TYPE_DNSKEY }, { "b5p.us", TYPE_CDS, 0, LDNS_RR_TYPE_CDS },
		{ "ns1.b5p.us", TYPE_A, 0, LDNS_RR_TYPE_A }, { "kite.b5p.us", TYPE_A, 0, LDNS_RR_TYPE_A },
		{ "fe4_058.b5p.us", TYPE_A, 0, LDNS_RR_TYPE_A }, { "x.w.b5p.us", TYPE_TXT, 0, LDNS_RR_TYPE_TXT },
		{ "x.kite.b5p.us", TYPE_A, 0, LDNS_RR_TYPE_A }, { "c1.b5p.us", TYPE_A, 0, LDNS_RR_TYPE_CNAME },
		{ "q.tri.b5p.us", TYPE_A, 0, LDNS_RR_TYPE_DNAME }, { "nought.b5p.us", TYPE_A, 1, LDNS_RR_TYPE_SOA },
		{ "nought.b5p.us", TYPE_A, 1, LDNS_RR_TYPE_NSEC }, { "ns1.b5p.us", TYPE_TXT, 1, LDNS_RR_TYPE_NSEC },
		{ "x.sub.b5p.us", TYPE_A, 1, LDNS_RR_TYPE_DS }, { "_why.fe4_058.b5p.us", TYPE_TXT, 0, LDNS_RR_TYPE_TXT } };
	fixture_free(&fixture);
	fixture_make(&fixture);
	fixture_sign_twice(&fixture);
	for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
		ldns_pkt *answer = ask(asked[i].name, asked[i].type, DO, true);
		size_t signatures, alone;
		size_t keys = signers(asked[i].section == 0 ? ldns_pkt_answer(answer) : ldns_pkt_authority(answer), asked[i].covered,
			&signatures);
		signers(ldns_pkt_answer(answer), LDNS_RR_TYPE_CNAME, &alone); /* a chain has several sets */
		if (keys != 2 || (asked[i].covered != LDNS_RR_TYPE_CNAME && signatures != 2) || alone % 2 != 0)
			fail_msg("%s type %u: %zu signatures by %zu keys", asked[i].name, asked[i].type, signatures, keys);
		ldns_pkt_free(answer);
		check_answer(asked[i].name, asked[i].type, DO);
	}
}

/* Signing ahead makes what answers find, by each key. */
static void both_sign_ahead(void **state)
{
	(void)state;
	static const uint8_t name[] = "\5ahead\3b5p\2us";
	uint8_t rr[RR_FIXED + 4];
	struct rrset set = { TYPE_A, 1, sizeof rr, rr };
	fixture_free(&fixture);
	fixture_make(&fixture);
	fixture_sign_twice(&fixture);
	struct signer *signer = fixture.worker.signer;
	rr_render(rr, TYPE_A, 60, "\300\0\2\1", 4);
	uint64_t before = signer->made;
	assert_true(sign_ahead(signer, snapshot_find(fixture.view.snapshot, (const uint8_t *)"\3b5p\2us", 8), name, sizeof name, &set));
	assert_int_equal(signer->made, before + 2);
}

/* By the zone's KSK are signed the keys, and at the apex alone what is to come of them. */
static void the_ksk_signs_at_the_apex(void **state)
{
	(void)state;
	struct zone_view *zones[] = { fixture_zone("split.test", "@ NS ns1\nns1 A 192.0.2.1\n"
		"ns1 CDS 1 13 2 0000000000000000000000000000000000000000000000000000000000000000\n") };
	fixture_serve(&fixture, zones, 1);
	fixture_sign(&fixture, true);
	assert_int_not_equal(tag_of("split.test", LDNS_RR_TYPE_DNSKEY), tag_of("split.test", LDNS_RR_TYPE_NS));
	assert_int_equal(tag_of("ns1.split.test", LDNS_RR_TYPE_CDS), tag_of("split.test", LDNS_RR_TYPE_NS));
}

static void nothing_is_signed_without_a_signer(void **state)
{
	(void)state;
	assert_int_equal(check_answer("ns1.b5p.us", TYPE_TXT, DO), 0);
	assert_int_equal(check_answer("nought.b5p.us", TYPE_A, DO), 0);
}

static int begin(void **state)
{
	(void)state;
	fixture_make(&fixture);
	return 0;
}

static int end(void **state)
{
	(void)state;
	fixture_free(&fixture);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_signed_without_a_signer),
		cmocka_unit_test(every_answer_by_one_key),
		cmocka_unit_test(every_answer_by_two_keys),
		cmocka_unit_test(absence_is_told_to_those_who_know),
		cmocka_unit_test(beyond_the_budget_it_is_cut_short),
		cmocka_unit_test(long_names),
		cmocka_unit_test(the_zones_ttl_is_signed),
		cmocka_unit_test(families_of_zones),
		cmocka_unit_test(a_childs_ds_is_the_parents),
		cmocka_unit_test(no_room_for_a_ds),
		cmocka_unit_test(every_rrset_by_both_algorithms),
		cmocka_unit_test(both_sign_ahead),
		cmocka_unit_test(the_ksk_signs_at_the_apex),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
