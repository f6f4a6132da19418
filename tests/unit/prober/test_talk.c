/* SPDX-License-Identifier: BSD-2-Clause */
/* Conversations with relays, octets in and out, without a connection. */
#include "prober/talk.h"

#include <string.h>

#include "tests/unit/check.h"

static const uint8_t random_octets[HELLO_RANDOM];
static const uint8_t server_hello[] = { 22, 3, 1, 0, 42, 2, 0, 0, 38, 3, 1, [43] = 0, 0, 0x2f, 0 };
static struct talk t;

static void begin(enum question_kind kind, int what, const char *connect)
{
	const struct question q = { kind, what, connect, "" };
	talk_begin(&t, &q, random_octets);
}

static bool take(const char *text)
{
	return talk_take(&t, (const uint8_t *)text, strlen(text));
}

static void is(enum answer_kind kind, const char *reason)
{
	assert_true(t.over);
	if (t.answer.kind != kind)
		fail_msg("answer %d instead of %d: %s", t.answer.kind, kind, t.answer.reason);
	assert_says(t.answer.reason, reason);
}

static void a_ping(void **state)
{
	(void)state;
	begin(ASK_PING, PING_GET_11, NULL);
	assert_int_equal(t.out_size, strlen(ping_requests[PING_GET_11]));
	assert_memory_equal(t.out, ping_requests[PING_GET_11], t.out_size);
	assert_true(take("HTTP/1.1 503 Unav"));
	assert_false(take("ailable\r\nX-PageKite-Overloaded: Sorry\r\nX-PageKite-UUID: ab\r\n\r\n<html>"));
	is(ANSWER_YES, "");
	assert_true(t.answer.ping.overloaded);
	assert_string_equal(t.answer.ping.uuid, "ab");
}

static void how_pings_end(void **state)
{
	(void)state;
	begin(ASK_PING, PING_TODAY, NULL);
	talk_end(&t, TALK_CLOSED, "");
	is(ANSWER_NO, "closed");
	begin(ASK_PING, PING_HEAD_10, NULL);
	talk_end(&t, TALK_CLOSED, "");
	is(ANSWER_YES, "");
	begin(ASK_PING, PING_HEAD_10, NULL);
	talk_end(&t, TALK_RESET, "");
	is(ANSWER_NO, "reset");
	begin(ASK_PING, PING_TODAY, NULL);
	talk_end(&t, TALK_TIMEOUT, "");
	is(ANSWER_SILENT, "in time");
	begin(ASK_PING, PING_TODAY, NULL);
	take("HTTP/1.1 503 Unavailable\r\nX-PageKite-UUID: ab");
	talk_end(&t, TALK_TIMEOUT, "");
	is(ANSWER_YES, "");
	begin(ASK_PING, PING_TODAY, NULL);
	take("HTTP/1.1 503 Unavai");
	talk_end(&t, TALK_TIMEOUT, "");
	is(ANSWER_SILENT, "in time");
	begin(ASK_PING, PING_TODAY, NULL);
	talk_end(&t, TALK_UNREACHED, "Connection refused");
	is(ANSWER_UNREACHED, "Connection refused");
	begin(ASK_PING, PING_TODAY, NULL);
	talk_end(&t, TALK_UNABLE, "Network is unreachable");
	is(ANSWER_UNABLE, "Network is unreachable");
}

static void an_endless_answer_ends(void **state)
{
	int pieces = 0;
	(void)state;
	begin(ASK_PING, PING_TODAY, NULL);
	take("HTTP/1.1 503 Unavailable\r\n");
	while (take("X-More: and more\r\n"))
		assert_true(pieces++ < 200);
	is(ANSWER_YES, "");
	begin(ASK_TLS, 1, "b5p.us");
	take("HTTP/1.0 200 Connection Established\r\n");
	for (pieces = 0; take("X-More: and more\r\n");)
		assert_true(pieces++ < 200);
	is(ANSWER_NO_PROXY, "CONNECT");
}

static void tls_from_the_start(void **state)
{
	(void)state;
	begin(ASK_TLS, 1, NULL);
	assert_int_equal(t.out[0], 22);
	talk_take(&t, server_hello, sizeof server_hello);
	assert_false(t.over); /* the certificate may come */
	talk_end(&t, TALK_TIMEOUT, "");
	is(ANSWER_YES, "");
	begin(ASK_TLS, 1, NULL);
	assert_false(take("HTTP/1.1 400 Bad Request"));
	is(ANSWER_NO, "in TLS");
	begin(ASK_TLS, 1, NULL);
	talk_end(&t, TALK_RESET, "");
	is(ANSWER_NO, "closed without");
	begin(ASK_TLS, 1, NULL);
	talk_end(&t, TALK_TIMEOUT, "");
	is(ANSWER_SILENT, "in time");
}

static void tls_after_connect(void **state)
{
	static const char request[] = "CONNECT b5p.us:443 HTTP/1.1\r\nHost: b5p.us\r\n\r\n";
	(void)state;
	begin(ASK_TLS, 1, "b5p.us");
	assert_int_equal(t.out_size, sizeof request - 1);
	assert_memory_equal(t.out, request, sizeof request - 1);
	t.out_size = 0;
	assert_true(take("HTTP/1.0 200 Connection Established\r\n"));
	assert_int_equal(t.out_size, 0);
	assert_true(take("\r\n"));
	assert_true(t.out_size > 0 && t.out[0] == 22);
	talk_take(&t, server_hello, sizeof server_hello);
	talk_end(&t, TALK_CLOSED, "");
	is(ANSWER_YES, "");
}

static void connect_and_those_who_do_not(void **state)
{
	(void)state;
	begin(ASK_TLS, 1, "b5p.us");
	assert_false(take("HTTP/1.0 503 Unavailable\r\n\r\n"));
	is(ANSWER_DENIED, "denies");
	begin(ASK_TLS, 1, "b5p.us");
	assert_false(take("HTTP/1.1 503 Unavailable\r\nX-PageKite-UUID: ab\r\n\r\n"));
	is(ANSWER_NO_PROXY, "CONNECT");
	begin(ASK_TLS, 1, "b5p.us");
	assert_false(take("\x15\x03\x01"));
	is(ANSWER_NO_PROXY, "CONNECT");
	begin(ASK_TLS, 1, "b5p.us");
	talk_end(&t, TALK_CLOSED, "");
	is(ANSWER_HUNG_UP, "closed");
	begin(ASK_TLS, 1, "b5p.us");
	take("HTTP/1.0 2");
	talk_end(&t, TALK_CLOSED, "");
	is(ANSWER_NO_PROXY, "CONNECT");
	begin(ASK_TLS, 1, "b5p.us");
	talk_end(&t, TALK_TIMEOUT, ""); /* perhaps it is only slow: no reason to try another way */
	is(ANSWER_SILENT, "in time");
}

/* A real server's side of it is in the functional tests. */
static void a_certificate_that_does_not_come(void **state)
{
	(void)state;
	begin(ASK_CERTIFICATE, 4, NULL);
	assert_true(t.out_size > 100 && t.out[0] == 22);
	assert_false(take("HTTP/1.1 400 Bad Request\r\n"));
	is(ANSWER_NO, "no certificate");
	begin(ASK_CERTIFICATE, 4, "b5p.us");
	assert_true(take("HTTP/1.0 200 Connection Established\r\n\r\n"));
	assert_true(t.out_size > 100 && t.out[0] == 22);
	assert_false(talk_take(&t, (const uint8_t *)"\x15\x03\x03\x00\x02\x02\x28", 7));
	is(ANSWER_NO, "no certificate");
	begin(ASK_CERTIFICATE, 4, NULL);
	talk_end(&t, TALK_TIMEOUT, "");
	is(ANSWER_SILENT, "in time");
	begin(ASK_CERTIFICATE, 4, NULL);
	talk_end(&t, TALK_CLOSED, "");
	is(ANSWER_NO, "closed");
	begin(ASK_CERTIFICATE, 4, NULL);
	int records = 0;
	while (talk_take(&t, (const uint8_t *)"\x16\x03\x03\x00\x01\x02", 6)) /* a message without an end */
		assert_true(records++ < 20000);
	is(ANSWER_NO, "no certificate");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(a_ping), cmocka_unit_test(how_pings_end),
		cmocka_unit_test(an_endless_answer_ends), cmocka_unit_test(tls_from_the_start),
		cmocka_unit_test(tls_after_connect), cmocka_unit_test(connect_and_those_who_do_not),
		cmocka_unit_test(a_certificate_that_does_not_come) };
	return cmocka_run_group_tests_name("prober/talk", tests, NULL, NULL);
}
