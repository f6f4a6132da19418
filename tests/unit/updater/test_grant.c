/* SPDX-License-Identifier: BSD-2-Clause */
/* The pure rules of names and addresses; those that read the registry are tested in test_rule.c. */
#include "tests/unit/check.h"

#include "updater/grant.h"

static void test_covers(void **state)
{
	(void)state;
	assert_true(grant_covers("*.demo.b5p.us demo.b5p.us", "demo.b5p.us"));
	assert_true(grant_covers("*.demo.b5p.us demo.b5p.us", "a.demo.b5p.us"));
	assert_true(grant_covers("*.demo.b5p.us", "a.b.demo.b5p.us"));
	assert_false(grant_covers("*.demo.b5p.us", "demo.b5p.us"));
	assert_false(grant_covers("*.demo.b5p.us", "xdemo.b5p.us"));
	assert_false(grant_covers("*.demo.b5p.us", ".demo.b5p.us"));
	assert_false(grant_covers("demo.b5p.us", "a.demo.b5p.us"));
	assert_false(grant_covers("", "a.b"));
	assert_false(grant_covers("*.demo.b5p.us", "x\\.demo.b5p.us")); /* one label, beside demo.b5p.us */
	assert_true(grant_covers("*.demo.b5p.us", "x\\.y.demo.b5p.us"));
	assert_false(grant_covers("*.b5p.us", "us"));
}

static void test_challenged(void **state)
{
	(void)state;
	assert_string_equal(grant_challenged("_acme-challenge.a.test"), "a.test");
	assert_null(grant_challenged("_acme-challenge"));
	assert_null(grant_challenged("a._acme-challenge.test"));
}

static void test_reserves(void **state)
{
	static const char *const reserved[] = { "b5p.us", "www.b5p.us", "ns.b5p.us", "ns12.b5p.us",
		"mail.b5p.us", "dnsup.b5p.us", "auth.b5p.us", "x.auth.b5p.us", "fe4_152.b5p.us",
		"frontends.b5p.us", "fe058.b5p.us", "x.fe6_091c.b5p.us" };
	static const char *const open[] = { "a.b5p.us", "nsa.b5p.us", "x.www.b5p.us", "ns1.a.b5p.us",
		"auth.a.b5p.us", "fe4_152.a.b5p.us", "authx.b5p.us", "fe.a.b5p.us" };
	(void)state;
	for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
		assert_true(grant_reserves("b5p.us", reserved[i]));
	for (size_t i = 0; i < sizeof open / sizeof open[0]; i++)
		assert_false(grant_reserves("b5p.us", open[i]));
}

static void test_addresses(void **state)
{
	(void)state;
	assert_true(grant_addresses("9.9.9.9 2620:fe::fe", false));
	assert_false(grant_addresses("9.9.9.9 10.0.0.1", false));
	assert_true(grant_addresses("9.9.9.9 10.0.0.1", true));
	assert_false(grant_addresses("0.0.0.0", true));
	assert_false(grant_addresses("255.255.255.255", true));
	assert_false(grant_addresses("::ffff:1.2.3.4", true));
	assert_false(grant_addresses("ff02::1", true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_covers), cmocka_unit_test(test_challenged), cmocka_unit_test(test_reserves),
		cmocka_unit_test(test_addresses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
