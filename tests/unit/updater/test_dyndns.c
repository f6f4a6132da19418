/* SPDX-License-Identifier: BSD-2-Clause */
/* What updates ask for, without a registry: lists of hosts and addresses, PageKite's payload. */
#include "tests/unit/check.h"

#include <string.h>

#include "updater/dyndns.h"

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
		cmocka_unit_test(test_addresses),
	};
	return cmocka_run_group_tests(tests, NULL, tear_down);
}
