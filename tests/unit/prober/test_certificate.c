/* SPDX-License-Identifier: BSD-2-Clause */
/* Names and ends of certificates, cut off at every octet, hostile, and as clients judge them. */
#include "prober/certificate.h"

#include <string.h>

#include "tests/unit/check.h"
#include "tests/unit/lib/identity.h"

static uint8_t der[8192];
static struct certificate c;
static struct error e;

/* A self-signed certificate that ends at a date. */
static size_t make(const char *cn, const char *san, time_t end)
{
	X509 *x = identity_certificate(cn, san, end, NULL);
	uint8_t *at = der;
	int size = i2d_X509(x, NULL);
	assert_true(size > 0 && (size_t)size < sizeof der);
	i2d_X509(x, &at);
	X509_free(x);
	return (size_t)size;
}

static void names_and_end(void **state)
{
	(void)state;
	size_t size = make("FE.Example.test", "DNS:example.test,DNS:fe.example.test,DNS:*.example.test,IP:192.0.2.1", 1000000);
	assert_done(certificate_read(der, size, &c, &e), &e);
	assert_string_equal(c.names, "fe.example.test example.test *.example.test");
	assert_true(c.expires == 1000000);
	size = make("A company, not a name", NULL, 4102444800);
	assert_done(certificate_read(der, size, &c, &e), &e);
	assert_string_equal(c.names, "");
	assert_true(c.expires == 4102444800);
}

static void every_octet_short_is_refused(void **state)
{
	(void)state;
	size_t size = make("fe.example.test", "DNS:example.test", 1000000);
	for (size_t left = 0; left < size; left++) {
		assert_outcome(certificate_read(der, left, &c, &e), REFUSED, &e);
		assert_true(c.expires == 0 && c.names[0] == '\0');
	}
}

static void hostile_names_are_left_out(void **state)
{
	char many[4000] = "";
	(void)state;
	size_t size = make("two words.test", "DNS:a\\\\b.test,DNS:single,DNS:good.test", 9);
	assert_done(certificate_read(der, size, &c, &e), &e);
	assert_string_equal(c.names, "good.test");
	for (int i = 0; i < 60; i++)
		sprintf(many + strlen(many), "%sDNS:a-name-that-is-rather-long-%d.example.test", i ? "," : "", i);
	size = make("x.test", many, 9);
	assert_done(certificate_read(der, size, &c, &e), &e);
	assert_true(strlen(c.names) < sizeof c.names && strlen(c.names) > 900);
}

static void what_clients_accept(void **state)
{
	(void)state;
	assert_true(certificate_serves("example.test", "example.test"));
	assert_true(certificate_serves("x.org *.example.test", "example.test"));
	assert_true(certificate_serves("*.test", "example.test"));
	assert_true(certificate_serves("frontends.b5p.us", "example.test"));
	assert_true(certificate_serves("frontends.b5p.us", "b5p.us"));
	assert_true(certificate_serves("*.b5p.us", "b5p.us"));
	assert_false(certificate_serves("fe.example.test", "example.test")); /* dropped by old clients */
	assert_false(certificate_serves("b5p.us", "b5p.us"));
	assert_false(certificate_serves("*.ample.test", "example.test"));
	assert_false(certificate_serves("*.", "example.test"));
	assert_false(certificate_serves("", "example.test"));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(names_and_end),
		cmocka_unit_test(every_octet_short_is_refused), cmocka_unit_test(hostile_names_are_left_out),
		cmocka_unit_test(what_clients_accept) };
	return cmocka_run_group_tests_name("prober/certificate", tests, NULL, NULL);
}
