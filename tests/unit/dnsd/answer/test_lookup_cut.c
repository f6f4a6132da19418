/* SPDX-License-Identifier: BSD-2-Clause */
/* Referrals at and below delegations, and names that a DNAME renames: each row cites what decides it. */
#include "tests/unit/dnsd/asking.h"

#define TO_SUB " ns | sub.b5p.us. 300 IN NS ns.sub.b5p.us. | sub.b5p.us. 300 IN NS ns.other.test. ar | ns.sub.b5p.us. 300 IN A 192.0.2.60 | ns.sub.b5p.us. 300 IN AAAA 2001:db8::60"

static const struct asked rows[] = {
	/* DNAME: RFC 6672 */
	{ "old.b5p.us", 39, "NOERROR aa an | old.b5p.us. 300 IN DNAME kites.example." },
	{ "old.b5p.us", 1, "NOERROR aa" SOA },
	{ "x.any.old.b5p.us", 1, "NOERROR aa an | old.b5p.us. 300 IN DNAME kites.example. | x.any.old.b5p.us. 300 IN CNAME x.any.kites.example. | x.any.kites.example. 300 IN A 192.0.2.90" },
	{ "x.long.b5p.us", 1, "NOERROR aa an | long.b5p.us. 300 IN DNAME aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc.test. | x.long.b5p.us. 300 IN CNAME x.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc.test." },
	{ "ddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd.long.b5p.us", 1, "NOERROR aa an | long.b5p.us. 300 IN DNAME aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc.test. | ddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd.long.b5p.us. 300 IN CNAME ddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc.test." }, /* 255 octets */
	{ "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd.long.b5p.us", 1, "YXDOMAIN aa an | long.b5p.us. 300 IN DNAME aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc.test." },
	{ "x.old.b5p.us", 5, "NOERROR aa an | old.b5p.us. 300 IN DNAME kites.example. | x.old.b5p.us. 300 IN CNAME x.kites.example." },
	{ "renamed.example", 39, "NOERROR aa an | renamed.example. 300 IN DNAME kites.example." }, /* section 2.3 */
	{ "renamed.example", 2, "NOERROR aa an | renamed.example. 300 IN NS ns1.b5p.us. ar | ns1.b5p.us. 300 IN A 192.0.2.53 | ns1.b5p.us. 300 IN AAAA 2001:db8::53" },
	{ "any.any.renamed.example", 1, "NOERROR aa an | renamed.example. 300 IN DNAME kites.example. | any.any.renamed.example. 300 IN CNAME any.any.kites.example. | any.any.kites.example. 300 IN A 192.0.2.90" },
	/* an alias into one; a DNAME that leads into itself, and one that leads back: RFC 2181 section 5, no record twice */
	{ "incut.b5p.us", 1, "NOERROR aa an | incut.b5p.us. 300 IN CNAME x.sub.b5p.us." TO_SUB },
	{ "q.spin.b5p.us", 1, "NOERROR aa an | spin.b5p.us. 300 IN DNAME spin.b5p.us. | q.spin.b5p.us. 300 IN CNAME q.spin.b5p.us." },
	{ "q.tri.b5p.us", 1, "NOERROR aa an | tri.b5p.us. 300 IN DNAME mid.b5p.us. | q.tri.b5p.us. 300 IN CNAME q.mid.b5p.us. | q.mid.b5p.us. 300 IN CNAME u.tri.b5p.us. | u.tri.b5p.us. 300 IN CNAME u.mid.b5p.us. | u.mid.b5p.us. 300 IN CNAME v.tri.b5p.us. | v.tri.b5p.us. 300 IN CNAME v.mid.b5p.us. | v.mid.b5p.us. 300 IN A 192.0.2.71" },
	{ "todname.b5p.us", 16, "NXDOMAIN aa an | todname.b5p.us. 300 IN CNAME x.old.b5p.us. | old.b5p.us. 300 IN DNAME kites.example. | x.old.b5p.us. 300 IN CNAME x.kites.example." KITES_SOA },
	/* delegations and what is below them: RFC 1034 section 4.2.1, RFC 9471 */
	{ "sub.b5p.us", 1, "NOERROR" TO_SUB },
	{ "deep.sub.b5p.us", 1, "NOERROR" TO_SUB },
	{ "under.sub.b5p.us", 1, "NOERROR" TO_SUB },
	{ "under.sub.b5p.us", 28, "NOERROR" TO_SUB },
	{ "under.sub.b5p.us", 16, "NOERROR" TO_SUB },
	{ "x.under.sub.b5p.us", 1, "NOERROR" TO_SUB },
	{ "under.sub.b5p.us", 255, "NOERROR" TO_SUB },
	{ "sub.b5p.us", 43, "NOERROR aa an | sub.b5p.us. 300 IN DS 1 13 2 0000000000000000000000000000000000000000000000000000000000000000" },
	/* DS is the parent's to say, and this zone is not that of kid (RFC 4035 section 3.1.4.1); glue from beside the cut */
	{ "kid.sub.b5p.us", 43, "NOERROR" TO_SUB }, /* that is not for this zone to say */
	{ "sib.b5p.us", 1, "NOERROR ns | sib.b5p.us. 300 IN NS ns1.b5p.us. ar | ns1.b5p.us. 300 IN A 192.0.2.53 | ns1.b5p.us. 300 IN AAAA 2001:db8::53" },
};

static void answers_are_as_listed(void **state)
{
	(void)state;
	ask_all(rows, COUNT_OF(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_are_as_listed),
	};
	return cmocka_run_group_tests_name("dnsd/answer/lookup_cut", tests, ask_begin, ask_end);
}
