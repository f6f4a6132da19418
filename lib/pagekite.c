/* SPDX-License-Identifier: BSD-2-Clause */
/* PageKite's signatures made and checked, without allocating. */
#define OPENSSL_SUPPRESS_DEPRECATED /* SHA1_Init and friends work on the stack; EVP would allocate */
#include "lib/pagekite.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#include "lib/secret.h"
#include "lib/text.h"

enum { SALT = 8, DIGEST = 2 * SHA_DIGEST_LENGTH };

static bool matches(const void *secret, size_t secret_size, const char *payload,
	size_t payload_size, const char *sign, size_t sign_size, const char *stamp)
{
	SHA_CTX sha;
	size_t salt = pagekite_is_full(sign_size) ? sign_size - DIGEST : SALT;
	uint8_t digest[SHA_DIGEST_LENGTH];
	char hex[DIGEST + 1];
	SHA1_Init(&sha);
	SHA1_Update(&sha, secret, secret_size);
	SHA1_Update(&sha, payload, payload_size);
	SHA1_Update(&sha, stamp, strlen(stamp));
	SHA1_Update(&sha, sign, salt);
	SHA1_Final(digest, &sha);
	hex_write(digest, sizeof digest, hex);
	bool equal = secret_equal(hex, sign + salt, sign_size - salt);
	secret_forget(&sha, sizeof sha);
	secret_forget(hex, sizeof hex);
	return equal;
}

bool pagekite_verify(const void *secret, size_t secret_size, const char *payload,
	size_t payload_size, const char *sign, size_t sign_size, int64_t date)
{
	if (secret_size == 0 || payload_size == 0)
		return false;
	if (sign_size != PAGEKITE_SIGN_SHORT && !pagekite_is_full(sign_size))
		return false;
	if (sign[0] != 't')
		return matches(secret, secret_size, payload, payload_size, sign, sign_size, "");
	bool good = false;
	for (int64_t ago = 0; ago < 2; ago++) {
		char stamp[24];
		snprintf(stamp, sizeof stamp, "%llx",
			(unsigned long long)(date / PAGEKITE_WINDOW - ago));
		good |= matches(secret, secret_size, payload, payload_size, sign, sign_size, stamp);
	}
	return good;
}
