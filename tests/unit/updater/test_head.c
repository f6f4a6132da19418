/* SPDX-License-Identifier: BSD-2-Clause */
/* Heads of requests: taken apart, refused, bounded. */
#include "tests/unit/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "updater/head.h"

static struct head head;
static struct error error;
static char room[2 * HEAD_MOST];

/* What head_read says of a text, all of which must be the head. */
static int read_text(const char *text)
{
	size_t size = strlen(text), seen = 0;
	memcpy(room, text, size);
	size_t end = head_end(room, size, &seen);
	assert_true(end > 0 && end <= size);
	return head_read(room, end, &head, &error);
}

static void test_taken_apart(void **state)
{
	(void)state;
	assert_int_equal(read_text("POST /a?b=c HTTP/1.1\r\nHost: x\r\nContent-Length: 17\r\nX-A:  b c \t\r\nX-E:\r\n\r\n"), DONE);
	assert_string_equal(head.method, "POST");
	assert_string_equal(head.target.at, "/a?b=c");
	assert_int_equal(head.target.size, 6);
	assert_int_equal(head.body, 17);
	assert_true(head.keep);
	assert_false(head.old);
	assert_false(head.expects);
	assert_int_equal(head.count, 4);
	assert_string_equal(head_value(&head, "host"), "x");
	assert_string_equal(head_value(&head, "x-a"), "b c");
	assert_string_equal(head_value(&head, "X-E"), "");
	assert_string_equal(head_value(&head, "X-None"), "");
}

static void test_the_connection(void **state)
{
	static const struct {
		const char *text;
		bool keep, old, expects;
	} rows[] = {
		{ "GET / HTTP/1.1\r\nHost: x\r\n\r\n", true, false, false },
		{ "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", false, false, false },
		{ "GET / HTTP/1.1\r\nHost: x\r\nConnection: te, Close\r\n\r\n", false, false, false },
		{ "GET / HTTP/1.1\r\nHost: x\r\nConnection: closed\r\n\r\n", true, false, false },
		{ "GET / HTTP/1.0\r\n\r\n", false, true, false },
		{ "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true, true, false },
		{ "GET / HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\n\r\n", true, false, true },
		{ "GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n", false, true, false },
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_int_equal(read_text(rows[i].text), DONE);
		assert_int_equal(head.keep, rows[i].keep);
		assert_int_equal(head.old, rows[i].old);
		assert_int_equal(head.expects, rows[i].expects);
	}
}

/* What two readers could take for two things. The functional test has more of them. */
static void test_refused(void **state)
{
	static const struct {
		const char *text;
		int status;
	} rows[] = {
		{ "GET /\x01 HTTP/1.1\r\nHost: x\r\n\r\n", 400 },
		{ "GET /\ta HTTP/1.1\r\nHost: x\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\nHost: x\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: x\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: x\r\n\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: x\ry\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: x\r\n y\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\n Host: x\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\n: x\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: x\r\nA: \x7f\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: x\r\nHOST: x\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\n\r\n", 400 },
		{ "GET / HTTP/1.0\r\nHost: x\r\nHost: x\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1,1\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: x\r\nContent-Length:\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 8193\r\n\r\n", 413 },
		{ "GET /\r\n\r\n", 400 },
		{ "GET\r\n\r\n", 400 },
		{ "GET  HTTP/1.1\r\nHost: x\r\n\r\n", 400 },
		{ " / HTTP/1.1\r\nHost: x\r\n\r\n", 400 },
		{ "G(T / HTTP/1.1\r\nHost: x\r\n\r\n", 400 },
		{ "GET / HTTP/1.1 \r\nHost: x\r\n\r\n", 400 },
		{ "GET / http/1.1\r\nHost: x\r\n\r\n", 400 },
		{ "GET / HTTP/1.11\r\nHost: x\r\n\r\n", 505 },
		{ "GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int status = read_text(rows[i].text);
		if (status != rows[i].status)
			fail_msg("%s: %d", rows[i].text, status);
		assert_true(error.text[0] != '\0');
	}
}

static void test_a_nul(void **state)
{
	static const char text[] = "GET / HTTP/1.1\r\nHost: x\0y\r\n\r\n", line[] = "GET\0 / HTTP/1.1\r\nHost: x\r\n\r\n";
	(void)state;
	memcpy(room, text, sizeof text - 1);
	assert_int_equal(head_read(room, sizeof text - 1, &head, &error), 400);
	memcpy(room, line, sizeof line - 1);
	assert_int_equal(head_read(room, sizeof line - 1, &head, &error), 400);
}

static void test_sizes(void **state)
{
	char text[HEAD_MOST];
	(void)state;
	for (int extra = 0; extra < 2; extra++) { /* the longest target, and one octet more */
		memset(text, 'a', sizeof text);
		memcpy(text, "GET /", 5);
		strcpy(text + 4 + REQUEST_TARGET + extra, " HTTP/1.1\r\nHost: x\r\n\r\n");
		assert_int_equal(read_text(text), extra == 0 ? DONE : 414);
	}
	for (int extra = 0; extra < 2; extra++) { /* the most lines, and one more */
		strcpy(text, "GET / HTTP/1.1\r\nHost: x\r\n");
		for (int i = 1; i < HEAD_LINES + extra; i++)
			strcat(text, "A: b\r\n");
		strcat(text, "\r\n");
		assert_int_equal(read_text(text), extra == 0 ? DONE : 431);
	}
	assert_int_equal(read_text("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 8192\r\n\r\n"), DONE);
	assert_int_equal(head.body, REQUEST_BODY);
}

/* The end is where it is, however the octets come. */
static void test_the_end(void **state)
{
	static const char text[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /next";
	size_t size = sizeof text - 1, whole = size - strlen("GET /next");
	(void)state;
	for (size_t step = 1; step <= size; step++) {
		size_t seen = 0, end = 0;
		for (size_t at = step; end == 0; at += step) {
			at = at < size ? at : size;
			end = head_end(text, at, &seen);
			if (end == 0)
				assert_true(at < whole);
		}
		assert_int_equal(end, whole);
	}
	size_t seen = 0;
	assert_int_equal(head_end("GET /\nmore", 10, &seen), 6); /* wrong already */
	seen = 0;
	assert_int_equal(head_end("GET /", 5, &seen), 0);
}

static void test_several_lines_of_a_name(void **state)
{
	size_t at = 0;
	(void)state;
	assert_int_equal(read_text("GET / HTTP/1.1\r\nHost: x\r\nX-F: 1\r\nOther: 2\r\nx-f: 3\r\n\r\n"), DONE);
	assert_string_equal(head_next(&head, "X-F", &at)->value.at, "1");
	assert_string_equal(head_next(&head, "X-F", &at)->value.at, "3");
	assert_null(head_next(&head, "X-F", &at));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_taken_apart), cmocka_unit_test(test_the_connection), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_a_nul), cmocka_unit_test(test_sizes), cmocka_unit_test(test_the_end),
		cmocka_unit_test(test_several_lines_of_a_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
