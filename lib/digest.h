/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256, and HMAC with it, that cannot fail: a hash that was not made for want of memory would be garbage, which matches
 * nothing and is stored as if it were one. Any thread. */
#ifndef LIB_DIGEST_H
#define LIB_DIGEST_H

#include <stddef.h>
#include <stdint.h>

enum { DIGEST_SHA256_SIZE = 32 };

void digest_sha256(const void *bytes, size_t size, uint8_t digest[DIGEST_SHA256_SIZE]);

/* RFC 2104, with a key of as many octets as the hash has. */
void digest_hmac(const uint8_t key[DIGEST_SHA256_SIZE], const void *bytes, size_t size, uint8_t digest[DIGEST_SHA256_SIZE]);

#endif
