/* SPDX-License-Identifier: BSD-2-Clause */
/* What updates ask for, without a registry: lists of hosts and addresses, PageKite's payload. */
#include "tests/unit/check.h"

#include <string.h>

#include "lib/pagekite.h"
#include "updater/dyndns.h"
#include "updater/kite.h"

static struct request request;
static char room[REQUEST_TARGET + 1];
static struct arena arena;
static struct dyndns d;
static int outcome;

static enum code read_update(const char *target)
{
	request = (struct request){ .caller = { ADDRESS_V4, { 198, 51, 100, 9 } } };
	arena_free(&arena);
	assert_int_equal(request_target(&request, target, strlen(target), room, NULL), DONE);
	enum code code = dyndns_read(&request, &arena, &d, &outcome);
	assert_int_equal(outcome, DONE);
	return code;
}

static void test_hosts(void **state)
{
	(void)state;
	assert_int_equal(read_update("/?hostname=A.B.,c,x..y,d.e,"), CODE_GOOD);
	assert_int_equal(d.count, 4);
	assert_string_equal(d.hosts[0].name, "a.b");
	assert_int_equal(d.hosts[1].code, CODE_NOTFQDN);
	assert_int_equal(d.hosts[2].code, CODE_NOTFQDN);
	assert_int_equal(d.hosts[3].code, CODE_GOOD);
	assert_int_equal(read_update("/?hostname="), CODE_NOTFQDN);
	assert_int_equal(read_update("/?myip=192.0.2.1"), CODE_NOTFQDN);
	assert_int_equal(read_update("/?hostname=a.b,,"), CODE_GOOD);
	assert_int_equal(d.count, 2); /* one comma at the end is forgiven, an empty word is none */
	assert_int_equal(read_update("/?hostname=a.b,,c.d"), CODE_GOOD);
	assert_int_equal(d.hosts[1].code, CODE_NOTFQDN);
	assert_int_equal(read_update("/?hostname=a.b,%20c.d%20,+e.f,%20"), CODE_GOOD);
	assert_int_equal(d.count, 3);
	assert_string_equal(d.hosts[1].name, "c.d");
	assert_string_equal(d.hosts[2].name, "e.f");
	assert_int_equal(read_update("/?hostname=%20,a.b"), CODE_GOOD);
	assert_int_equal(d.hosts[0].code, CODE_NOTFQDN);
	assert_int_equal(read_update("/?hostname=%20"), CODE_NOTFQDN);
	assert_int_equal(read_update("/?hostname=*.a.b,-a.b,a@b.c"), CODE_GOOD);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(d.hosts[i].code, CODE_NOTFQDN);
}

static void test_twenty(void **state)
{
	char target[200] = "/?hostname=a.b";
	(void)state;
	for (int i = 1; i < DYNDNS_HOSTS; i++)
		strcat(target, ",a.b");
	assert_int_equal(read_update(target), CODE_GOOD);
	assert_int_equal(d.count, DYNDNS_HOSTS);
	strcat(target, ",a.b");
	assert_int_equal(read_update(target), CODE_NUMHOST);
}

static void check_addresses(const char *target, const char *wanted)
{
	assert_int_equal(read_update(target), CODE_GOOD);
	if (wanted == NULL)
		assert_null(d.addresses);
	else
		assert_string_equal(d.addresses, wanted);
}

static void test_addresses(void **state)
{
	(void)state;
	check_addresses("/?hostname=a.b&myip=192.0.2.7,2001:DB8:0::7", "192.0.2.7 2001:db8::7");
	check_addresses("/?hostname=a.b&myip=192.0.2.7&myipv6=2001:db8::7", "192.0.2.7 2001:db8::7");
	check_addresses("/?hostname=a.b&ipv6=2001:db8::7", "2001:db8::7");
	check_addresses("/?hostname=a.b&myip=", "198.51.100.9");
	check_addresses("/?hostname=a.b", "198.51.100.9");
	check_addresses("/?hostname=a.b&myip=192.0.2.7,192.0.2.7", "192.0.2.7");
	check_addresses("/?hostname=a.b&myip=192.0.2.7,x", NULL);
	check_addresses("/?hostname=a.b&myip=192.0.2.07", NULL);
	check_addresses("/?hostname=a.b&myip=192.0.2.7/24", NULL);
	assert_false(d.without_v4 || d.without_v6);
	check_addresses("/?hostname=a.b&myip=192.0.2.7&myipv6=-", "192.0.2.7");
	assert_true(d.without_v6 && !d.without_v4);
	check_addresses("/?hostname=a.b&myip=-", "");
	assert_true(d.without_v4 && !d.without_v6);
	check_addresses("/?hostname=a.b&offline=YES&myip=192.0.2.7", "");
	assert_true(d.without_v4 && d.without_v6);
	check_addresses("/?hostname=a.b&offline=no", "198.51.100.9");
}

static void test_lines(void **state)
{
	struct text out = { 0 };
	(void)state;
	dyndns_line(&out, CODE_GOOD, "192.0.2.7 2001:db8::7");
	dyndns_line(&out, CODE_NOHOST, NULL);
	assert_string_equal(out.bytes, "good 192.0.2.7,2001:db8::7\nnohost\n");
	text_free(&out);
	/* inadyn takes any body with one of these in it for success */
	static const char *const success[] = { "OK", "good", "true", "updated", "nochg" };
	for (int code = CODE_BADAUTH; code < CODE_COUNT; code++)
		for (size_t i = 0; i < 5; i++)
			assert_null(strcasestr(code_words[code], success[i]));
}

static void test_same(void **state)
{
	(void)state;
	assert_true(dyndns_same("192.0.2.1 2001:db8::1", "2001:db8::1 192.0.2.1"));
	assert_true(dyndns_same("", ""));
	assert_false(dyndns_same("192.0.2.1", ""));
	assert_false(dyndns_same("192.0.2.1", "192.0.2.2"));
	assert_false(dyndns_same("192.0.2.1 192.0.2.3", "192.0.2.1 192.0.2.2"));
}

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

static void test_merge(void **state)
{
	static const struct {
		const char *had, *given, *wanted;
		bool without_v4, without_v6;
	} rows[] = {
		{ "", "192.0.2.1", "192.0.2.1", false, false },
		{ "192.0.2.1", "192.0.2.2", "192.0.2.2", false, false },
		{ "192.0.2.1 192.0.2.3", "192.0.2.2", "192.0.2.2", false, false },
		{ "192.0.2.1", "2001:db8::1", "2001:db8::1 192.0.2.1", false, false },
		{ "2001:db8::1 192.0.2.1", "192.0.2.2", "192.0.2.2 2001:db8::1", false, false },
		{ "192.0.2.1 2001:db8::1", "192.0.2.2 2001:db8::2", "192.0.2.2 2001:db8::2", false, false },
		{ "192.0.2.1 2001:db8::1", "", "2001:db8::1", true, false },
		{ "192.0.2.1 2001:db8::1", "", "192.0.2.1", false, true },
		{ "192.0.2.1 2001:db8::1", "", "", true, true },
		{ "192.0.2.1 2001:db8::1", "192.0.2.2", "192.0.2.2", false, true },
	};
	struct arena own = { 0 };
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_string_equal(dyndns_merge(rows[i].had, rows[i].given, rows[i].without_v4,
			rows[i].without_v6, &own), rows[i].wanted);
	arena_free(&own);
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
		cmocka_unit_test(test_hosts), cmocka_unit_test(test_twenty),
		cmocka_unit_test(test_addresses), cmocka_unit_test(test_lines),
		cmocka_unit_test(test_same), cmocka_unit_test(test_merge), cmocka_unit_test(test_kite),
	};
	return cmocka_run_group_tests(tests, NULL, tear_down);
}
