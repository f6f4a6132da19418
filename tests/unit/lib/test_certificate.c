/* SPDX-License-Identifier: BSD-2-Clause */
/* The names in a certificate, and its end. */
#include "lib/certificate.h"

#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "lib/text.h"
#include "tests/unit/check.h"
#include "tests/unit/lib/identity.h"

static struct text names;

static void take(void *context, const char *name, size_t length)
{
	assert_ptr_equal(context, &names);
	assert_int_equal(strlen(name), length);
	text_addf(&names, "%s%s", names.length > 0 ? " " : "", name);
}

static void are(const char *cn, const char *san, const char *wanted)
{
	X509 *x509 = identity_certificate(cn, san, 1000000, NULL);
	text_free(&names);
	names = (struct text){ 0 };
	text_add(&names, "");
	certificate_names(x509, take, &names);
	assert_string_equal(names.bytes, wanted);
	assert_true(certificate_expires(x509) == 1000000);
	X509_free(x509);
	text_free(&names);
}

static void names_in_normal_form(void **state)
{
	(void)state;
	are("A.Example.", NULL, "a.example");
	are("a.example", "DNS:B.example,DNS:*.C.example,IP:192.0.2.1,email:x@a.example", "a.example b.example *.c.example");
	are("localhost", NULL, "localhost");
}

static void what_is_no_name_is_left_out(void **state)
{
	(void)state;
	are("A company, and not a name", NULL, "");
	are(".", "DNS:.,DNS:a..b,DNS:ok.example", "ok.example");
	are("a.example b.example", "DNS:a\\\\b.example,DNS:a\"b.example", "");
}

static void ends(void **state)
{
	(void)state;
	const time_t dates[] = { 1, 1000000000, 4102444800 };
	for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
		X509 *x509 = identity_certificate("a", NULL, dates[i], NULL);
		assert_true(certificate_expires(x509) == (int64_t)dates[i]);
		X509_free(x509);
	}
	X509 *before = identity_certificate("a", NULL, -5, NULL);
	assert_true(certificate_expires(before) == 1); /* 0 is "not known" */
	X509_free(before);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(names_in_normal_form), cmocka_unit_test(what_is_no_name_is_left_out),
		cmocka_unit_test(ends) };
	return cmocka_run_group_tests_name("lib/certificate", tests, NULL, NULL);
}
