/* SPDX-License-Identifier: BSD-2-Clause */
/* PageKite's signatures: its clients sign updates so, and its relays the questions whether a client may have a name. */
#ifndef LIB_PAGEKITE_H
#define LIB_PAGEKITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The shortest signature that relays send: 8 of salt, 28 of SHA-1; the longest has all 40. upagekite writes a
 * random number as its salt, without zeros before it: one signature in 16 has less than 8 of it, and all of
 * the SHA-1. */
enum { PAGEKITE_SIGN_SHORT = 36, PAGEKITE_SIGN_LEAST_SALT = 41, PAGEKITE_SIGN_FULL = 48, PAGEKITE_WINDOW = 600 };

/* Whether SIZE may be that of a signature with the whole SHA-1, as clients send with updates. */
static inline bool pagekite_is_full(size_t size)
{
	return size >= PAGEKITE_SIGN_LEAST_SALT && size <= PAGEKITE_SIGN_FULL;
}

/* Whether SIGN is salt + hex(SHA-1(secret + payload + salt)): PAGEKITE_SIGN_SHORT octets with a salt of 8, or a
 * full one, of which all but the last 40 are salt. A salt that begins with 't' puts hex(DATE / 600) before the salt, now or
 * one window ago. Constant time in the digest. Neither secret nor payload may be empty. Any thread;
 * no allocation. */
bool pagekite_verify(const void *secret, size_t secret_size, const char *payload,
	size_t payload_size, const char *sign, size_t sign_size, int64_t date);

#endif
