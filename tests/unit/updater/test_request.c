/* SPDX-License-Identifier: BSD-2-Clause */
/* Targets, forms, credentials, lists of proxies. */
#include "tests/unit/check.h"

#include <stdio.h>
#include <string.h>

#include "updater/request.h"

static struct request request;
static char room[REQUEST_TARGET + 1];
static struct error error;

static int read_target(const char *target)
{
	request = (struct request){ 0 };
	return request_target(&request, target, strlen(target), room, &error);
}

static void check_value(const char *name, const char *value)
{
	const struct argument *a = request_argument(&request, name);
	assert_non_null(a);
	assert_string_equal(a->value.at, value);
	assert_int_equal(a->value.size, strlen(value));
}

static void test_arguments(void **state)
{
	(void)state;
	assert_int_equal(read_target("/nic/update?hostname=a,b&myip=2001%3adb8::1&flag&x=&y=1+1"), DONE);
	assert_memory_equal(request.path.at, "/nic/update", request.path.size);
	check_value("hostname", "a,b");
	check_value("myip", "2001:db8::1");
	check_value("flag", "");
	check_value("x", "");
	check_value("y", "1+1");
	assert_null(request_argument(&request, "z"));
	assert_memory_equal(request_argument(&request, "myip")->raw.at, "2001%3adb8::1", 13);
	assert_int_equal(request_argument(&request, "myip")->raw.size, 13);
}

static void test_forms_of_target(void **state)
{
	(void)state;
	assert_int_equal(read_target("http://x:80/p?a=1"), DONE);
	assert_memory_equal(request.path.at, "/p", request.path.size);
	assert_int_equal(read_target("http://x"), DONE);
	assert_memory_equal(request.path.at, "/", request.path.size);
	assert_int_equal(read_target("/?&&a=1&"), DONE);
	assert_int_equal(request.argument_count, 1);
	assert_int_equal(read_target("*"), REFUSED);
	assert_int_equal(read_target(""), REFUSED);
	assert_int_equal(read_target("?a=1"), REFUSED);
}

static void test_refused(void **state)
{
	static const char *const bad[] = { "/?a=%00", "/?a%00=1", "/?a=%", "/?a=%4", "/?a=%4g", "/?a=%g4",
		"/?a=1&a=2", "/?a=1&%61=2", "/a b", "/a\tb", "/?a=\x7f", "/#f" };
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(read_target(bad[i]), REFUSED);
	assert_int_equal(request_target(&request, "/?a=\0b", 6, room, &error), REFUSED);
	char many[400] = "/?";
	for (int i = 0; i <= REQUEST_ARGUMENTS; i++)
		snprintf(many + strlen(many), 10, "a%d=1&", i);
	assert_int_equal(read_target(many), REFUSED);
	assert_non_null(strstr(error.text, "32"));
}

/* A broken escape at the very end must not look behind it. */
static void test_escape_at_end(void **state)
{
	(void)state;
	assert_int_equal(request_target(&request, "/?a=%41", 6, room, &error), REFUSED);
	assert_int_equal(request_target(&request, "/?a=%41", 7, room, &error), DONE);
	check_value("a", "A");
}

static void test_basic(void **state)
{
	char text[CREDENTIALS];
	struct piece user, password;
	(void)state;
	assert_true(request_basic("Basic ZGVtbzpkZW1vLXRva2Vu", text, &user, &password));
	assert_memory_equal(user.at, "demo", user.size);
	assert_int_equal(password.size, 10);
	assert_memory_equal(password.at, "demo-token", 10);
	assert_true(request_basic("bAsIc  ZGVtbzo=  ", text, &user, &password));
	assert_int_equal(password.size, 0);
	assert_false(request_basic("Basic ZGVtbw==", text, &user, &password)); /* no colon */
	assert_false(request_basic("Basic", text, &user, &password));
	assert_false(request_basic("Basic ", text, &user, &password));
	assert_false(request_basic("Bearer ZGVtbzo=", text, &user, &password));
	assert_false(request_basic("Basic ZGVtbzo", text, &user, &password)); /* no padding */
	assert_false(request_basic("Basic AGE6Yg==", text, &user, &password)); /* a NUL */
	char longest[1000] = "Basic ";
	memset(longest + 6, 'A', 800);
	assert_false(request_basic(longest, text, &user, &password));
}

static void test_bearer(void **state)
{
	struct piece token;
	(void)state;
	assert_true(request_bearer("Bearer abc", &token));
	assert_int_equal(token.size, 3);
	assert_false(request_bearer("Bearer ", &token));
	assert_false(request_bearer("Bearer a b", &token));
	assert_false(request_bearer("Basic abc", &token));
	assert_false(request_bearer("", &token));
}

static void check_forwarded(bool rfc7239, const char *list, const char *wanted)
{
	struct network proxy[2];
	const struct networks proxies = { proxy, 2 };
	struct address address;
	char text[ADDRESS_TEXT];
	assert_true(network_read("10.0.0.0/8", 10, &proxy[0]) && network_read("fd00::/8", 8, &proxy[1]));
	assert_int_equal(request_forwarded(list, rfc7239, &proxies, &address), wanted != NULL);
	if (wanted == NULL)
		return;
	address_write(&address, text);
	assert_string_equal(text, wanted);
}

static void test_forwarded(void **state)
{
	(void)state;
	check_forwarded(false, "192.0.2.1", "192.0.2.1");
	check_forwarded(false, "6.6.6.6, 192.0.2.1", "192.0.2.1");
	check_forwarded(false, "6.6.6.6,::ffff:192.0.2.1", "192.0.2.1");
	check_forwarded(false, "6.6.6.6, 192.0.2.1, 10.0.0.1,\t10.0.0.2 ", "192.0.2.1");
	check_forwarded(false, "6.6.6.6, 192.0.2.1, fd00::1", "192.0.2.1");
	check_forwarded(false, "10.0.0.3, 10.0.0.1", "10.0.0.3");
	check_forwarded(false, "unknown, 192.0.2.1", "192.0.2.1");
	check_forwarded(false, "192.0.2.1:4711", "192.0.2.1");
	check_forwarded(false, "[2001:db8::1]:80", "2001:db8::1");
	check_forwarded(false, "192.0.2.1,", NULL);
	check_forwarded(false, "192.0.2.1, unknown, 10.0.0.1", NULL);
	check_forwarded(false, "192.0.2.1, , 10.0.0.1", NULL);
	check_forwarded(false, "", NULL);
	check_forwarded(false, ",", NULL);
	check_forwarded(false, "unknown", NULL);
	check_forwarded(false, "for=192.0.2.1", NULL);
	check_forwarded(false, "192.0.2.01", NULL);
	check_forwarded(false, "fe80::1%eth0", NULL);
}

static void test_forwarded_of_rfc7239(void **state)
{
	(void)state;
	check_forwarded(true, "for=6.6.6.6, for=\"[2001:db8::1]:80\";proto=https", "2001:db8::1");
	check_forwarded(true, "proto=http;For=192.0.2.9;by=10.0.0.1", "192.0.2.9");
	check_forwarded(true, "for=6.6.6.6, for=192.0.2.9 ; proto=http, for=10.0.0.1", "192.0.2.9");
	check_forwarded(true, "for=\"6.6.6.6, for=192.0.2.9", "192.0.2.9");
	check_forwarded(true, "for=192.0.2.9;host=\"x,for=6.6.6.6\"", NULL);
	check_forwarded(true, "for=192.0.2.9;host=\"x,for=6.6.6.6;y\"", NULL);
	check_forwarded(true, "for=_hidden", NULL);
	check_forwarded(true, "192.0.2.1", NULL);
	check_forwarded(true, "for=192.0.2.9, proto=http", NULL);
	check_forwarded(true, "before=192.0.2.9", NULL);
	check_forwarded(true, "", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arguments), cmocka_unit_test(test_forms_of_target),
		cmocka_unit_test(test_refused), cmocka_unit_test(test_escape_at_end),
		cmocka_unit_test(test_basic), cmocka_unit_test(test_bearer),
		cmocka_unit_test(test_forwarded), cmocka_unit_test(test_forwarded_of_rfc7239),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
