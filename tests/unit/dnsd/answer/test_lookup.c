/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions in, sections out: each row cites what decides it. */
/* cmocka's macro fail() would swallow lib/error.h's function: it comes last */
#include "lib/text.h"
#include "tests/unit/dnsd/fixture.h"

#include <ldns/ldns.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static struct fixture fixture;

static void add_section(struct text *out, const char *name, const ldns_rr_list *rrs)
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

/* "NOERROR aa an | RR | RR ns | RR ar | RR": whatever ldns makes of the octets. */
static char *ask(const char *name, uint16_t type, uint16_t edns, bool tcp)
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
	add_section(&out, " an", ldns_pkt_answer(answer));
	add_section(&out, " ns", ldns_pkt_authority(answer));
	add_section(&out, " ar", ldns_pkt_additional(answer));
	ldns_pkt_free(answer);
	return out.bytes;
}

#define SOA " ns | b5p.us. 60 IN SOA ns1.b5p.us. hostmaster.b5p.us. 4200000000 1200 600 86400 60"
#define KITES_SOA                                                                                  \
	" ns | kites.example. 60 IN SOA ns1.b5p.us. hostmaster.b5p.us. 4200000000 1200 600 86400 60"

static const struct {
	const char *name;
	uint16_t type;
	const char *wanted;
} rows[] = {
	/* what is there */
	{ "mail.b5p.us", 1, "NOERROR aa an | mail.b5p.us. 300 IN A 192.0.2.25" },
	{ "b5p.us", 6, "NOERROR aa an | b5p.us. 3600 IN SOA ns1.b5p.us. hostmaster.b5p.us. 4200000000 1200 600 86400 60" },
	{ "b5p.us", 15, "NOERROR aa an | b5p.us. 300 IN MX 10 mail.b5p.us. ar | mail.b5p.us. 300 IN A 192.0.2.25" },
	{ "_sip._tcp.b5p.us", 33, "NOERROR aa an | _sip._tcp.b5p.us. 300 IN SRV 1 2 5060 mail.b5p.us. ar | mail.b5p.us. 300 IN A 192.0.2.25" },
	{ "odd.b5p.us", 65280, "NOERROR aa an | odd.b5p.us. 300 IN TYPE65280 \\# 4 0a000001" },
	{ "tiny.b5p.us", 16, "NOERROR aa an | tiny.b5p.us. 300 IN TXT \"\"" },
	{ "empty.b5p.us", 65281, "NOERROR aa an | empty.b5p.us. 300 IN TYPE65281 \\# 0" },
	{ "hosted.b5p.us", 15, "NOERROR aa an | hosted.b5p.us. 300 IN MX 1 demo.b5p.us. | hosted.b5p.us. 300 IN MX 2 dyn.b5p.us. ar | demo.b5p.us. 60 IN A 192.0.2.7 | demo.b5p.us. 60 IN AAAA 2001:db8::7" },
	{ "local.bits\\.dot.b5p.us", 1, "NOERROR aa an | local.bits\\.dot.b5p.us. 300 IN A 192.0.2.70" },
	/* no data and no name: RFC 2308 */
	{ "mail.b5p.us", 28, "NOERROR aa" SOA },
	{ "nx.b5p.us", 1, "NXDOMAIN aa" SOA },
	{ "b5p.us", 99, "NOERROR aa" SOA },
	/* empty non-terminals: RFC 4592 section 2.2.2 */
	{ "c.b5p.us", 1, "NOERROR aa" SOA },
	{ "b.c.b5p.us", 16, "NOERROR aa" SOA },
	{ "x.b.c.b5p.us", 16, "NXDOMAIN aa" SOA },
	/* wildcards: RFC 4592 section 2.2.1 */
	{ "q.w.b5p.us", 16, "NOERROR aa an | q.w.b5p.us. 300 IN TXT \"wild\"" },
	{ "q.r.w.b5p.us", 1, "NOERROR aa an | q.r.w.b5p.us. 300 IN A 192.0.2.40" },
	{ "q.w.b5p.us", 28, "NOERROR aa" SOA },
	{ "there.w.b5p.us", 16, "NOERROR aa" SOA },
	{ "q.there.w.b5p.us", 1, "NXDOMAIN aa" SOA },
	{ "y.w.b5p.us", 1, "NOERROR aa" SOA },
	{ "z.y.w.b5p.us", 1, "NXDOMAIN aa" SOA },
	{ "*.w.b5p.us", 16, "NOERROR aa an | *.w.b5p.us. 300 IN TXT \"wild\"" },
	{ "q.ew.b5p.us", 1, "NOERROR aa" SOA }, /* the wildcard exists, empty: section 4.2 */
	{ "n.q.ew.b5p.us", 1, "NOERROR aa" SOA },
	{ "q.cw.b5p.us", 1, "NOERROR aa an | q.cw.b5p.us. 300 IN CNAME ns1.b5p.us. | ns1.b5p.us. 300 IN A 192.0.2.53" },
	/* aliases: RFC 1034 section 4.3.2, RFC 6604 */
	{ "www.b5p.us", 1, "NOERROR aa an | www.b5p.us. 300 IN CNAME ns1.b5p.us. | ns1.b5p.us. 300 IN A 192.0.2.53" },
	{ "www.b5p.us", 5, "NOERROR aa an | www.b5p.us. 300 IN CNAME ns1.b5p.us." },
	{ "www.b5p.us", 16, "NOERROR aa an | www.b5p.us. 300 IN CNAME ns1.b5p.us." SOA },
	{ "www.b5p.us", 46, "NOERROR aa" SOA }, /* RFC 4035 section 2.5: RRSIG and NSEC are the alias' own */
	{ "www.b5p.us", 47, "NOERROR aa" SOA },
	{ "out.b5p.us", 1, "NOERROR aa an | out.b5p.us. 300 IN CNAME elsewhere.test." },
	{ "incut.b5p.us", 1, "NOERROR aa an | incut.b5p.us. 300 IN CNAME x.sub.b5p.us. ns | sub.b5p.us. 300 IN NS ns.sub.b5p.us. | sub.b5p.us. 300 IN NS ns.other.test. ar | ns.sub.b5p.us. 300 IN A 192.0.2.60 | ns.sub.b5p.us. 300 IN AAAA 2001:db8::60" },
	{ "c2.b5p.us", 1, "NXDOMAIN aa an | c2.b5p.us. 300 IN CNAME c3.b5p.us. | c3.b5p.us. 300 IN CNAME nowhere.b5p.us." SOA },
	{ "lost.b5p.us", 1, "NXDOMAIN aa an | lost.b5p.us. 300 IN CNAME nx.kites.example." KITES_SOA },
	/* no record twice: RFC 2181 section 5 */
	{ "loop1.b5p.us", 1, "NOERROR aa an | loop1.b5p.us. 300 IN CNAME loop2.b5p.us. | loop2.b5p.us. 300 IN CNAME loop1.b5p.us." },
	{ "self.b5p.us", 1, "NOERROR aa an | self.b5p.us. 300 IN CNAME self.b5p.us." },
	{ "q.round.b5p.us", 1, "NOERROR aa an | q.round.b5p.us. 300 IN CNAME x.round.b5p.us. | x.round.b5p.us. 300 IN CNAME x.round.b5p.us." },
	{ "q.spin.b5p.us", 1, "NOERROR aa an | spin.b5p.us. 300 IN DNAME spin.b5p.us. | q.spin.b5p.us. 300 IN CNAME q.spin.b5p.us." },
	{ "q.tri.b5p.us", 1, "NOERROR aa an | tri.b5p.us. 300 IN DNAME mid.b5p.us. | q.tri.b5p.us. 300 IN CNAME q.mid.b5p.us. | q.mid.b5p.us. 300 IN CNAME u.tri.b5p.us. | u.tri.b5p.us. 300 IN CNAME u.mid.b5p.us. | u.mid.b5p.us. 300 IN CNAME v.tri.b5p.us. | v.tri.b5p.us. 300 IN CNAME v.mid.b5p.us. | v.mid.b5p.us. 300 IN A 192.0.2.71" },
	/* an alias' target is owner of what is made for it, and counted as it is written */
	{ "toauth.b5p.us", 1, "NOERROR aa an | toauth.b5p.us. 300 IN CNAME a.b.c.d.e.auth.b5p.us. | a.b.c.d.e.auth.b5p.us. 10 IN A 255.255.255.1" },
	{ "towhy.b5p.us", 16, "NOERROR aa an | towhy.b5p.us. 300 IN CNAME _why.fe4_152.b5p.us. | _why.fe4_152.b5p.us. 0 IN TXT \"both in: speaks ssl3-1.3, says the operator\" | _why.fe4_152.b5p.us. 0 IN TXT \"new in: speaks 1.2-1.3, says the operator\" | _why.fe4_152.b5p.us. 0 IN TXT \"old out: speaks ssl3-1.0, but pagekite.py 1.5.2 needs 1.2-1.3\"" },
	/* an alias beside addresses that are a host's or a pool's is none: RFC 1034 section 3.6.2 */
	{ "aliased.b5p.us", 1, "NOERROR aa an | aliased.b5p.us. 60 IN A 192.0.2.10" },
	{ "aliased.b5p.us", 5, "NOERROR aa" SOA },
	{ "aliased.b5p.us", 16, "NOERROR aa" SOA },
	{ "aliased.b5p.us", 255, "NOERROR aa an | aliased.b5p.us. 3600 IN HINFO \"RFC8482\" \"\"" },
	{ "fe4_091c.b5p.us", 5, "NOERROR aa" SOA },
	{ "fe4_091c.b5p.us", 16, "NOERROR aa" SOA },
	{ "x.aliased.b5p.us", 1, "NOERROR aa an | x.aliased.b5p.us. 60 IN A 192.0.2.10" },
	{ "x.aliased.b5p.us", 28, "NOERROR aa" SOA },
	{ "*.aliased.b5p.us", 1, "NOERROR aa an | *.aliased.b5p.us. 60 IN A 192.0.2.10" },
	{ "*.aliased.b5p.us", 5, "NOERROR aa" SOA },
	{ "*.aliased.b5p.us", 15, "NOERROR aa an | *.aliased.b5p.us. 300 IN MX 1 mail.b5p.us. ar | mail.b5p.us. 300 IN A 192.0.2.25" },
	{ "x.aliased.b5p.us", 15, "NOERROR aa an | x.aliased.b5p.us. 300 IN MX 1 mail.b5p.us. ar | mail.b5p.us. 300 IN A 192.0.2.25" },
	/* additional data once, and none of names that are renamed or pools' */
	{ "_twice._tcp.b5p.us", 33, "NOERROR aa an | _twice._tcp.b5p.us. 300 IN SRV 1 2 1 mail.b5p.us. | _twice._tcp.b5p.us. 300 IN SRV 1 2 2 MAIL.b5p.us. ar | mail.b5p.us. 300 IN A 192.0.2.25" },
	{ "twice.b5p.us", 15, "NOERROR aa an | twice.b5p.us. 300 IN MX 1 mail.b5p.us. | twice.b5p.us. 300 IN MX 2 mail.b5p.us. ar | mail.b5p.us. 300 IN A 192.0.2.25" },
	{ "to.b5p.us", 15, "NOERROR aa an | to.b5p.us. 300 IN MX 1 x.old.b5p.us. | to.b5p.us. 300 IN MX 2 under.tri.b5p.us. | to.b5p.us. 300 IN MX 3 fe4_058.b5p.us." },
	/* names in RDATA, and what is none */
	{ "ptr.b5p.us", 12, "NOERROR aa an | ptr.b5p.us. 300 IN PTR mail.b5p.us." },
	{ "minfo.b5p.us", 14, "NOERROR aa an | minfo.b5p.us. 300 IN MINFO mail.b5p.us. x.mail.b5p.us." },
	/* DNAME: RFC 6672 */
	{ "old.b5p.us", 39, "NOERROR aa an | old.b5p.us. 300 IN DNAME kites.example." },
	{ "old.b5p.us", 1, "NOERROR aa" SOA },
	{ "x.any.old.b5p.us", 1, "NOERROR aa an | old.b5p.us. 300 IN DNAME kites.example. | x.any.old.b5p.us. 300 IN CNAME x.any.kites.example. | x.any.kites.example. 300 IN A 192.0.2.90" },
	{ "x.long.b5p.us", 1, "NOERROR aa an | long.b5p.us. 300 IN DNAME aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc.test. | x.long.b5p.us. 300 IN CNAME x.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc.test." },
	{ "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd.long.b5p.us", 1, "YXDOMAIN aa an | long.b5p.us. 300 IN DNAME aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc.test." },
	{ "x.old.b5p.us", 5, "NOERROR aa an | old.b5p.us. 300 IN DNAME kites.example. | x.old.b5p.us. 300 IN CNAME x.kites.example." },
	{ "renamed.example", 39, "NOERROR aa an | renamed.example. 300 IN DNAME kites.example." }, /* section 2.3 */
	{ "renamed.example", 2, "NOERROR aa an | renamed.example. 300 IN NS ns1.b5p.us. ar | ns1.b5p.us. 300 IN A 192.0.2.53 | ns1.b5p.us. 300 IN AAAA 2001:db8::53" },
	{ "any.any.renamed.example", 1, "NOERROR aa an | renamed.example. 300 IN DNAME kites.example. | any.any.renamed.example. 300 IN CNAME any.any.kites.example. | any.any.kites.example. 300 IN A 192.0.2.90" },
	/* delegations and what is below them: RFC 1034 section 4.2.1, RFC 9471 */
	{ "sub.b5p.us", 1, "NOERROR ns | sub.b5p.us. 300 IN NS ns.sub.b5p.us. | sub.b5p.us. 300 IN NS ns.other.test. ar | ns.sub.b5p.us. 300 IN A 192.0.2.60 | ns.sub.b5p.us. 300 IN AAAA 2001:db8::60" },
	{ "deep.sub.b5p.us", 1, "NOERROR ns | sub.b5p.us. 300 IN NS ns.sub.b5p.us. | sub.b5p.us. 300 IN NS ns.other.test. ar | ns.sub.b5p.us. 300 IN A 192.0.2.60 | ns.sub.b5p.us. 300 IN AAAA 2001:db8::60" },
	{ "under.sub.b5p.us", 1, "NOERROR ns | sub.b5p.us. 300 IN NS ns.sub.b5p.us. | sub.b5p.us. 300 IN NS ns.other.test. ar | ns.sub.b5p.us. 300 IN A 192.0.2.60 | ns.sub.b5p.us. 300 IN AAAA 2001:db8::60" },
	{ "under.sub.b5p.us", 28, "NOERROR ns | sub.b5p.us. 300 IN NS ns.sub.b5p.us. | sub.b5p.us. 300 IN NS ns.other.test. ar | ns.sub.b5p.us. 300 IN A 192.0.2.60 | ns.sub.b5p.us. 300 IN AAAA 2001:db8::60" },
	{ "under.sub.b5p.us", 16, "NOERROR ns | sub.b5p.us. 300 IN NS ns.sub.b5p.us. | sub.b5p.us. 300 IN NS ns.other.test. ar | ns.sub.b5p.us. 300 IN A 192.0.2.60 | ns.sub.b5p.us. 300 IN AAAA 2001:db8::60" },
	{ "x.under.sub.b5p.us", 1, "NOERROR ns | sub.b5p.us. 300 IN NS ns.sub.b5p.us. | sub.b5p.us. 300 IN NS ns.other.test. ar | ns.sub.b5p.us. 300 IN A 192.0.2.60 | ns.sub.b5p.us. 300 IN AAAA 2001:db8::60" },
	{ "under.sub.b5p.us", 255, "NOERROR ns | sub.b5p.us. 300 IN NS ns.sub.b5p.us. | sub.b5p.us. 300 IN NS ns.other.test. ar | ns.sub.b5p.us. 300 IN A 192.0.2.60 | ns.sub.b5p.us. 300 IN AAAA 2001:db8::60" },
	{ "sub.b5p.us", 43, "NOERROR aa an | sub.b5p.us. 300 IN DS 1 13 2 0000000000000000000000000000000000000000000000000000000000000000" },
	/* nested zones; DS is the parent's: RFC 4035 section 3.1.4.1 */
	{ "nested.b5p.us", 1, "NOERROR aa an | nested.b5p.us. 300 IN A 192.0.2.80" },
	{ "nested.b5p.us", 43, "NOERROR aa" SOA }, /* there is a zone, so there is a name */
	{ "far.b5p.us", 1, "NOERROR aa" SOA }, /* RFC 8020: a zone of ours is below */
	{ "x.far.b5p.us", 1, "NXDOMAIN aa" SOA },
	{ "nx.nested.b5p.us", 1, "NXDOMAIN aa" " ns | nested.b5p.us. 60 IN SOA ns1.b5p.us. hostmaster.b5p.us. 4200000000 1200 600 86400 60" },
	{ "b5p.us", 43, "NOERROR aa" SOA },
	{ "kid.sub.b5p.us", 43, "NOERROR ns | sub.b5p.us. 300 IN NS ns.sub.b5p.us. | sub.b5p.us. 300 IN NS ns.other.test. ar | ns.sub.b5p.us. 300 IN A 192.0.2.60 | ns.sub.b5p.us. 300 IN AAAA 2001:db8::60" }, /* that is not for this zone to say */
	{ "sib.b5p.us", 1, "NOERROR ns | sib.b5p.us. 300 IN NS ns1.b5p.us. ar | ns1.b5p.us. 300 IN A 192.0.2.53 | ns1.b5p.us. 300 IN AAAA 2001:db8::53" },
	{ "toapex.b5p.us", 15, "NOERROR aa an | toapex.b5p.us. 300 IN MX 1 b5p.us." },
	{ "todname.b5p.us", 16, "NXDOMAIN aa an | todname.b5p.us. 300 IN CNAME x.old.b5p.us. | old.b5p.us. 300 IN DNAME kites.example. | x.old.b5p.us. 300 IN CNAME x.kites.example." KITES_SOA },
	{ "*.low.down.kites.example", 16, "NOERROR aa an | *.low.down.kites.example. 300 IN TXT \"any\"" },
	{ "*.above.b5p.us", 16, "NOERROR aa an | *.above.b5p.us. 300 IN TXT \"wild\"" },
	{ "q.above.b5p.us", 16, "NOERROR aa an | q.above.b5p.us. 300 IN TXT \"wild\"" },
	/* not ours */
	{ "example.com", 1, "REFUSED" },
	{ "example.com", 43, "REFUSED" },
	{ "us", 1, "REFUSED" },
	{ ".", 2, "REFUSED" },
	/* RFC 8482 */
	{ "mail.b5p.us", 255, "NOERROR aa an | mail.b5p.us. 3600 IN HINFO \"RFC8482\" \"\"" },
	{ "nx.b5p.us", 255, "NXDOMAIN aa" SOA },
	{ "c.b5p.us", 255, "NOERROR aa" SOA },
	{ "www.b5p.us", 255, "NOERROR aa an | www.b5p.us. 300 IN CNAME ns1.b5p.us." }, /* section 4.2 */
	{ "q.cw.b5p.us", 255, "NOERROR aa an | q.cw.b5p.us. 300 IN CNAME ns1.b5p.us." },
	{ "demo.b5p.us", 255, "NOERROR aa an | demo.b5p.us. 3600 IN HINFO \"RFC8482\" \"\"" },
	{ "none.b5p.us", 255, "NOERROR aa" SOA },
	/* hosts and all below them */
	{ "demo.b5p.us", 1, "NOERROR aa an | demo.b5p.us. 60 IN A 192.0.2.7" },
	{ "demo.b5p.us", 28, "NOERROR aa an | demo.b5p.us. 60 IN AAAA 2001:db8::7" },
	{ "demo.b5p.us", 16, "NOERROR aa" SOA },
	{ "x.y.demo.b5p.us", 28, "NOERROR aa an | x.y.demo.b5p.us. 60 IN AAAA 2001:db8::7" },
	{ "*.demo.b5p.us", 1, "NOERROR aa an | *.demo.b5p.us. 60 IN A 192.0.2.7" },
	{ "x.*.demo.b5p.us", 1, "NXDOMAIN aa" SOA }, /* RFC 4592 section 3.3.1, as a secondary has it */
	{ "kite.b5p.us", 28, "NOERROR aa" SOA },
	{ "_acme-challenge.kite.b5p.us", 16, "NOERROR aa an | _acme-challenge.kite.b5p.us. 300 IN TXT \"token\"" },
	{ "x._acme-challenge.kite.b5p.us", 16, "NXDOMAIN aa" SOA },
	{ "dyn.b5p.us", 1, "NOERROR aa" SOA },
	{ "b.dyn.b5p.us", 1, "NOERROR aa" SOA },
	{ "c.dyn.b5p.us", 1, "NXDOMAIN aa" SOA },
	{ "none.b5p.us", 1, "NOERROR aa" SOA },
	/* pools: the family rule, versions that nobody defined, static data beside and under */
	{ "fe4_058.b5p.us", 28, "NOERROR aa" SOA },
	{ "fe4_058.b5p.us", 16, "NOERROR aa an | fe4_058.b5p.us. 300 IN TXT \"shadow\"" },
	{ "fe6_091c.b5p.us", 1, "NOERROR aa" SOA },
	{ "fe4_091.nested.b5p.us", 28, "NOERROR aa ns | nested.b5p.us. 60 IN SOA ns1.b5p.us. hostmaster.b5p.us. 4200000000 1200 600 86400 60" },
	{ "x.fe4_058.b5p.us", 1, "NXDOMAIN aa" SOA },
	{ "x.fe4_152.b5p.us", 1, "NXDOMAIN aa" SOA },
	{ "fe6_092c.b5p.us", 1, "NOERROR aa" SOA },
	{ "fe4_058.b5p.us", 255, "NOERROR aa an | fe4_058.b5p.us. 3600 IN HINFO \"RFC8482\" \"\"" },
	/* relay authentication never fails open */
	{ "a.b.c.d.e.auth.b5p.us", 1, "NOERROR aa an | a.b.c.d.e.auth.b5p.us. 10 IN A 255.255.255.1" },
	{ "x.auth.b5p.us", 1, "NOERROR aa an | x.auth.b5p.us. 10 IN A 255.255.255.1" },
	{ "a.b.c.d.e.auth.b5p.us", 28, "NOERROR aa" SOA },
	{ "auth.b5p.us", 1, "NOERROR aa" SOA }, /* RFC 8020: there are names below */
	{ "auth.b5p.us", 255, "NOERROR aa" SOA },
	/* what an account's limits are called, by which a resolver may ask: the kilobytes are in the name */
	{ "ok.0.001e.0005.00001000.quota.auth.b5p.us", 1, "NOERROR aa an | ok.0.001e.0005.00001000.quota.auth.b5p.us. 60 IN A 0.0.16.0" },
	{ "no.0.001e.0005.00001000.quota.auth.b5p.us", 1, "NOERROR aa an | no.0.001e.0005.00001000.quota.auth.b5p.us. 10 IN A 255.255.255.1" },
	{ "ok.0.001e.0005.00001000.quite.auth.b5p.us", 1, "NOERROR aa an | ok.0.001e.0005.00001000.quite.auth.b5p.us. 10 IN A 255.255.255.1" },
	{ "ok.0.001e.0005.0001000.quota.auth.b5p.us", 1, "NOERROR aa an | ok.0.001e.0005.0001000.quota.auth.b5p.us. 10 IN A 255.255.255.1" },
	{ "ok.0.001e.0005.0000100g.quota.auth.b5p.us", 1, "NOERROR aa an | ok.0.001e.0005.0000100g.quota.auth.b5p.us. 10 IN A 255.255.255.1" },
	/* evidence */
	{ "_status.fe4_152.b5p.us", 16, "NOERROR aa an | _status.fe4_152.b5p.us. 0 IN TXT \"pool=fe4_152 state=open members=2 relays=3 last-resort=no revision=4200000000 ttl=300 queries=0 networks=0\"" },
	{ "_why.fe4_152.b5p.us", 16, "NOERROR aa an | _why.fe4_152.b5p.us. 0 IN TXT \"both in: speaks ssl3-1.3, says the operator\" | _why.fe4_152.b5p.us. 0 IN TXT \"new in: speaks 1.2-1.3, says the operator\" | _why.fe4_152.b5p.us. 0 IN TXT \"old out: speaks ssl3-1.0, but pagekite.py 1.5.2 needs 1.2-1.3\"" },
	{ "_status.fe4_152.b5p.us", 1, "NOERROR aa" SOA },
	{ "_other.fe4_152.b5p.us", 16, "NXDOMAIN aa" SOA },
	{ "_x.y.z.b5p.us", 16, "NXDOMAIN aa" SOA },
	{ "_status.fe4_153.b5p.us", 1, "NOERROR aa" SOA }, /* of what answers for it */
	{ "_status.zzz.b5p.us", 16, "NXDOMAIN aa" SOA },
};

static void answers_are_as_listed(void **state)
{
	(void)state;
	int wrong = 0;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *got = ask(rows[i].name, rows[i].type, 0, true);
		if (strcmp(got, rows[i].wanted) != 0) {
			print_error("%s %u\n  wanted %s\n  got    %s\n", rows[i].name, rows[i].type,
				rows[i].wanted, got);
			wrong++;
		}
		free(got);
	}
	assert_int_equal(wrong, 0);
}

static size_t of_set(const ldns_rr_list *section, const ldns_rr *rr)
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
static bool holds_whole_sets(const uint8_t *some, size_t size, const ldns_rr_list *all)
{
	ldns_pkt *answer;
	bool good = true;
	assert_int_equal(ldns_wire2pkt(&answer, some, size), LDNS_STATUS_OK);
	ldns_rr_list *held = ldns_pkt_all_noquestion(answer);
	for (size_t i = 0; i < ldns_rr_list_rr_count(held); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(held, i);
		good &= of_set(held, rr) == of_set(all, rr);
	}
	ldns_rr_list_deep_free(held);
	ldns_pkt_free(answer);
	return good;
}

/* With every size that an answer may have, up to what it needs: whole, or TC and some whole RRsets; where TC is clear
 * only additional records may be left out. */
static void at_every_size(const char *name, uint16_t type)
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
		if (size > room || (!cut && memcmp(packet + 2, whole, 8) != 0) || !holds_whole_sets(packet, size, records))
			fail_msg("%s %u with %zu of %zu octets", name, type, room, most);
	}
	ldns_rr_list_deep_free(records);
	ldns_pkt_free(all);
	assert_int_equal(packet[2] & FLAG_TC, 0);
}

static void there_is_room_or_there_is_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		at_every_size(rows[i].name, rows[i].type);
}

/* The order of a pool rotates, so its answer is compared as a set. */
static void pools_give_their_members(void **state)
{
	static const struct {
		const char *name, *in, *out;
		uint16_t type;
	} pools[] = {
		{ "fe4_058.b5p.us", "192.0.2.11", "192.0.2.12", 1 },
		{ "FE4_058.kites.example", "192.0.2.13", "192.0.2.99", 1 },
		{ "fe4_152.b5p.us", "192.0.2.12", "192.0.2.11", 1 },
		{ "fe4_153.b5p.us", "192.0.2.12", "192.0.2.11", 1 },  /* nearest older: 152 */
		{ "fe4_099.b5p.us", "192.0.2.11", "192.0.2.12", 1 },  /* nearest older: 058 */
		{ "fe4_010.b5p.us", "192.0.2.11", "192.0.2.12", 1 },  /* older than all: the oldest */
		{ "fe6_092c.b5p.us", "2001:db8::13", "192.0.2.13", 28 },
		{ "fe6_152.nested.b5p.us", "2001:db8::13", "192.0.2.11", 28 }, /* the generic pool's AAAA */
		{ "fe.b5p.us", "192.0.2.", "2001", 1 },               /* the generic pool */
	};
	(void)state;
	for (size_t i = 0; i < sizeof pools / sizeof pools[0]; i++) {
		char *got = ask(pools[i].name, pools[i].type, 1232, false);
		if (strstr(got, pools[i].in) == NULL || strstr(got, pools[i].out) != NULL)
			fail_msg("%s: %s", pools[i].name, got);
		free(got);
	}
}

static void order_rotates(void **state)
{
	(void)state;
	char *first = ask("fe4_152.b5p.us", 1, 0, false), *second = ask("fe4_152.b5p.us", 1, 0, false);
	assert_string_not_equal(first, second);
	assert_int_equal(strlen(first), strlen(second));
	free(first);
	free(second);
}

static void one_answer_pool_is_stable_for_a_client(void **state)
{
	(void)state;
	char *first = ask("frontends.b5p.us", 1, 0, false);
	for (int i = 0; i < 10; i++) {
		char *again = ask("frontends.b5p.us", 1, 0, false);
		assert_string_equal(first, again);
		free(again);
	}
	free(first);
}

static void begin_again(struct zone_view *zone, const struct fleet *fleet)
{
	fixture_free(&fixture);
	fixture_make(&fixture);
	if (zone != NULL)
		fixture_serve_fleet(&fixture, &zone, 1, fleet);
}

static unsigned count_of(const char *text, const char *what)
{
	unsigned count = 0;
	for (; (text = strstr(text, what)) != NULL; text += strlen(what))
		count++;
	return count;
}

/* A pool gives each client network some of more addresses than fit into its answers: whole, in an order that rotates,
 * to an alias' asker, too. */
static void hands_are_dealt(void **state)
{
	static struct relay six[6];
	static char names[6][2], lists[6][40];
	static struct pool pool[] = { { .label = "frontends", .ttl = 300, .answers = 5, .note = "" } };
	const struct fleet fleet = { .relays = six, .relay_count = 6, .pools = pool, .pool_count = 1 };
	static const char *const clients[] = { "198.51.100.1", "2001:db8:1::1" };
	static const char *const asked[] = { "frontends.own.example", "alias.own.example" };
	(void)state;
	for (int i = 0; i < 6; i++) {
		snprintf(names[i], sizeof names[i], "%c", 'a' + i);
		snprintf(lists[i], sizeof lists[i], "192.0.2.%d 2001:db8::%d", 11 + i, 11 + i);
		six[i] = (struct relay){ .name = names[i], .addresses = lists[i], .port = 443, .state = RELAY_SERVICE, .tls = 31,
			.weight = 100, .note = "" };
	}
	begin_again(fixture_zone("own.example", "@ NS ns1.b5p.us.\nalias CNAME frontends\n"), &fleet);
	for (int i = 0; i < 8; i++) {
		uint16_t type = i & 1 ? TYPE_A : TYPE_AAAA;
		assert_true(address_read(clients[i >> 1 & 1], strlen(clients[i >> 1 & 1]), &fixture.client));
		char *first = ask(asked[i >> 2], type, 0, false), *second = ask(asked[i >> 2], type, 0, false);
		assert_int_equal(count_of(first, i & 1 ? " IN A 192.0.2.1" : " IN AAAA 2001:db8::1"), 5);
		assert_string_not_equal(first, second);
		assert_int_equal(strlen(first), strlen(second));
		free(first);
		free(second);
		at_every_size(asked[i >> 2], type);
	}
	begin_again(NULL, NULL);
}

static void truncation_leaves_no_part(void **state)
{
	(void)state;
	char *got = ask("many.kites.example", 1, 0, false); /* 60 * 16 octets and a question */
	assert_string_equal(got, "NOERROR aa tc");
	free(got);
	got = ask("many.kites.example", 1, 1232, false);
	assert_null(strstr(got, " tc"));
	assert_non_null(strstr(got, "192.0.2.60"));
	free(got);
	got = ask("text.kites.example", 16, 4096, false); /* 6 * 213: beyond our own limit, too */
	assert_string_equal(got, "NOERROR aa tc");
	free(got);
	got = ask("text.kites.example", 16, 0, true);
	assert_null(strstr(got, " tc"));
	free(got);
}

static void loops_end(void **state)
{
	(void)state;
	char *got = ask("loop1.b5p.us", 1, 0, true);
	assert_non_null(strstr(got, "NOERROR aa an | loop1.b5p.us. 300 IN CNAME loop2.b5p.us."));
	free(got);
	got = ask("x.spin.b5p.us", 1, 0, true);
	assert_non_null(strstr(got, "NOERROR aa an | spin.b5p.us. 300 IN DNAME spin.b5p.us."));
	free(got);
}

static void answered(const char *name, uint16_t type, const char *wanted)
{
	char *got = ask(name, type, 0, true);
	assert_string_equal(got, wanted);
	free(got);
}

#define ROOT_SOA " ns | . 60 IN SOA ns1.b5p.us. hostmaster.b5p.us. 4200000000 1200 600 86400 60"
#define OWN_SOA " ns | own.example. 60 IN SOA ns1.b5p.us. hostmaster.b5p.us. 4200000000 1200 600 86400 60"

static void zones_without_pools(void **state)
{
	(void)state;
	const struct fleet none = { 0 };
	begin_again(fixture_zone(".", "@ NS ns1.b5p.us.\n"), &none);
	answered(".", TYPE_DS, "NOERROR aa" ROOT_SOA);
	answered("fe4_058.example", TYPE_A, "NXDOMAIN aa" ROOT_SOA);
	answered("fe4_058", TYPE_A, "NXDOMAIN aa" ROOT_SOA);
	answered("x.auth", TYPE_A, "NXDOMAIN aa" ROOT_SOA);
	begin_again(NULL, NULL);
}

static void many_zones_and_none(void **state)
{
	(void)state;
	enum { MANY = 9 };
	const struct fleet none = { 0 };
	struct zone_view *zones[MANY];
	char text[40], wanted[80];
	begin_again(NULL, NULL);
	for (int i = 0; i < MANY; i++) {
		snprintf(text, sizeof text, "z%d.example", i);
		zones[i] = fixture_zone(text, "@ NS ns1.b5p.us.\n@ A 192.0.2.1\n");
	}
	fixture_serve_fleet(&fixture, zones, MANY, &none);
	for (int i = 0; i < MANY; i++) {
		snprintf(text, sizeof text, "z%d.example", i);
		snprintf(wanted, sizeof wanted, "NOERROR aa an | %s. 300 IN A 192.0.2.1", text);
		answered(text, TYPE_A, wanted);
	}
	answered("z9.example", TYPE_A, "REFUSED");
	fixture_serve_fleet(&fixture, NULL, 0, &none);
	answered("z0.example", TYPE_A, "REFUSED");
	begin_again(NULL, NULL);
}

/* A zone with records at auth.ZONE has that name for itself. */
/* What stands between zones exists, however many there are. */
static void names_between_zones(void **state)
{
	(void)state;
	enum { MANY = 120 };
	const struct fleet none = { 0 };
	struct zone_view *zones[MANY + 1];
	char text[64];
	begin_again(NULL, NULL);
	for (int i = 0; i < MANY; i++) {
		snprintf(text, sizeof text, "z%d.e%d.both.example", i, i / 2);
		zones[i] = fixture_zone(text, "@ NS ns1.b5p.us.\n");
	}
	zones[MANY] = fixture_zone("example", "@ NS ns1.b5p.us.\n");
	fixture_serve_fleet(&fixture, zones, MANY + 1, &none);
	for (int i = 0; i < MANY; i++) {
		snprintf(text, sizeof text, "e%d.both.example", i);
		char *got = ask(text, TYPE_A, 0, true);
		assert_int_equal(strncmp(got, i < MANY / 2 ? "NOERROR aa ns" : "NXDOMAIN aa ns", 13), 0);
		free(got);
	}
	begin_again(NULL, NULL);
}

static void a_zone_may_own_auth(void **state)
{
	(void)state;
	static const struct pool pool = { .label = "frontends", .ttl = 300, .answers = 1, .note = "" };
	const struct fleet one = { .pools = (struct pool *)(uintptr_t)&pool, .pool_count = 1 };
	begin_again(fixture_zone("own.example", "@ NS ns1.b5p.us.\nx.auth A 192.0.2.1\n"), &one);
	answered("x.auth.own.example", TYPE_A, "NOERROR aa an | x.auth.own.example. 300 IN A 192.0.2.1");
	answered("a.b.c.d.e.auth.own.example", TYPE_A, "NXDOMAIN aa" OWN_SOA);
	answered("_why.frontends.own.example", TYPE_TXT,
		"NOERROR aa an | _why.frontends.own.example. 0 IN TXT \"there are no relays\"");
	at_every_size("_why.frontends.own.example", TYPE_TXT);
	begin_again(NULL, NULL);
}

/* A text longer than a character string of DNS is cut (RFC 1035 section 3.3). */
static void long_evidence_is_cut(void **state)
{
	(void)state;
	char reason[301] = "";
	memset(reason, 'x', sizeof reason - 1);
	struct pool pool = { .label = "frontends", .ttl = 300, .answers = 1, .note = "" };
	struct relay relay = { .name = "only", .addresses = "192.0.2.13", .port = 443,
		.state = RELAY_SERVICE, .tls = 31, .weight = 100, .note = "" };
	struct observation seen = { .relay = "only", .observer = "lease", .version = "", .uuid = "",
		.reason = reason, .pings = "", .names = "", .health = HEALTH_DOWN };
	const struct fleet fleet = { .relays = &relay, .relay_count = 1, .observations = &seen,
		.observation_count = 1, .pools = &pool, .pool_count = 1 };
	begin_again(fixture_zone("own.example", "@ NS ns1.b5p.us.\n"), &fleet);
	char *got = ask("_why.frontends.own.example", TYPE_TXT, 0, true), *text = strstr(got, "only in");
	assert_non_null(text);
	assert_int_equal(strcspn(text, "\""), 255);
	free(got);
	got = ask("_status.frontends.own.example", TYPE_TXT, 0, true);
	assert_non_null(strstr(got, "last-resort=yes"));
	free(got);
	begin_again(NULL, NULL);
}

/* Behind the first 16 KiB no name can be pointed at: glue that would be needed there cuts the answer short. What is
 * added for comfort ends before. */
static void additional_records_within_reach(void **state)
{
	(void)state;
	enum { MANY = 1200, COMFORT = 64 };
	const struct fleet none = { 0 };
	struct text zone = { 0 };
	static uint8_t packet[65535 + SCAN_BEHIND];
	static const struct {
		const char *name;
		uint16_t type;
		bool cut;
	} asked[] = { { "own.example", TYPE_MX, false }, { "few.own.example", TYPE_A, false }, { "many.own.example", TYPE_A, true } };
	for (int i = 0; i < MANY; i++)
		text_addf(&zone, "@ MX %d m%d\nm%d A 192.0.2.1\nmany NS m%d.many\nm%d.many A 192.0.2.1\n", i, i, i, i, i);
	for (int i = 0; i < 2 * COMFORT; i++)
		text_addf(&zone, "few NS m%d.few\nm%d.few A 192.0.2.1\n", i, i);
	begin_again(fixture_zone("own.example", zone.bytes), &none);
	text_free(&zone);
	for (int i = 0; i < 3; i++) {
		size_t size = fixture_query(packet, asked[i].name, asked[i].type, 0);
		size = respond(&fixture.worker, packet, size, 65535, &fixture.client, true);
		size_t added = (size_t)(packet[10] << 8 | packet[11]);
		assert_int_equal((packet[2] & FLAG_TC) != 0, asked[i].cut);
		if (asked[i].cut)
			assert_in_range(added, COMFORT, MANY - 1);
		else
			assert_int_equal(added, i == 0 ? COMFORT : 2 * COMFORT);
		ldns_pkt *answer;
		assert_int_equal(ldns_wire2pkt(&answer, packet, size), LDNS_STATUS_OK);
		ldns_pkt_free(answer);
	}
	begin_again(NULL, NULL);
}

static struct node *node_of(struct zone_view *zone, const char *name)
{
	struct name wire;
	uint8_t padded[NAME_WIRE + 8] = { 0 };
	assert_int_equal(name_read(name, &wire, NULL), DONE);
	memcpy(padded, wire.wire, wire.size);
	const struct node *node =
		name_table_find(&zone->names, hash_name(padded, wire.size), padded, wire.size);
	assert_non_null(node);
	return (struct node *)(uintptr_t)node;
}

/* What building a zone never makes: nodes whose flags promise what they have not, names that are not
 * whole. The answer ends there, and stays within its bounds. */
static void damaged_nodes_do_no_harm(void **state)
{
	(void)state;
	const struct fleet none = { 0 };
	static uint8_t packet[4096 + SCAN_BEHIND];
	static const struct {
		const char *name;
		uint16_t type;
		uint8_t answers;
	} damage[] = {
		{ "mx.own.example", TYPE_MX, 1 },     /* no additional record, for the name has a pointer */
		{ "alias.own.example", TYPE_A, 1 },   /* not followed */
		{ "a.own.example", TYPE_TXT, 0 },
		{ "x.b.own.example", TYPE_TXT, 0 },
		{ "c.own.example", TYPE_TXT, 0 },
		{ "x.d.own.example", TYPE_TXT, 0 },
	};
	struct zone_view *zone = fixture_zone("own.example", "@ NS ns1.b5p.us.\nmx MX 1 mail.test.\n"
		"alias CNAME mail.test.\na A 192.0.2.1\nb A 192.0.2.1\nc A 192.0.2.1\nd DNAME x.test.\n");
	zone->has_cuts = true;
	memset(zone->cut_starts, 0xff, sizeof zone->cut_starts);
	node_of(zone, "a.own.example")->flags = NODE_CNAME;
	node_of(zone, "b.own.example")->flags = NODE_DNAME;
	node_of(zone, "c.own.example")->flags = NODE_CUT;
	struct node *mx = node_of(zone, "mx.own.example"), *alias = node_of(zone, "alias.own.example"),
		    *dname = node_of(zone, "d.own.example");
	mx->bytes[mx->name_size + RRSET_HEAD + RR_FIXED + 2] = 0xc0;
	alias->bytes[alias->name_size + RRSET_HEAD + RR_FIXED] = 0xc0;
	dname->bytes[dname->name_size + RRSET_HEAD + RR_FIXED] = 0xc0;
	begin_again(zone, &none);
	for (size_t i = 0; i < sizeof damage / sizeof damage[0]; i++) {
		size_t size = fixture_query(packet, damage[i].name, damage[i].type, 0);
		assert_true(respond(&fixture.worker, packet, size, 4096, &fixture.client, true) >= size);
		assert_int_equal(packet[7], damage[i].answers);
		assert_int_equal(packet[11], 0);
	}
	begin_again(NULL, NULL);
}

static void evidence_is_for_those_who_may(void **state)
{
	(void)state;
	struct address before = fixture.client;
	address_read("198.51.100.1", 12, &fixture.client);
	answered("_why.fe4_152.b5p.us", 16, "REFUSED");
	answered("towhy.b5p.us", 16, "NOERROR aa an | towhy.b5p.us. 300 IN CNAME _why.fe4_152.b5p.us."); /* as for any other's name */
	fixture.client = before;
}

/* printf 'sekrithttp:kite.b5p.us:SRAND:TOKENabcdefab' | sha1sum, behind the salt abcdefab */
static const char relay_sign[] = "abcdefabacb90bce8cc050679b77db6a4f38";

/* Names as a real relay asks for them, with a signature made as clients make them. */
static void relay_authentication(void **state)
{
	(void)state;
	static const char *const good =
		"115e00112233445566778899aabbccdd1a26.tc47f00112233445566778899aabbccdd10f."
		"%s.http.kite.b5p.us.auth.b5p.us";
	char name[300];
	const char *sign = "fcd8edfb1111111111111111111111111111";
	snprintf(name, sizeof name, good, sign);
	char *got = ask(name, 1, 0, false);
	assert_non_null(strstr(got, "255.255.255.1"));
	free(got);
	snprintf(name, sizeof name, good, relay_sign);
	got = ask(name, 1, 0, false);
	assert_non_null(strstr(got, "255.255.254.255"));
	free(got);
	fixture.settings.has_keys = false;
	got = ask(name, 1, 0, false);
	assert_string_equal(got, "SERVFAIL aa");
	free(got);
	fixture.settings.has_keys = true;
}

/* What a kite has left of its account is told by the name of an alias, or not at all. */
static void relays_are_told_limits(void **state)
{
	static const struct {
		int64_t kb, days, conns;
		const char *wanted;
	} quotas[] = {
		{ 4096, 30, 5, " 60 IN CNAME ok.0.001e.0005.00001000.quota.auth.b5p.us. | ok.0.001e.0005.00001000.quota.auth.b5p.us. 60 IN A 0.0.16.0" },
		{ 0, 0, -1, " 60 IN CNAME ok.0.ffff.0000.fffffeff.quota.auth.b5p.us. | ok.0.ffff.0000.fffffeff.quota.auth.b5p.us. 60 IN A 255.255.254.255" },
		{ 4096, 0, 0, "us.auth.b5p.us. 60 IN A 0.0.16.0" },
	};
	char name[300];
	(void)state;
	snprintf(name, sizeof name, "115e00112233445566778899aabbccdd1a26.tc47f00112233445566778899aabbccdd10f.%s.http.kite.b5p.us."
		"auth.b5p.us", relay_sign);
	for (size_t i = 0; i < sizeof quotas / sizeof quotas[0]; i++) {
		struct arena arena = { 0 };
		struct error e;
		struct host row = { .name = "kite.b5p.us", .addresses = "192.0.2.8", .ttl = 60, .quota_kb = quotas[i].kb,
			.quota_days = quotas[i].days, .quota_conns = quotas[i].conns };
		assert_int_equal(secret_seal(&fixture.keys, row.name, "sekrit", 6, &arena, &row.secret, &e), DONE);
		assert_int_equal(hosts_put(fixture.view.hosts, &row, &e), DONE);
		hosts_reclaim(fixture.view.hosts);
		arena_free(&arena);
		char *got = ask(name, TYPE_A, 0, false);
		if (strstr(got, quotas[i].wanted) == NULL)
			fail_msg("wanted %s\n got %s", quotas[i].wanted, got);
		free(got);
		at_every_size(name, TYPE_A);
	}
	fixture_host(&fixture, "kite.b5p.us", "192.0.2.8", "sekrit");
}

/* What a relay's question must look like, and whom it may name. */
static void relay_questions(void **state)
{
	(void)state;
#define SRAND "115e00112233445566778899aabbccdd1a26"
#define TOKEN "tc47f00112233445566778899aabbccdd10f"
#define SIGN "abcdefabacb90bce8cc050679b77db6a4f38"
	static const struct {
		const char *labels;
		bool good;
	} questions[] = {
		{ SRAND "." TOKEN "." SIGN ".http.kite", true },
		{ SRAND "." TOKEN ".abcdefab5798e3344f01dc8f568d502655bb.http._any_.kite", true },
		{ SRAND "." TOKEN ".abcdefab461e15a2774afb991dcf2c093152.http.fives", true },
		{ SRAND "." TOKEN "." SIGN ".http._any_.kite", false }, /* signed for another name */
		{ SRAND "." TOKEN "." SIGN ".http.demo", false },       /* it has no secret */
		{ SRAND "." TOKEN "." SIGN ".http.nobody", false },
		{ SRAND "." TOKEN "." SIGN ".http", false },            /* no host */
		{ "115e001." TOKEN "." SIGN ".http.kite", false },      /* srand too short */
		{ "115e001g." TOKEN "." SIGN ".http.kite", false },     /* not hexadecimal */
		{ SRAND ".c47f00112233445566778899aabbccdd10f." SIGN ".http.kite", false },
		{ SRAND ".tg47f00112233445566778899aabbccdd10f." SIGN ".http.kite", false },
		{ SRAND ".tg47f0011223344556677889aabbccdd10f." SIGN ".http.kite", false },
		{ SRAND "." TOKEN ".abcdefabacb90bce8cc050679b77db6a4f3.http.kite", false },
		{ SRAND "." TOKEN ".abcdefabacb90bce8cc050679b77db6a4f3g.http.kite", false },
		{ SRAND "." TOKEN ".tbcdefabacb90bce8cc050679b77db6a4f38.http.kite", false }, /* long ago */
		{ SRAND "." TOKEN "." SIGN ".httphttphttphttphttphttphttphttph.kite", false },
	};
	char name[300];
	fixture_host(&fixture, "fives.b5p.us", "192.0.2.55", "sekrit");
	for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
		snprintf(name, sizeof name, "%s.b5p.us.auth.b5p.us", questions[i].labels);
		char *got = ask(name, TYPE_A, 0, false);
		if (strstr(got, questions[i].good ? "255.255.254.255" : "255.255.255.1") == NULL)
			fail_msg("%s: %s", name, got);
		free(got);
	}
	char *got = ask(SRAND "." TOKEN "." SIGN ".http.auth.b5p.us", TYPE_A, 0, false);
	assert_non_null(strstr(got, "255.255.255.1"));
	free(got);
	got = ask(SRAND "." TOKEN "." SIGN ".http._any_.auth.b5p.us", TYPE_A, 0, false);
	assert_non_null(strstr(got, "255.255.255.1"));
	free(got);
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
		cmocka_unit_test(answers_are_as_listed),
		cmocka_unit_test(there_is_room_or_there_is_not),
		cmocka_unit_test(zones_without_pools),
		cmocka_unit_test(many_zones_and_none),
		cmocka_unit_test(names_between_zones),
		cmocka_unit_test(a_zone_may_own_auth),
		cmocka_unit_test(long_evidence_is_cut),
		cmocka_unit_test(additional_records_within_reach),
		cmocka_unit_test(damaged_nodes_do_no_harm),
		cmocka_unit_test(pools_give_their_members),
		cmocka_unit_test(order_rotates),
		cmocka_unit_test(one_answer_pool_is_stable_for_a_client),
		cmocka_unit_test(hands_are_dealt),
		cmocka_unit_test(truncation_leaves_no_part),
		cmocka_unit_test(loops_end),
		cmocka_unit_test(evidence_is_for_those_who_may),
		cmocka_unit_test(relay_authentication),
		cmocka_unit_test(relays_are_told_limits),
		cmocka_unit_test(relay_questions),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
