/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions in, sections out: each row cites what decides it. */
#include "tests/unit/dnsd/asking.h"

static const struct asked rows[] = {
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
	/* no record twice: RFC 2181 section 5 */
	{ "loop1.b5p.us", 1, "NOERROR aa an | loop1.b5p.us. 300 IN CNAME loop2.b5p.us. | loop2.b5p.us. 300 IN CNAME loop1.b5p.us." },
	{ "self.b5p.us", 1, "NOERROR aa an | self.b5p.us. 300 IN CNAME self.b5p.us." },
	{ "q.round.b5p.us", 1, "NOERROR aa an | q.round.b5p.us. 300 IN CNAME x.round.b5p.us. | x.round.b5p.us. 300 IN CNAME x.round.b5p.us." },
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
	/* nested zones; DS is the parent's: RFC 4035 section 3.1.4.1 */
	{ "nested.b5p.us", 1, "NOERROR aa an | nested.b5p.us. 300 IN A 192.0.2.80" },
	{ "toapex.b5p.us", 15, "NOERROR aa an | toapex.b5p.us. 300 IN MX 1 b5p.us." },
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
};

static void answers_are_as_listed(void **state)
{
	(void)state;
	ask_all(rows, COUNT_OF(rows));
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
	for (size_t i = 0; i < COUNT_OF(pools); i++) {
		char *got = ask(pools[i].name, pools[i].type, 1232, false);
		if (strstr(got, pools[i].in) == NULL || strstr(got, pools[i].out) != NULL)
			fail_msg("%s: %s", pools[i].name, got);
		free(got);
	}
}

/* A version that nobody knows is answered though there is a name below its own, whoever owns that, or other data at it; an
 * operator's addresses or alias there are meant. */
static void unknown_versions_are_not_silenced(void **state)
{
	(void)state;
	struct pool pool = { .label = "fe4_152", .ttl = 300, .answers = 8, .note = "" };
	struct relay relay = { .name = "only", .addresses = "192.0.2.13", .port = 443, .state = RELAY_SERVICE, .tls = 31,
		.weight = 100, .note = "" };
	const struct fleet fleet = { .relays = &relay, .relay_count = 1, .pools = &pool, .pool_count = 1 };
	static const struct asked unknown[] = {
		{ "fe4_158.own.example", TYPE_A, "NOERROR aa an | fe4_158.own.example. 300 IN A 192.0.2.13" },
		{ "fe4_158.own.example", TYPE_TXT, "NOERROR aa an | fe4_158.own.example. 300 IN TXT \"x\"" },
		{ "fe4_158.own.example", TYPE_MX, "NOERROR aa" SOA_OF("own.example.") },
		{ "fe4_159.own.example", TYPE_A, "NOERROR aa an | fe4_159.own.example. 300 IN A 192.0.2.13" },
		{ "fe4_159.own.example", TYPE_TXT, "NOERROR aa" SOA_OF("own.example.") },
		{ "fe4_160.own.example", TYPE_A, "NOERROR aa an | fe4_160.own.example. 300 IN A 192.0.2.13" },
		{ "fe4_161.own.example", TYPE_A, "NOERROR aa an | fe4_161.own.example. 300 IN A 192.0.2.1" },
		{ "fe4_162.own.example", TYPE_A, "NOERROR aa" SOA_OF("own.example.") },
		{ "fe4_163.own.example", TYPE_A, "NOERROR aa an | fe4_163.own.example. 300 IN CNAME fe4_161.own.example. | "
			"fe4_161.own.example. 300 IN A 192.0.2.1" },
		{ "fe4_164.own.example", TYPE_A, "NOERROR aa an | fe4_164.own.example. 300 IN A 192.0.2.13" },
		{ "fe4_165.own.example", TYPE_A, "NOERROR aa an | fe4_165.own.example. 60 IN A 192.0.2.2" },
		{ "x.fe4_159.own.example", TYPE_A, "NOERROR aa" SOA_OF("own.example.") },
		{ "y.fe4_159.own.example", TYPE_A, "NXDOMAIN aa" SOA_OF("own.example.") },
	};
	ask_of(fixture_zone("own.example", "@ NS ns1.b5p.us.\nfe4_158 TXT x\nx.fe4_159 TXT x\nfe4_160 DNAME elsewhere.test.\n"
		"fe4_161 A 192.0.2.1\nfe4_162 AAAA 2001:db8::1\nfe4_163 CNAME fe4_161\n"), &fleet);
	fixture_host(&fixture, "x.fe4_164.own.example", "192.0.2.2", NULL);
	fixture_host(&fixture, "fe4_165.own.example", "192.0.2.2", NULL);
	ask_all(unknown, COUNT_OF(unknown));
	ask_of(NULL, NULL);
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
	ask_of(fixture_zone("own.example", "@ NS ns1.b5p.us.\nalias CNAME frontends\n"), &fleet);
	for (int i = 0; i < 8; i++) {
		uint16_t type = i & 1 ? TYPE_A : TYPE_AAAA;
		assert_true(address_read(clients[i >> 1 & 1], strlen(clients[i >> 1 & 1]), &fixture.client));
		char *first = ask(asked[i >> 2], type, 0, false), *second = ask(asked[i >> 2], type, 0, false);
		assert_int_equal(count_of(first, i & 1 ? " IN A 192.0.2.1" : " IN AAAA 2001:db8::1"), 5);
		assert_string_not_equal(first, second);
		assert_int_equal(strlen(first), strlen(second));
		free(first);
		free(second);
		ask_at_every_size(asked[i >> 2], type);
	}
	ask_of(NULL, NULL);
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

#define ROOT_SOA SOA_OF(".")

static void zones_without_pools(void **state)
{
	(void)state;
	const struct fleet none = { 0 };
	ask_of(fixture_zone(".", "@ NS ns1.b5p.us.\n"), &none);
	answered(".", TYPE_DS, "NOERROR aa" ROOT_SOA);
	answered("fe4_058.example", TYPE_A, "NXDOMAIN aa" ROOT_SOA);
	answered("fe4_058", TYPE_A, "NXDOMAIN aa" ROOT_SOA);
	answered("x.auth", TYPE_A, "NXDOMAIN aa" ROOT_SOA);
	ask_of(NULL, NULL);
}

static void many_zones_and_none(void **state)
{
	(void)state;
	enum { MANY = 9 };
	const struct fleet none = { 0 };
	struct zone_view *zones[MANY];
	char text[40], wanted[80];
	ask_of(NULL, NULL);
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
	ask_of(NULL, NULL);
}

/* What stands between zones exists, however many there are. */
static void names_between_zones(void **state)
{
	(void)state;
	enum { MANY = 120 };
	const struct fleet none = { 0 };
	struct zone_view *zones[MANY + 1];
	char text[64];
	ask_of(NULL, NULL);
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
	ask_of(NULL, NULL);
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
	ask_of(fixture_zone("own.example", zone.bytes), &none);
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
	ask_of(NULL, NULL);
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
	ask_of(zone, &none);
	for (size_t i = 0; i < COUNT_OF(damage); i++) {
		size_t size = fixture_query(packet, damage[i].name, damage[i].type, 0);
		assert_true(respond(&fixture.worker, packet, size, 4096, &fixture.client, true) >= size);
		assert_int_equal(packet[7], damage[i].answers);
		assert_int_equal(packet[11], 0);
	}
	ask_of(NULL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_are_as_listed),
		cmocka_unit_test(zones_without_pools),
		cmocka_unit_test(many_zones_and_none),
		cmocka_unit_test(names_between_zones),
		cmocka_unit_test(additional_records_within_reach),
		cmocka_unit_test(damaged_nodes_do_no_harm),
		cmocka_unit_test(pools_give_their_members),
		cmocka_unit_test(unknown_versions_are_not_silenced), cmocka_unit_test(order_rotates),
		cmocka_unit_test(one_answer_pool_is_stable_for_a_client),
		cmocka_unit_test(hands_are_dealt),
		cmocka_unit_test(truncation_leaves_no_part),
		cmocka_unit_test(loops_end),
	};
	return cmocka_run_group_tests_name("dnsd/answer/lookup", tests, ask_begin, ask_end);
}
