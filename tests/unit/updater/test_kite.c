/* SPDX-License-Identifier: BSD-2-Clause */
/* What a signed update asks for, and over which octets its signature is made. */
#include "updater/kite.h"

#include <string.h>

#include "lib/pagekite.h"
#include "tests/unit/check.h"

static struct request request;
static struct arena arena;
static char room[REQUEST_TARGET + 1];
static int outcome;
static struct kite kite;

static bool read_kite(const char *target)
{
	request = (struct request){ 0 };
	arena_free(&arena);
	assert_int_equal(request_target(&request, target, strlen(target), room, NULL), DONE);
	bool there = kite_read(&request, &arena, &kite, &outcome);
	assert_int_equal(outcome, DONE);
	return there;
}

static void test_kite(void **state)
{
	(void)state;
	assert_true(read_kite("/?hostname=quota.kites.test&myip=192.0.2.1"
		"&sign=fe5ada24bb8a7bd952daa93de6c15369bb7441a1a14b58ca&ipv=4"));
	assert_string_equal(kite.host, "quota.kites.test");
	assert_string_equal(kite.addresses, "192.0.2.1");
	assert_true(pagekite_verify("sekrit", 6, kite.payload.at, kite.payload.size, kite.sign.at,
		kite.sign.size, 0));
	assert_true(read_kite("/?hostname=A.B&myip=1.2.3.4,2001:DB8::1&sign=x"));
	assert_memory_equal(kite.payload.at, "A.B:1.2.3.4,2001:DB8::1", kite.payload.size);
	assert_string_equal(kite.host, "a.b");
	assert_true(read_kite("/?hostname=a.b&myip=1.2.3.4%2c2001%3adb8::1&sign=x"));
	assert_memory_equal(kite.payload.at, "a.b:1.2.3.4,2001:db8::1", kite.payload.size);
	assert_true(read_kite("/?hostname=a.b&myip=1.2.3.4,junk&sign=x"));
	assert_null(kite.addresses);
	assert_true(read_kite("/?hostname=a.b&myip=&sign=x"));
	assert_null(kite.addresses);
	assert_true(read_kite("/?hostname=x&myip=1.2.3.4&sign=x"));
	assert_null(kite.host);
	assert_true(read_kite("/?hostname=*.A.b&myip=1.2.3.4&sign=x"));
	assert_string_equal(kite.host, "a.b");
	assert_memory_equal(kite.payload.at, "*.A.b:1.2.3.4", kite.payload.size);
	assert_true(read_kite("/?hostname=*.*.a.b&myip=1.2.3.4&sign=x"));
	assert_null(kite.host);
	assert_false(read_kite("/?hostname=a.b&myip=1.2.3.4"));
	assert_false(read_kite("/"));
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kite),
	};
	return cmocka_run_group_tests(tests, NULL, tear_down);
}
