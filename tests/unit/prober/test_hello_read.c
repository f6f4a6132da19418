/* SPDX-License-Identifier: BSD-2-Clause */
/* Servers' answers to a ClientHello, whole, malformed and cut off at every octet. */
#include "prober/hello.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/check.h"

enum { SSL3, TLS10, TLS11, TLS12, TLS13 };
static const uint8_t random_octets[HELLO_RANDOM] = { 1, 2, 3 };
static struct hello_reader r;

/* An answer that is built piece by piece. */
static uint8_t bytes[40000];
static size_t size;

static void put(const void *data, size_t length)
{
	memcpy(bytes + size, data, length);
	size += length;
}

static void put_u8(unsigned value)
{
	assert_true(size < sizeof bytes);
	bytes[size++] = (uint8_t)value;
}

static void put_u16(unsigned value)
{
	put_u8(value >> 8);
	put_u8(value & 255);
}

static void put_record(unsigned type, unsigned version, size_t length)
{
	put_u8(type);
	put_u16(version);
	put_u16((unsigned)length);
}

static void put_alert(unsigned level, unsigned alert)
{
	put_record(21, 0x0301, 2);
	put_u8(level);
	put_u8(alert);
}

/* A ServerHello alone in a record; 1.3 tells itself by an extension. */
static void put_server_hello(unsigned version, unsigned suite)
{
	bool tls13 = version == 0x0304;
	put_record(22, 0x0303, tls13 ? 50 : 42);
	put_u8(2);
	put_u8(0);
	put_u16(tls13 ? 46 : 38);
	put_u16(tls13 ? 0x0303 : version);
	put(random_octets, 32);
	put_u8(0);
	put_u16(suite);
	put_u8(0);
	if (!tls13)
		return;
	put_u16(6);
	put_u16(43);
	put_u16(2);
	put_u16(0x0304);
}

static void put_certificate(const char *leaf, unsigned leaf_size)
{
	unsigned length = leaf_size + 6;
	put_record(22, 0x0301, length + 4);
	put_u8(11);
	put_u8(0);
	put_u16(length);
	put_u8(0);
	put_u16(leaf_size + 3);
	put_u8(0);
	put_u16(leaf_size);
	put(leaf, leaf_size);
}

/* Given whole, and octet by octet: the same must come of it. */
static void judge(int version, enum hello_verdict verdict, const char *reason)
{
	struct hello_reader slow;
	hello_expect(&r, version);
	hello_take(&r, bytes, size);
	hello_expect(&slow, version);
	for (size_t i = 0; i < size && hello_take(&slow, bytes + i, 1); i++)
		;
	assert_int_equal(slow.offered, r.offered);
	assert_int_equal(slow.over, r.over);
	assert_int_equal(slow.leaf_size, r.leaf_size);
	assert_string_equal(slow.reason, r.reason);
	if (r.offered != verdict)
		fail_msg("%d instead of %d: %s", r.offered, verdict, r.reason);
	assert_says(r.reason, reason);
	size = 0;
}

static void each_version_is_known_by_its_answer(void **state)
{
	static const unsigned suites[] = { 0x2f, 0xc014, 0x35, 0xc02f, 0x1301 };
	(void)state;
	for (int asked = SSL3; asked <= TLS13; asked++)
		for (int answered = SSL3; answered <= TLS13; answered++) {
			put_server_hello(0x0300u + (unsigned)answered, suites[asked]);
			judge(asked, asked == answered ? HELLO_YES : HELLO_NO, asked == answered ? "" : "instead");
		}
	put_server_hello(0x0301, 0x2f);
	judge(TLS12, HELLO_NO, "it answers 1.0 instead");
	put_server_hello(0x7f1c, 0x1301);
	judge(TLS13, HELLO_NO, "0x7f1c");
}

static void a_suite_that_was_not_offered_is_no_answer(void **state)
{
	(void)state;
	put_server_hello(0x0300, 0xc02f);
	judge(SSL3, HELLO_NO, "not offered");
	put_server_hello(0x0303, 0x1301);
	judge(TLS12, HELLO_NO, "not offered");
	put_server_hello(0x0301, 0x00ff);
	judge(TLS10, HELLO_NO, "not offered");
}

static void alerts(void **state)
{
	(void)state;
	put_alert(2, 70);
	judge(SSL3, HELLO_NO, "alert 70 (protocol_version)");
	put_alert(2, 80);
	judge(TLS10, HELLO_NO, "alert 80 (internal_error)");
	put_alert(2, 200);
	judge(TLS10, HELLO_NO, "alert 200");
	put_alert(1, 0);
	judge(TLS10, HELLO_NO, "close_notify");
	put_alert(1, 112);
	put_server_hello(0x0301, 0x2f);
	judge(TLS10, HELLO_YES, "");
	put_alert(1, 112);
	judge(TLS10, HELLO_MORE, "");
	hello_end(&r);
	assert_int_equal(r.offered, HELLO_NO);
}

static void the_certificate_follows(void **state)
{
	(void)state;
	put_server_hello(0x0301, 0x2f);
	judge(TLS10, HELLO_YES, "");
	assert_false(r.over); /* it may follow */
	put_server_hello(0x0301, 0x2f);
	put_certificate("a certificate", 13);
	judge(TLS10, HELLO_YES, "");
	assert_true(r.over);
	assert_int_equal(r.leaf_size, 13);
	assert_memory_equal(r.stream + r.leaf, "a certificate", 13);
	put_server_hello(0x0304, 0x1301);
	judge(TLS13, HELLO_YES, "");
	assert_true(r.over);
	put_server_hello(0x0303, 0xc02f);
	put_record(22, 0x0303, 4);
	put("\x0e\0\0", 4); /* ServerHelloDone: an anonymous server */
	judge(TLS12, HELLO_YES, "");
	assert_true(r.over && r.leaf_size == 0);
}

/* What was learned stays, whatever follows. */
static void trouble_after_the_answer_changes_nothing(void **state)
{
	(void)state;
	put_server_hello(0x0301, 0x2f);
	put_alert(2, 40);
	judge(TLS10, HELLO_YES, "");
	assert_true(r.over);
	put_server_hello(0x0301, 0x2f);
	put("GET / HTTP/1.0", 14);
	judge(TLS10, HELLO_YES, "");
	put_server_hello(0x0301, 0x2f);
	put_certificate("a certificate", 13);
	bytes[size - 14] = 200; /* longer than its message */
	judge(TLS10, HELLO_YES, "");
	assert_int_equal(r.leaf_size, 0);
}

static void a_message_is_cut_by_records(void **state)
{
	uint8_t whole[200];
	(void)state;
	put_server_hello(0x0303, 0xc02f);
	memcpy(whole, bytes, size);
	size_t length = size - 5;
	size = 0;
	for (size_t i = 0; i < length; i++) {
		put_record(22, 0x0303, 1);
		put_u8(whole[5 + i]);
		if (i == 9)
			put_alert(1, 112); /* amid the message */
	}
	put_certificate("x", 1);
	judge(TLS12, HELLO_YES, "");
	assert_int_equal(r.leaf_size, 1);
}

static void one_octet_short_is_no_answer(void **state)
{
	(void)state;
	for (size_t left = 0; left < 47; left++) {
		put_server_hello(0x0301, 0x2f);
		size = left;
		judge(TLS10, HELLO_MORE, "");
		hello_end(&r);
		assert_int_equal(r.offered, HELLO_NO);
		assert_says(r.reason, left == 0 ? "without an answer" : "amid");
	}
}

static void malformed_hellos(void **state)
{
	(void)state;
	put_server_hello(0x0301, 0x2f);
	bytes[5 + 4 + 34] = 33; /* a session longer than any, and than the message */
	judge(TLS10, HELLO_NO, "malformed");
	put_server_hello(0x0304, 0x1301);
	bytes[size - 7] = 7; /* extensions longer than the message */
	judge(TLS13, HELLO_NO, "malformed");
	put_server_hello(0x0304, 0x1301);
	bytes[size - 3] = 3; /* one extension longer than all */
	judge(TLS13, HELLO_NO, "malformed");
	put_server_hello(0x0301, 0x2f);
	bytes[size - 1] = 1;
	judge(TLS10, HELLO_NO, "compression");
	put_certificate("early", 5);
	judge(TLS10, HELLO_NO, "no ServerHello");
}

static void what_is_not_tls(void **state)
{
	static const char *const others[] = { "HTTP/1.1 400 Bad Request\r\n", "SSH-2.0-OpenSSH_9\r\n", "\r", "\x80\x2e\x04",
		"\x16\x02\x01\x01\x01", "\x17\x03\x03\x01\x01" };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(others); i++) {
		put(others[i], strlen(others[i]));
		judge(TLS12, HELLO_NO, "in TLS");
	}
	put_record(22, 0x0301, 0);
	judge(TLS12, HELLO_NO, "length");
	put_record(22, 0x0301, 0xffff);
	judge(TLS12, HELLO_NO, "length");
}

static void endless_answers_end(void **state)
{
	(void)state;
	put_record(22, 0x0301, 16384);
	memcpy(bytes + size, "\x02\xff\xff\xff", 4);
	size += 16384;
	put_record(22, 0x0301, 16384);
	size += 16384;
	judge(TLS12, HELLO_NO, "too long");
	hello_expect(&r, TLS12);
	for (int i = 0; i < 100000; i++) {
		put_alert(1, 112);
		assert_true(hello_take(&r, bytes, size));
		size = 0;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(each_version_is_known_by_its_answer),
		cmocka_unit_test(a_suite_that_was_not_offered_is_no_answer), cmocka_unit_test(alerts),
		cmocka_unit_test(the_certificate_follows), cmocka_unit_test(trouble_after_the_answer_changes_nothing),
		cmocka_unit_test(a_message_is_cut_by_records), cmocka_unit_test(one_octet_short_is_no_answer),
		cmocka_unit_test(malformed_hellos), cmocka_unit_test(what_is_not_tls),
		cmocka_unit_test(endless_answers_end) };
	return cmocka_run_group_tests_name("prober/hello_read", tests, NULL, NULL);
}
