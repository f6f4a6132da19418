/* SPDX-License-Identifier: BSD-2-Clause */
/* So many answers a second, half of the others truncated, strangers untouched, memory as it was. */
#include "dnsd/answer/rate_limit.h"
#include "tests/unit/dnsd/fixture.h"

#include <stdio.h>

#include "tests/unit/check.h"

static struct rate_limit rate;

static struct address client(const char *text)
{
	struct address address;
	assert_true(address_read(text, strlen(text), &address));
	return address;
}

/* Asks COUNT times, evenly over a second from START; counts what came of it. */
static void ask(const char *text, uint64_t key, unsigned count, uint64_t start, unsigned verdicts[3])
{
	struct address from = client(text);
	for (unsigned i = 0; i < count; i++)
		verdicts[rate_limit_take(&rate, &from, key, start + i * UINT64_C(1000000) / count)]++;
}

static void set(int64_t limit, int64_t workers)
{
	memset(&rate, 0, sizeof rate);
	rate_limit_set(&rate, limit, workers);
}

static void within_the_limit_all_is_sent(void **state)
{
	(void)state;
	unsigned v[3] = { 0 };
	set(200, 1);
	for (uint64_t second = 0; second < 10; second++)
		ask("198.51.100.7", 1, 200, second * 1000000, v);
	assert_int_equal(v[RATE_SEND], 2000);
}

static void beyond_it_half_is_truncated(void **state)
{
	(void)state;
	unsigned v[3] = { 0 };
	set(100, 1);
	for (uint64_t second = 0; second < 10; second++)
		ask("198.51.100.7", 1, 1000, second * 1000000, v);
	assert_in_range(v[RATE_SEND], 1000, 1101); /* a second's worth may come at once */
	assert_in_range(v[RATE_TRUNCATE], 4400, 4500);
	assert_in_range(v[RATE_DROP], 4400, 4500);
}

static void others_are_untouched(void **state)
{
	(void)state;
	unsigned flood[3] = { 0 }, other[3] = { 0 }, six[3] = { 0 };
	set(100, 1);
	ask("198.51.100.7", 1, 10000, 0, flood);
	ask("198.51.101.7", 1, 100, 1000000, other);  /* another network */
	ask("2001:db8::1", 1, 100, 1000000, six);
	assert_int_equal(other[RATE_SEND], 100);
	assert_int_equal(six[RATE_SEND], 100);
	unsigned name[3] = { 0 };
	ask("198.51.100.7", 2, 100, 0, name); /* another name */
	assert_int_equal(name[RATE_SEND], 100);
}

static void the_same_network_shares(void **state)
{
	(void)state;
	unsigned v[3] = { 0 };
	set(100, 1);
	for (unsigned i = 0; i < 200; i++) {
		char text[32];
		snprintf(text, sizeof text, "198.51.100.%u", i);
		struct address from = client(text);
		v[rate_limit_take(&rate, &from, 1, 0)]++;
	}
	assert_int_equal(v[RATE_SEND], 100);
}

/* A million networks do not make one another wait for long, and take no more memory. */
static void many_strangers(void **state)
{
	(void)state;
	unsigned v[3] = { 0 };
	set(10, 1);
	for (unsigned i = 0; i < 1000000; i++) {
		struct address from = { .family = ADDRESS_V4,
			.bytes = { (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i, 1 } };
		v[rate_limit_take(&rate, &from, 1, i)]++;
	}
	assert_true(v[RATE_SEND] > 990000);
}

/* Which bucket the next answer changes, in a table that is empty but for what stands there already. */
static size_t taken(const struct address *from)
{
	static uint64_t before[RATE_BUCKETS];
	memcpy(before, rate.bucket, sizeof before);
	rate_limit_take(&rate, from, 1, 0);
	for (size_t i = 0; i < RATE_BUCKETS; i++)
		if (rate.bucket[i] != before[i])
			return i;
	return RATE_BUCKETS;
}

/* Who finds the first place in use has the second one, and stays there when the first is free again. */
static void the_second_place_is_kept(void **state)
{
	(void)state;
	struct address from = client("198.51.100.7");
	set(100, 1);
	size_t one = taken(&from);
	set(100, 1);
	rate.bucket[one] = 500000; /* a stranger's */
	size_t two = taken(&from);
	assert_true(two < RATE_BUCKETS && two != one);
	rate.bucket[one] = 0;
	assert_int_equal(taken(&from), two);
}

static void none_and_many_workers(void **state)
{
	(void)state;
	unsigned v[3] = { 0 };
	set(0, 1);
	ask("198.51.100.7", 1, 100000, 0, v);
	assert_int_equal(v[RATE_SEND], 100000);
	set(100, 4);
	assert_int_equal(rate.interval, 40000);
	set(1, 4);
	assert_int_equal(rate.interval, 1000000);
}

/* Names that do not exist are counted by their zone, or an attacker would choose a new one each time;
 * an answer that is cut holds the question, TC, and nothing else. */
static void what_is_counted(void **state)
{
	(void)state;
	static struct fixture f;
	static uint8_t packet[4096 + SCAN_BEHIND];
	static const char *const names[] = { "nx1.b5p.us", "nx2.b5p.us", "mail.b5p.us", "demo.b5p.us" };
	uint64_t keys[4];
	struct query q = { .packet = packet, .room = 4096 };
	fixture_make(&f);
	q.client = &f.client;
	for (int i = 0; i < 4; i++) {
		q.size = fixture_query(packet, names[i], TYPE_A, 1232);
		assert_true(answer_alone(&f.worker, &q) > q.question_end);
		keys[i] = q.limit_key;
	}
	assert_true(keys[0] == keys[1]);
	assert_true(keys[0] != keys[2] && keys[2] != keys[3]);
	size_t size = answer_truncate(&q);
	assert_int_equal(size, q.question_end);
	assert_true((packet[2] & 0x82) == 0x82);
	assert_memory_equal(packet + 4, "\0\1\0\0\0\0\0\0", 8);
	fixture_free(&f);
}

/* Whatever an attacker makes up: the keys are few, so that the limit is one. */
static void made_up_questions_are_counted_together(void **state)
{
	enum { QUESTIONS = 4000, LIMIT = 200 };
	static const struct { const char *name; uint16_t type; unsigned keys; } floods[] = {
		{ "x%u.demo.b5p.us", TYPE_A, 1 },            /* below a host */
		{ "x%u.demo.b5p.us", TYPE_TXT, 1 },          /* no data there */
		{ "x%u.a.b.dyn.b5p.us", TYPE_AAAA, 1 },
		{ "y.x%u.kite.b5p.us", TYPE_A, 1 },
		{ "fe4_%u.b5p.us", TYPE_A, 4 },              /* versions that nobody defined */
		{ "fe4_%u.b5p.us", TYPE_AAAA, 4 },           /* by pool */
		{ "_why.fe4_%u.b5p.us", TYPE_TXT, 4 },
		{ "x%u.w.b5p.us", TYPE_A, 1 },               /* a wildcard */
		{ "x%u.w.b5p.us", TYPE_MX, 1 },
		{ "x%u.cw.b5p.us", TYPE_A, 1 },              /* its CNAME */
		{ "x%u.sub.b5p.us", TYPE_A, 1 },             /* below a delegation */
		{ "x%u.old.b5p.us", TYPE_A, 1 },             /* below a DNAME */
		{ "x%u.renamed.example", TYPE_A, 1 },
		{ "x%u.b5p.us", TYPE_A, 1 },                 /* no such name */
		{ "x%u.a.b.c.b5p.us", TYPE_A, 1 },
		{ "x%u.c.b5p.us", TYPE_A, 1 },
		{ "x%u.auth.b5p.us", TYPE_A, 1 },            /* relays' questions about nobody */
		{ "x%u.auth.b5p.us", TYPE_TXT, 1 },
		{ "1234567890.0123456789012345678901234567890123456789.0123456789.x%u.nobody.b5p.us.auth.b5p.us", TYPE_A, 1 },
		{ "x%u.elsewhere.test", TYPE_A, 1 },
		{ "demo.b5p.us", 0, 3 },                     /* 4,000 types: A, AAAA, and what is not there */
		{ "x.demo.b5p.us", 0, 3 },
		{ "www.b5p.us", 0, 2 },                      /* a CNAME, and RRSIG and NSEC of it */
		{ "b5p.us", 0, 10 },
		{ "fe4_152.b5p.us", 0, 4 },
		{ "x.w.b5p.us", 0, 4 } };
	static struct fixture f;
	static uint8_t packet[4096 + SCAN_BEHIND];
	(void)state;
	fixture_make(&f);
	fixture_sign(&f, false);
	for (int sealed = 0; sealed < 2; sealed++)
		for (size_t flood = 0; flood < sizeof floods / sizeof floods[0]; flood++) {
			unsigned sent = 0, asked = 0;
			struct query q;
			set(LIMIT, 1);
			for (unsigned i = 0; i < QUESTIONS; i++) {
				char name[256];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
				snprintf(name, sizeof name, floods[flood].name, i);
#pragma GCC diagnostic pop
				uint16_t type = floods[flood].type != 0 ? floods[flood].type : (uint16_t)(i + 1);
				if (type == TYPE_OPT || (type >= TYPE_NXNAME && type <= TYPE_ANY))
					continue;
				size_t size = fixture_query_signed(packet, name, type, 1232, sealed ? 0x8000 : 0);
				query_take(&q, packet, size, 4096, NULL, &f.client, false);
				assert_true(answer_alone(&f.worker, &q) > 0);
				sent += rate_limit_take(&rate, &f.client, q.limit_key, 0) == RATE_SEND;
				asked++;
			}
			if (asked < QUESTIONS / 2 || sent > floods[flood].keys * LIMIT)
				fail_msg("%s: %u of %u sent", floods[flood].name, sent, asked);
		}
	fixture_free(&f);
}

/* A flood of what is made up takes nothing from what is there. */
static void what_is_there_is_counted_by_itself(void **state)
{
	static const struct { const char *name; uint16_t type; } questions[] = { { "demo.b5p.us", TYPE_A }, { "demo.b5p.us", TYPE_AAAA },
		{ "demo.b5p.us", TYPE_TXT }, { "kite.b5p.us", TYPE_A }, { "kite.b5p.us", TYPE_AAAA }, { "b5p.us", TYPE_A },
		{ "b5p.us", TYPE_SOA }, { "b5p.us", TYPE_NS }, { "b5p.us", TYPE_MX }, { "x.w.b5p.us", TYPE_A }, { "there.w.b5p.us", TYPE_A },
		{ "sub.b5p.us", TYPE_A }, { "x.old.b5p.us", TYPE_A }, { "nx.b5p.us", TYPE_A }, { "nx.kites.example", TYPE_A },
		{ "fe4_152.b5p.us", TYPE_A }, { "fe4_7.b5p.us", TYPE_A }, { "x.auth.b5p.us", TYPE_A }, { "www.b5p.us", TYPE_A },
		{ "c1.b5p.us", TYPE_A }, { "nx.elsewhere.test", TYPE_A } };
	static struct fixture f;
	static uint8_t packet[4096 + SCAN_BEHIND];
	uint64_t keys[COUNT_OF(questions)];
	struct query q;
	(void)state;
	fixture_make(&f);
	for (size_t i = 0; i < COUNT_OF(questions); i++) {
		size_t size = fixture_query(packet, questions[i].name, questions[i].type, 1232);
		query_take(&q, packet, size, 4096, NULL, &f.client, false);
		assert_true(answer_alone(&f.worker, &q) > 0);
		keys[i] = q.limit_key;
		for (size_t j = 0; j < i; j++)
			if (keys[i] == keys[j])
				fail_msg("%s and %s are one", questions[i].name, questions[j].name);
	}
	fixture_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(within_the_limit_all_is_sent),
		cmocka_unit_test(beyond_it_half_is_truncated),
		cmocka_unit_test(others_are_untouched),
		cmocka_unit_test(the_same_network_shares),
		cmocka_unit_test(many_strangers),
		cmocka_unit_test(the_second_place_is_kept),
		cmocka_unit_test(none_and_many_workers),
		cmocka_unit_test(what_is_counted),
		cmocka_unit_test(made_up_questions_are_counted_together),
		cmocka_unit_test(what_is_there_is_counted_by_itself),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
