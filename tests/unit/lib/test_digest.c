/* SPDX-License-Identifier: BSD-2-Clause */
/* Hashes of known texts (FIPS 180-2 appendix B), and HMAC as OpenSSL makes it. */
#include "lib/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "lib/text.h"
#include "tests/unit/check.h"

static void hashes_of_known_texts(void **state)
{
	static const struct {
		const char *text, *hex;
	} rows[] = { { "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
			"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" } };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		uint8_t digest[DIGEST_SHA256_SIZE];
		char hex[2 * DIGEST_SHA256_SIZE + 1];
		digest_sha256(rows[i].text, strlen(rows[i].text), digest);
		hex_write(digest, sizeof digest, hex);
		assert_string_equal(hex, rows[i].hex);
	}
}

static void hmac_is_openssl_s(void **state)
{
	uint8_t key[DIGEST_SHA256_SIZE], text[300];
	(void)state;
	for (size_t i = 0; i < sizeof key; i++)
		key[i] = (uint8_t)(7 * i + 200);
	for (size_t size = 0; size <= sizeof text; size++) {
		uint8_t ours[DIGEST_SHA256_SIZE], theirs[DIGEST_SHA256_SIZE];
		unsigned length = sizeof theirs;
		if (size > 0)
			text[size - 1] = (uint8_t)(31 * size);
		digest_hmac(key, text, size, ours);
		assert_non_null(HMAC(EVP_sha256(), key, sizeof key, text, size, theirs, &length));
		assert_memory_equal(ours, theirs, sizeof ours);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(hashes_of_known_texts), cmocka_unit_test(hmac_is_openssl_s) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
