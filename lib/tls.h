/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets of TLS versions, as relays offer and releases need them. */
#ifndef LIB_TLS_H
#define LIB_TLS_H

#include <stdint.h>

#include "lib/error.h"

/* A set: bit 0 is SSLv3, bit 1 TLS 1.0, ... bit 4 TLS 1.3. Two sides can talk if their sets meet. */
typedef uint8_t tls_set;

enum { TLS_VERSIONS = 5, TLS_ALL = 31, TLS_TEXT = 24 };

/* "ssl3", "1.0", ... "1.3", ranges "ssl3-1.0" (either end may be left open: "1.2-"), several
 * separated by commas. REFUSED cites the word. */
int tls_read(const char *text, tls_set *, struct error *);

/* The normal form: ranges in ascending order; "none" for the empty set. Room for TLS_TEXT. */
void tls_write(tls_set, char *text);

#endif
