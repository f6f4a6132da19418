/* SPDX-License-Identifier: BSD-2-Clause */
/* Where name servers are, what their answers are worth, and which zone is the worst off. */
#include "tools/watch/servers.h"

#include <stdio.h>

#include "tests/unit/tools/name_server.h"

static struct arena arena;
static struct error e;
static struct name_server name_server;

static int begin(void **state)
{
	(void)state;
	ns_begin(&name_server);
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_free(&arena);
	ns_end(&name_server);
	return 0;
}

static int empty_arena(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static unsigned port_of(const struct server *s)
{
	return ntohs(s->where.ss_family == AF_INET ? ((const struct sockaddr_in *)&s->where)->sin_port
		: ((const struct sockaddr_in6 *)&s->where)->sin6_port);
}

static void a_server_has_a_place(void **state)
{
	static const struct {
		const char *name;
		int family;
		unsigned port;
	} good[] = { { "192.0.2.1", AF_INET, 53 }, { "192.0.2.1:5353", AF_INET, 5353 }, { "2001:db8::1", AF_INET6, 53 },
		{ "[2001:db8::1]", AF_INET6, 53 }, { "[2001:db8::1]:5353", AF_INET6, 5353 }, { "::1", AF_INET6, 53 } };
	static const char *const wrong[] = { "", "ns.example", "192.0.2", "192.0.2.1:", "192.0.2.1:65536", "192.0.2.1:x",
		"[2001:db8::1", "2001:db8::1]", "[192.0.2.1", "192.0.2.1 ", "[]:53", "2001:db8::g", "192.0.2.1:53:53", ":53", ":",
		"192.0.2.1:0", "[2001:db8::1]:0" };
	struct server s;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		memset(&s, 0xff, sizeof s);
		assert_done(server_place(&s, good[i].name, &e), &e);
		assert_int_equal(s.where.ss_family, good[i].family);
		assert_int_equal(port_of(&s), good[i].port);
		assert_ptr_equal(s.name, good[i].name);
		assert_true(s.wrong == NULL && s.zone == NULL && !s.silent && s.zones == 0 && s.failed == 0);
	}
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		if (server_place(&s, wrong[i], &e) != REFUSED)
			fail_msg("'%s' was taken", wrong[i]);
		assert_says(e.text, wrong[i]);
		assert_says(e.text, "is not ADDRESS or ADDRESS:PORT");
	}
}

static void serials_go_round(void **state)
{
	(void)state;
	assert_true(serial_before(1, 2));
	assert_false(serial_before(2, 1));
	assert_false(serial_before(7, 7));
	assert_true(serial_before(4294967295, 0));
	assert_true(serial_before(4294967295, 2147483646));
	assert_false(serial_before(0, 4294967295));
	assert_true(serial_before(0, 2147483647));
}

/* What a server that is asked for these zones is. */
static struct server ask(const char *const *zones, size_t count)
{
	static char name[32];
	struct server s;
	snprintf(name, sizeof name, "127.0.0.1:%u", name_server.port);
	assert_done(server_place(&s, name, &e), &e);
	assert_done(servers_ask(&s, 1, zones, count, &arena, &e), &e);
	return s;
}

static void the_oldest_serial_is_cited_where_nothing_is_wrong(void **state)
{
	struct server s = ask((const char *const[]){ "s5.test", "s3.test", "s3.other", "s9.test" }, 4);
	(void)state;
	assert_null(s.wrong);
	assert_string_equal(s.zone, "s3.test");
	assert_int_equal(s.serial, 3);
	assert_int_equal(s.zones, 4);
	assert_int_equal(s.failed, 0);
	s = ask((const char *const[]){ "s1.test", "s4294967295.test" }, 2);
	assert_int_equal(s.serial, 4294967295);
}

static void the_first_wrong_answer_is_cited(void **state)
{
	static const struct {
		const char *zone, *wrong;
	} cases[] = { { "fault.test", "answers SERVFAIL" }, { "lame.test", "does not serve it" }, { "meek.test", "does not serve it" } };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct server s = ask((const char *const[]){ "s1.test", cases[i].zone, "s0.test" }, 3);
		assert_string_equal(s.zone, cases[i].zone);
		assert_string_equal(s.wrong, cases[i].wrong);
		assert_int_equal(s.failed, 1);
		assert_false(s.silent);
	}
	struct server s = ask((const char *const[]){ "lame.test", "fault.test", "s0.test", "lame.other" }, 4);
	assert_string_equal(s.wrong, "does not serve it");
	assert_int_equal(s.failed, 3);
	assert_int_equal(s.zones, 4);
	assert_says(server_words(&s, &arena), ", asked for lame.test, does not serve it (and for 2 other zones)");
	assert_false(ask((const char *const[]){ "s1.test" }, 1).failed);
}

static void who_is_silent_is_asked_no_more(void **state)
{
	struct server s[2];
	const char *const zones[] = { "s1.test", "s2.test", "s3.test" };
	char name[32];
	struct name_server gone;
	(void)state;
	ns_begin(&gone);
	ns_end(&gone);
	snprintf(name, sizeof name, "127.0.0.1:%u", gone.port);
	assert_done(server_place(&s[0], name, &e), &e);
	s[1] = ask(zones, 3);
	assert_done(servers_ask(s, 2, zones, 3, &arena, &e), &e);
	assert_true(s[0].silent);
	assert_int_equal(s[0].zones, 1);
	assert_string_equal(s[0].zone, "s1.test");
	assert_int_equal(s[1].zones, 3);
	assert_null(s[1].wrong);
	char wanted[100];
	snprintf(wanted, sizeof wanted, "name server %s, asked for s1.test, is silent", name);
	assert_string_equal(server_words(&s[0], &arena), wanted);
	assert_outcome(servers_ask(s, 2, (const char *const[]){ "a..b" }, 1, &arena, &e), REFUSED, &e);
}

static void words_count_the_other_zones(void **state)
{
	struct server s = { .name = "192.0.2.53", .zone = "b5p.us", .wrong = "answers REFUSED", .failed = 1 };
	(void)state;
	assert_string_equal(server_words(&s, &arena), "name server 192.0.2.53, asked for b5p.us, answers REFUSED");
	s.failed = 2;
	assert_says(server_words(&s, &arena), "REFUSED (and for 1 other zone)");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test_teardown(a_server_has_a_place, empty_arena),
		cmocka_unit_test(serials_go_round),
		cmocka_unit_test_setup_teardown(the_oldest_serial_is_cited_where_nothing_is_wrong, begin, end),
		cmocka_unit_test_setup_teardown(the_first_wrong_answer_is_cited, begin, end),
		cmocka_unit_test_setup_teardown(who_is_silent_is_asked_no_more, begin, end),
		cmocka_unit_test_teardown(words_count_the_other_zones, empty_arena) };
	return cmocka_run_group_tests_name("tools/watch/servers", tests, NULL, NULL);
}
