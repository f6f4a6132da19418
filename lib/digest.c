/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256 and its HMAC (RFC 2104), on the stack. */
#define OPENSSL_SUPPRESS_DEPRECATED /* SHA256_Init and friends take no memory; EVP, SHA256() and HMAC() do, and can fail */
#include "lib/digest.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <string.h>

enum { BLOCK = SHA256_CBLOCK };

void digest_sha256(const void *bytes, size_t size, uint8_t digest[DIGEST_SHA256_SIZE])
{
	SHA256_CTX sha;
	SHA256_Init(&sha);
	SHA256_Update(&sha, bytes, size);
	SHA256_Final(digest, &sha);
	OPENSSL_cleanse(&sha, sizeof sha);
}

/* The hash of the key, padded and in one way or the other disturbed, and of what follows. */
static void keyed(const uint8_t key[DIGEST_SHA256_SIZE], uint8_t disturbance, const void *bytes, size_t size, uint8_t *digest)
{
	uint8_t pad[BLOCK];
	SHA256_CTX sha;
	memset(pad, disturbance, sizeof pad);
	for (size_t i = 0; i < DIGEST_SHA256_SIZE; i++)
		pad[i] ^= key[i];
	SHA256_Init(&sha);
	SHA256_Update(&sha, pad, sizeof pad);
	SHA256_Update(&sha, bytes, size);
	SHA256_Final(digest, &sha);
	OPENSSL_cleanse(pad, sizeof pad);
	OPENSSL_cleanse(&sha, sizeof sha);
}

void digest_hmac(const uint8_t key[DIGEST_SHA256_SIZE], const void *bytes, size_t size, uint8_t digest[DIGEST_SHA256_SIZE])
{
	keyed(key, 0x36, bytes, size, digest);
	keyed(key, 0x5c, digest, DIGEST_SHA256_SIZE, digest);
}
