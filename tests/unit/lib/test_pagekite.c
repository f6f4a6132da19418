/* SPDX-License-Identifier: BSD-2-Clause */
/* Signatures of real clients and relays, and forged ones. */
#include "lib/pagekite.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#include "lib/text.h"
#include "tests/unit/check.h"

/* Made by pagekite.py 1.5.2, and alike by libpagekite. */
static const char secret[] = "sekrit", payload[] = "quota.kites.test:192.0.2.1",
		  sign[] = "fe5ada24bb8a7bd952daa93de6c15369bb7441a1a14b58ca";

static bool verify(const char *s, const char *p, const char *signature, size_t size, int64_t date)
{
	return pagekite_verify(s, strlen(s), p, strlen(p), signature, size, date);
}

static void a_real_signature(void **state)
{
	(void)state;
	assert_true(verify(secret, payload, sign, PAGEKITE_SIGN_FULL, 0));
	assert_true(verify(secret, payload, sign, PAGEKITE_SIGN_SHORT, 0));
}

static void whatever_is_changed_is_refused(void **state)
{
	char changed[PAGEKITE_SIGN_FULL + 1];
	(void)state;
	for (size_t i = 0; i < PAGEKITE_SIGN_FULL; i++) {
		strcpy(changed, sign);
		changed[i] = changed[i] == '0' ? '1' : '0';
		assert_false(verify(secret, payload, changed, PAGEKITE_SIGN_FULL, 0));
	}
	assert_false(verify("sekriT", payload, sign, PAGEKITE_SIGN_FULL, 0));
	assert_false(verify(secret, "quota.kites.test:192.0.2.2", sign, PAGEKITE_SIGN_FULL, 0));
	assert_false(verify(secret, "quota.kites.test: 192.0.2.1", sign, PAGEKITE_SIGN_FULL, 0));
}

static void only_the_two_lengths(void **state)
{
	char longer[] = "fe5ada24bb8a7bd952daa93de6c15369bb7441a1a14b58caa";
	(void)state;
	for (size_t size = 0; size < sizeof longer; size++)
		assert_int_equal(verify(secret, payload, longer, size, 0),
			size == PAGEKITE_SIGN_SHORT || size == PAGEKITE_SIGN_FULL);
}

/* As upagekite makes them: the salt is a random number in hex, without zeros before it. */
static void a_short_salt(void **state)
{
	char text[200], signature[PAGEKITE_SIGN_FULL + 1];
	uint8_t digest[SHA_DIGEST_LENGTH];
	(void)state;
	for (size_t size = 1; size <= 8; size++) {
		int salt = (int)size;
		snprintf(text, sizeof text, "%s%s%.*s", secret, payload, salt, sign);
		SHA1((const unsigned char *)text, strlen(text), digest);
		memcpy(signature, sign, size);
		hex_write(digest, sizeof digest, signature + size);
		assert_true(verify(secret, payload, signature, size + 40, 0));
		assert_false(verify(secret, payload, signature, size + 39, 0));
		signature[0] = signature[0] == '1' ? '2' : '1';
		assert_false(verify(secret, payload, signature, size + 40, 0));
	}
}

static void nothing_is_signed_by_nothing(void **state)
{
	(void)state;
	assert_false(verify("", payload, sign, PAGEKITE_SIGN_FULL, 0));
	assert_false(verify(secret, "", sign, PAGEKITE_SIGN_FULL, 0));
}

/* As a client with a clock makes it: the window before the salt, which begins with t. */
static void stamp(char *signature, int64_t date)
{
	char text[200];
	uint8_t digest[SHA_DIGEST_LENGTH];
	snprintf(text, sizeof text, "%s%s%llx%s", secret, payload, (unsigned long long)(date / 600), "t0000000");
	SHA1((const uint8_t *)text, strlen(text), digest);
	strcpy(signature, "t0000000");
	hex_write(digest, sizeof digest, signature + 8);
}

static void stamped_signatures_run_out(void **state)
{
	char signature[PAGEKITE_SIGN_FULL + 1];
	const int64_t made = INT64_C(600) * 2900000;
	(void)state;
	stamp(signature, made);
	assert_true(verify(secret, payload, signature, PAGEKITE_SIGN_SHORT, made));
	assert_true(verify(secret, payload, signature, PAGEKITE_SIGN_FULL, made + 1199));
	assert_false(verify(secret, payload, signature, PAGEKITE_SIGN_FULL, made + 1200));
	assert_false(verify(secret, payload, signature, PAGEKITE_SIGN_FULL, made - 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(a_real_signature),
		cmocka_unit_test(whatever_is_changed_is_refused), cmocka_unit_test(only_the_two_lengths), cmocka_unit_test(a_short_salt),
		cmocka_unit_test(nothing_is_signed_by_nothing), cmocka_unit_test(stamped_signatures_run_out) };
	return cmocka_run_group_tests_name("lib/pagekite", tests, NULL, NULL);
}
