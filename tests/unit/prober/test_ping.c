/* SPDX-License-Identifier: BSD-2-Clause */
/* Pings of each form, and answers of relays. */
#include "prober/ping.h"

#include <string.h>

#include "tests/unit/check.h"

/* As pagekite.py 1.5.2 answered as a relay. */
static const char reply[] = "HTTP/1.1 503 Unavailable\r\nX-PageKite-Overloaded: Sorry\r\n"
			    "X-PageKite-UUID: 0123456789abcdef0123456789abcdef01234567\r\n"
			    "Content-Type: text/html; charset=utf-8\r\nConnection: close\r\n\r\n<html>";

static enum ping_verdict judge(const char *text, bool ended, struct ping_reply *r)
{
	return ping_read(PING_TODAY, text, strlen(text), ended, r);
}

static void the_request_is_one_that_relays_know(void **state)
{
	(void)state;
	for (int form = PING_HEAD_11; form < PING_FORMS; form++) {
		const char *host = strstr(ping_requests[form], "\nHost: ping.pagekite");
		assert_non_null(host);
		assert_true(host - ping_requests[form] + 20 <= 64);
	}
}

static void a_real_reply(void **state)
{
	struct ping_reply r;
	(void)state;
	assert_int_equal(judge(reply, false, &r), PING_WELL);
	assert_true(r.overloaded);
	assert_string_equal(r.uuid, "0123456789abcdef0123456789abcdef01234567");
}

static void it_arrives_in_pieces(void **state)
{
	struct ping_reply r;
	size_t head = (size_t)(strstr(reply, "\r\n\r\n") - reply) + 4;
	(void)state;
	for (size_t size = 0; size < sizeof reply; size++) {
		assert_int_equal(ping_read(PING_TODAY, reply, size, false, &r), size < head ? PING_MORE : PING_WELL);
		assert_int_equal(ping_read(PING_TODAY, reply, size, true, &r), size < 24 ? PING_WRONG : PING_WELL);
	}
}

static void what_no_relay_says(void **state)
{
	static const char *const wrong[] = { "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.0 503 Unavailable\r\n\r\n",
		"http/1.1 503 Unavailable\r\n\r\n", "\r\n", "SSH-2.0-OpenSSH", "H\r" };
	struct ping_reply r;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		assert_int_equal(judge(wrong[i], false, &r), PING_WRONG);
	assert_int_equal(judge("", true, &r), PING_WRONG);
}

static void old_clients_take_anything(void **state)
{
	static const enum ping_form old[] = { PING_PING_10, PING_HEAD_10, PING_GET_10 };
	struct ping_reply r;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(old); i++) {
		assert_int_equal(ping_read(old[i], "PONG /\r\n\r\n", 10, false, &r), PING_WELL);
		assert_int_equal(ping_read(old[i], "x", 1, false, &r), PING_WELL);
		assert_int_equal(ping_read(old[i], "", 0, false, &r), PING_MORE);
		assert_int_equal(ping_read(old[i], "", 0, true, &r), PING_WELL);
	}
	assert_int_equal(ping_read(PING_GET_11, "PONG /\r\n\r\n", 10, false, &r), PING_WRONG);
}

static void hostile_headers(void **state)
{
	struct ping_reply r;
	char longer[300] = "HTTP/1.1 503 Unavailable\r\nX-PageKite-UUID: ";
	(void)state;
	assert_int_equal(judge("HTTP/1.1 503 Unavailable\r\nX-PageKite-UUID: ab\x1b[2J\r\n\r\n", true, &r), PING_WELL);
	assert_string_equal(r.uuid, "");
	memset(longer + strlen(longer), 'a', 200);
	assert_int_equal(judge(longer, true, &r), PING_WELL);
	assert_string_equal(r.uuid, "");
	strcat(longer, "\r\n\r\n");
	assert_int_equal(judge(longer, true, &r), PING_WELL);
	assert_string_equal(r.uuid, "");
	assert_int_equal(judge("HTTP/1.1 503 Unavailable\nx-pagekite-uuid:AB\n\n", false, &r), PING_WELL);
	assert_string_equal(r.uuid, "AB");
	assert_false(r.overloaded);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(the_request_is_one_that_relays_know),
		cmocka_unit_test(a_real_reply), cmocka_unit_test(it_arrives_in_pieces),
		cmocka_unit_test(what_no_relay_says), cmocka_unit_test(old_clients_take_anything), cmocka_unit_test(hostile_headers) };
	return cmocka_run_group_tests_name("prober/ping", tests, NULL, NULL);
}
