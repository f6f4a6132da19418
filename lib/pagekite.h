/* SPDX-License-Identifier: BSD-2-Clause */
/* PageKite's signatures, as its clients and relays make them (shared contract, sections 3 and 4). */
#ifndef LIB_PAGEKITE_H
#define LIB_PAGEKITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The shortest signature that clients send: 8 of salt, 28 of SHA-1; the longest has all 40. */
enum { PAGEKITE_SIGN_SHORT = 36, PAGEKITE_SIGN_FULL = 48, PAGEKITE_WINDOW = 600 };

/* Whether SIGN is salt(8) + hex(SHA-1(secret + payload + salt)), cut to its own length, which must
 * be one of the two above. A salt that begins with 't' puts hex(DATE / 600) before the salt, now or
 * one window ago. Constant time in the digest. Neither secret nor payload may be empty. Any thread;
 * no allocation. */
bool pagekite_verify(const void *secret, size_t secret_size, const char *payload,
	size_t payload_size, const char *sign, size_t sign_size, int64_t date);

#endif
