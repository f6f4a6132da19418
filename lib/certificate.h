/* SPDX-License-Identifier: BSD-2-Clause */
/* What a certificate (X.509) says of itself: for which names it is, and until when. No I/O. */
#ifndef LIB_CERTIFICATE_H
#define LIB_CERTIFICATE_H

#include <openssl/types.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"

/* The date of its end, at least 1; 0 when that cannot be read. */
int64_t certificate_expires(const X509 *);

/* Calls TAKE with each name that it is for: the subject's common names first, then those of the subject's alternative
 * names (RFC 5280 section 4.2.1.6) that are of DNS. NAME is in normal form (lib/name.h), "*." in front of it included, and
 * lives until TAKE returns. Names that are none are left out; one may come twice. */
void certificate_names(const X509 *, void (*take)(void *context, const char *name, size_t length), void *context);

#endif
