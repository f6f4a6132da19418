/* SPDX-License-Identifier: BSD-2-Clause */
/* What relays ask about kites: who is let in, who is not, and what limits they are told. */
#include "tests/unit/dnsd/asking.h"

#include <openssl/sha.h>

static const struct asked rows[] = {
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
	{ "ok.0.001e.0005.000010000.quota.auth.b5p.us", 1, "NOERROR aa an | ok.0.001e.0005.000010000.quota.auth.b5p.us. 10 IN A 255.255.255.1" },
	{ "ok.0.001e.0005.00001000.0.quota.auth.b5p.us", 1, "NOERROR aa an | ok.0.001e.0005.00001000.0.quota.auth.b5p.us. 10 IN A 255.255.255.1" },
	{ "ok.quota.auth.b5p.us", 1, "NOERROR aa an | ok.quota.auth.b5p.us. 10 IN A 255.255.255.1" },
	/* behind an alias */
	{ "toauth.b5p.us", 1, "NOERROR aa an | toauth.b5p.us. 300 IN CNAME a.b.c.d.e.auth.b5p.us. | a.b.c.d.e.auth.b5p.us. 10 IN A 255.255.255.1" },
};

static void answers_are_as_listed(void **state)
{
	(void)state;
	ask_all(rows, COUNT_OF(rows));
}

/* A zone with records at auth.ZONE has that name for itself. */
static void a_zone_may_own_auth(void **state)
{
	(void)state;
	static const struct pool pool = { .label = "frontends", .ttl = 300, .answers = 1, .note = "" };
	const struct fleet one = { .pools = (struct pool *)(uintptr_t)&pool, .pool_count = 1 };
	ask_of(fixture_zone("own.example", "@ NS ns1.b5p.us.\nx.auth A 192.0.2.1\n"), &one);
	answered("x.auth.own.example", TYPE_A, "NOERROR aa an | x.auth.own.example. 300 IN A 192.0.2.1");
	answered("a.b.c.d.e.auth.own.example", TYPE_A, "NXDOMAIN aa" SOA_OF("own.example."));
	ask_of(NULL, NULL);
}

#define SRAND "115e00112233445566778899aabbccdd1a26"
#define TOKEN "tc47f00112233445566778899aabbccdd10f"
/* printf 'sekrithttp:kite.b5p.us:SRAND:TOKENabcdefab' | sha1sum, behind the salt abcdefab */
#define SIGN "abcdefabacb90bce8cc050679b77db6a4f38"
#define KITE ".http.kite.b5p.us.auth.b5p.us"

/* Names as a real relay asks for them, with a signature made as clients make them. */
static void relay_authentication(void **state)
{
	(void)state;
	uint64_t good = count_read(&fixture.counters, COUNT_AUTH_GOOD), bad = count_read(&fixture.counters, COUNT_AUTH_BAD);
	answer_says(SRAND "." TOKEN ".fcd8edfb1111111111111111111111111111" KITE, TYPE_A, " 10 IN A 255.255.255.1");
	answer_says(SRAND "." TOKEN "." SIGN KITE, TYPE_A, " 60 IN A 255.255.254.255");
	assert_int_equal(count_read(&fixture.counters, COUNT_AUTH_GOOD), good + 1);
	assert_int_equal(count_read(&fixture.counters, COUNT_AUTH_BAD), bad + 1);
	fixture.settings.has_keys = false;
	answered(SRAND "." TOKEN "." SIGN KITE, TYPE_A, "SERVFAIL aa");
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
	(void)state;
	for (size_t i = 0; i < COUNT_OF(quotas); i++) {
		struct arena arena = { 0 };
		struct error e;
		struct host row = { .name = "kite.b5p.us", .addresses = "192.0.2.8", .ttl = 60, .quota_kb = quotas[i].kb,
			.quota_days = quotas[i].days, .quota_conns = quotas[i].conns };
		assert_int_equal(secret_seal(&fixture.keys, row.name, "sekrit", 6, &arena, &row.secret, &e), DONE);
		assert_int_equal(hosts_put(fixture.view.hosts, &row, &e), DONE);
		hosts_reclaim(fixture.view.hosts);
		arena_free(&arena);
		answer_says(SRAND "." TOKEN "." SIGN KITE, TYPE_A, quotas[i].wanted);
		ask_at_every_size(SRAND "." TOKEN "." SIGN KITE, TYPE_A);
	}
	fixture_host(&fixture, "kite.b5p.us", "192.0.2.8", "sekrit");
}

/* What a relay's question must look like, and whom it may name. */
static void relay_questions(void **state)
{
	(void)state;
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
	for (size_t i = 0; i < COUNT_OF(questions); i++) {
		snprintf(name, sizeof name, "%s.b5p.us.auth.b5p.us", questions[i].labels);
		answer_says(name, TYPE_A, questions[i].good ? "255.255.254.255" : "255.255.255.1");
	}
	answer_says(SRAND "." TOKEN "." SIGN ".http.auth.b5p.us", TYPE_A, "255.255.255.1");
	answer_says(SRAND "." TOKEN "." SIGN ".http._any_.auth.b5p.us", TYPE_A, "255.255.255.1");
}

/* Signs as a kite of this secret would. */
static void sign_as_kite(const char *payload, char sign[37])
{
	char text[300];
	uint8_t digest[SHA_DIGEST_LENGTH];
	int size = snprintf(text, sizeof text, "sekrit%sabcdefab", payload);
	SHA1((const uint8_t *)text, (size_t)size, digest);
	strcpy(sign, "abcdefab");
	for (int i = 0; i < 14; i++)
		snprintf(sign + 8 + 2 * i, 3, "%02x", digest[i]);
}

/* What a client chooses of a name must have its form even where it is signed: dots in it would shift the other parts. */
static void a_signature_does_not_excuse_the_form(void **state)
{
	(void)state;
#define PROTO32 "httphttphttphttphttphttphttphttp"
	static const struct {
		const char *srand, *token, *proto;
		bool good;
	} parts[] = {
		{ SRAND, TOKEN, "http", true },
		{ "11223344", TOKEN, "http", true },
		{ "1122334", TOKEN, "http", false },
		{ "1122334g", TOKEN, "http", false },
		{ SRAND, TOKEN "0", "http", false },
		{ SRAND, "tc47f00112233445566778899aabbccdd10", "http", false },
		{ SRAND, "tg47f00112233445566778899aabbccdd10f", "http", false },
		{ SRAND, TOKEN, PROTO32, true },
		{ SRAND, TOKEN, PROTO32 "s", false },
	};
	char payload[200], sign[37], name[300];
	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		snprintf(payload, sizeof payload, "%s:kite.b5p.us:%s:%s", parts[i].proto, parts[i].srand, parts[i].token);
		sign_as_kite(payload, sign);
		snprintf(name, sizeof name, "%s.%s.%s.%s.kite.b5p.us.auth.b5p.us", parts[i].srand, parts[i].token, sign,
			parts[i].proto);
		answer_says(name, TYPE_A, parts[i].good ? "255.255.254.255" : "255.255.255.1");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_are_as_listed),
		cmocka_unit_test(a_zone_may_own_auth),
		cmocka_unit_test(relay_authentication),
		cmocka_unit_test(relays_are_told_limits),
		cmocka_unit_test(relay_questions),
		cmocka_unit_test(a_signature_does_not_excuse_the_form),
	};
	return cmocka_run_group_tests_name("dnsd/answer/relay_auth", tests, ask_begin, ask_end);
}
