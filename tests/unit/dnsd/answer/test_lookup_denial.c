/* SPDX-License-Identifier: BSD-2-Clause */
/* Names and types that are not there: the SOA that says for how long, and the types that a signed denial lists. */
#include "tests/unit/dnsd/asking.h"

static const struct asked rows[] = {
	/* no data and no name: RFC 2308 */
	{ "mail.b5p.us", 28, "NOERROR aa" SOA },
	{ "nx.b5p.us", 1, "NXDOMAIN aa" SOA },
	{ "b5p.us", 99, "NOERROR aa" SOA },
	/* empty non-terminals: RFC 4592 section 2.2.2 */
	{ "c.b5p.us", 1, "NOERROR aa" SOA },
	{ "b.c.b5p.us", 16, "NOERROR aa" SOA },
	{ "x.b.c.b5p.us", 16, "NXDOMAIN aa" SOA },
	/* a zone of ours, or a host, further down: the name exists (RFC 8020) */
	{ "far.b5p.us", 1, "NOERROR aa" SOA },
	{ "x.far.b5p.us", 1, "NXDOMAIN aa" SOA },
	{ "nested.b5p.us", 43, "NOERROR aa" SOA }, /* there is a zone, so there is a name */
	{ "nx.nested.b5p.us", 1, "NXDOMAIN aa" SOA_OF("nested.b5p.us.") },
	{ "b5p.us", 43, "NOERROR aa" SOA },
	{ "dyn.b5p.us", 1, "NOERROR aa" SOA },
	{ "b.dyn.b5p.us", 1, "NOERROR aa" SOA },
	{ "c.dyn.b5p.us", 1, "NXDOMAIN aa" SOA },
	/* behind an alias, with the SOA of the zone that denies */
	{ "c2.b5p.us", 1, "NXDOMAIN aa an | c2.b5p.us. 300 IN CNAME c3.b5p.us. | c3.b5p.us. 300 IN CNAME nowhere.b5p.us." SOA },
	{ "lost.b5p.us", 1, "NXDOMAIN aa an | lost.b5p.us. 300 IN CNAME nx.kites.example." KITES_SOA },
};

static void answers_are_as_listed(void **state)
{
	(void)state;
	ask_all(rows, COUNT_OF(rows));
}

/* A zone of ours below a signed one may be unsigned: whatever the zone above holds or makes at its name, its answer for
 * the DS says that there is a delegation (RFC 4035 section 5.2, RFC 6840 section 4.4). */
static void a_child_without_keys_is_insecure(void **state)
{
	(void)state;
	static const char *const children[] = { "plain", "kid.wild", "kid.alias", "text", "kid.ent", "ent", "fe4_058", "fe4_060", "demo",
		"kid.demo", "kid.renamed", "named", "mx" };
	enum { CHILDREN = COUNT_OF(children) };
	struct zone_view *zones[CHILDREN + 1];
	char name[64];
	for (size_t i = 0; i < CHILDREN; i++) {
		snprintf(name, sizeof name, "%s.b5p.us", children[i]);
		zones[i] = fixture_zone(name, "@ NS ns1\nns1 A 192.0.2.1\n");
	}
	zones[CHILDREN] = fixture_zone("b5p.us", "@ NS ns1\nns1 A 192.0.2.1\n*.wild A 192.0.2.2\n*.alias CNAME ns1\n"
		"text TXT here\nx.ent A 192.0.2.2\nrenamed DNAME elsewhere.test.\nnamed NS ns1\nmx MX 1 ns1\n");
	fixture_serve(&fixture, zones, CHILDREN + 1);
	fixture_sign(&fixture, false);
	for (size_t i = 0; i < CHILDREN; i++) {
		snprintf(name, sizeof name, "%s.b5p.us", children[i]);
		ask_says_types(name, TYPE_DS, "NS RRSIG NSEC");
	}
	ask_says_types("wild.b5p.us", TYPE_DS, "RRSIG NSEC");
	ask_of(NULL, NULL);
}

/* Static data, what hosts and pools add to it or hide of it, and an apex; a host's secret is never told. */
static void a_signed_denial_lists_what_is_there(void **state)
{
	(void)state;
	fixture_sign(&fixture, false);
	ask_says_types("far.b5p.us", TYPE_A, "RRSIG NSEC"); /* not that it is missing: low.far.b5p.us is below */
	ask_says_types("auth.b5p.us", TYPE_A, "RRSIG NSEC");
	ask_says_types("aliased.b5p.us", TYPE_TXT, "A RRSIG NSEC");
	ask_says_types("fe4_058.b5p.us", TYPE_MX, "A TXT RRSIG NSEC");
	ask_says_types("fe4_091c.b5p.us", TYPE_TXT, "A RRSIG NSEC");
	ask_says_types("x.aliased.b5p.us", TYPE_AAAA, "A MX RRSIG NSEC");
	ask_says_types("kite.b5p.us", TYPE_AAAA, "A RRSIG NSEC");
	ask_says_types("demo.b5p.us", TYPE_TXT, "A AAAA RRSIG NSEC");
	ask_says_types("nx.b5p.us", TYPE_A, "RRSIG NSEC TYPE128");
	ask_says_types("b5p.us", 99, "NS SOA MX TXT RRSIG NSEC DNSKEY CAA");
	ask_says_types("sib.b5p.us", TYPE_A, "NS RRSIG NSEC"); /* a referral: without a DS it proves that there is none */
	ask_of(NULL, NULL);
	fixture_sign(&fixture, true);
	ask_says_types("b5p.us", 99, "NS SOA MX TXT RRSIG NSEC DNSKEY CDS CDNSKEY CAA");
	ask_of(NULL, NULL);
}

/* Glue at a cut's own name is not the zone's: its NSEC lists no A (RFC 4035 section 2.3). */
static void a_cut_lists_its_ns_alone(void **state)
{
	(void)state;
	const struct fleet none = { 0 };
	ask_of(fixture_zone("b5p.us", "@ NS ns1\nns1 A 192.0.2.1\nsib NS sib\nsib A 192.0.2.2\nsib TXT hidden\n"), &none);
	fixture_sign(&fixture, false);
	ask_says_types("sib.b5p.us", TYPE_A, "NS RRSIG NSEC");
	ask_says_types("sib.b5p.us", TYPE_DS, "NS RRSIG NSEC");
	ask_of(NULL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_are_as_listed),
		cmocka_unit_test(a_child_without_keys_is_insecure),
		cmocka_unit_test(a_signed_denial_lists_what_is_there),
		cmocka_unit_test(a_cut_lists_its_ns_alone),
	};
	return cmocka_run_group_tests_name("dnsd/answer/lookup_denial", tests, ask_begin, ask_end);
}
