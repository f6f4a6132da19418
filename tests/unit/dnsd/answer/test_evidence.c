/* SPDX-License-Identifier: BSD-2-Clause */
/* _status and _why: what they say, whom, and how much of it. */
#include "tests/unit/dnsd/asking.h"

static const struct asked rows[] = {
	{ "_status.fe4_152.b5p.us", 16, "NOERROR aa an | _status.fe4_152.b5p.us. 0 IN TXT \"pool=fe4_152 state=open members=2 relays=3 last-resort=no revision=4200000000 ttl=300 queries=0 networks=0\"" },
	{ "_why.fe4_152.b5p.us", 16, "NOERROR aa an | _why.fe4_152.b5p.us. 0 IN TXT \"both in: speaks ssl3-1.3, says the operator\" | _why.fe4_152.b5p.us. 0 IN TXT \"new in: speaks 1.2-1.3, says the operator\" | _why.fe4_152.b5p.us. 0 IN TXT \"old out: speaks ssl3-1.0, but pagekite.py 1.5.2 needs 1.2-1.3\"" },
	{ "_status.fe4_152.b5p.us", 1, "NOERROR aa" SOA },
	{ "_other.fe4_152.b5p.us", 16, "NXDOMAIN aa" SOA },
	{ "_x.y.z.b5p.us", 16, "NXDOMAIN aa" SOA },
	{ "_status.fe4_153.b5p.us", 1, "NOERROR aa" SOA }, /* of what answers for it */
	{ "_status.zzz.b5p.us", 16, "NXDOMAIN aa" SOA },
	{ "towhy.b5p.us", 16, "NOERROR aa an | towhy.b5p.us. 300 IN CNAME _why.fe4_152.b5p.us. | _why.fe4_152.b5p.us. 0 IN TXT \"both in: speaks ssl3-1.3, says the operator\" | _why.fe4_152.b5p.us. 0 IN TXT \"new in: speaks 1.2-1.3, says the operator\" | _why.fe4_152.b5p.us. 0 IN TXT \"old out: speaks ssl3-1.0, but pagekite.py 1.5.2 needs 1.2-1.3\"" },
};

static void answers_are_as_listed(void **state)
{
	(void)state;
	ask_all(rows, COUNT_OF(rows));
}

/* A text longer than a character string of DNS is cut (RFC 1035 section 3.3). */
static void long_evidence_is_cut(void **state)
{
	(void)state;
	char reason[301] = "";
	struct pool pool = { .label = "frontends", .ttl = 300, .answers = 1, .note = "" };
	struct relay relay = { .name = "only", .addresses = "192.0.2.13", .port = 443,
		.state = RELAY_SERVICE, .tls = 31, .weight = 100, .note = "" };
	struct observation seen = { .relay = "only", .observer = "lease", .version = "", .uuid = "",
		.reason = reason, .pings = "", .names = "", .health = HEALTH_DOWN };
	const struct fleet fleet = { .relays = &relay, .relay_count = 1, .observations = &seen,
		.observation_count = 1, .pools = &pool, .pool_count = 1 };
	size_t around = 0; /* of the text, what is not the reason's */
	for (size_t size = 1; size <= 300; size = size == 1 ? 253 - around : size == 256 - around ? 300 : size + 1) {
		memset(reason, 'x', size);
		reason[size] = '\0';
		ask_of(fixture_zone("own.example", "@ NS ns1.b5p.us.\n"), &fleet);
		char *got = ask("_why.frontends.own.example", TYPE_TXT, 0, true), *text = strstr(got, "only in");
		assert_non_null(text);
		size_t length = strcspn(text, "\"");
		if (around == 0)
			around = length - size;
		assert_int_equal(length, around + size < 255 ? around + size : 255);
		free(got);
		answer_says("_status.frontends.own.example", TYPE_TXT, "last-resort=yes");
	}
	ask_of(NULL, NULL);
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

static void a_pool_without_relays_says_so(void **state)
{
	(void)state;
	static const struct pool pool = { .label = "frontends", .ttl = 300, .answers = 1, .note = "" };
	const struct fleet one = { .pools = (struct pool *)(uintptr_t)&pool, .pool_count = 1 };
	ask_of(fixture_zone("own.example", "@ NS ns1.b5p.us.\n"), &one);
	answered("_why.frontends.own.example", TYPE_TXT,
		"NOERROR aa an | _why.frontends.own.example. 0 IN TXT \"there are no relays\"");
	ask_at_every_size("_why.frontends.own.example", TYPE_TXT);
	ask_of(NULL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_are_as_listed),
		cmocka_unit_test(long_evidence_is_cut),
		cmocka_unit_test(a_pool_without_relays_says_so),
		cmocka_unit_test(evidence_is_for_those_who_may),
	};
	return cmocka_run_group_tests_name("dnsd/answer/evidence", tests, ask_begin, ask_end);
}
