/* SPDX-License-Identifier: BSD-2-Clause */
/* What PageKite's clients look at in a relay's certificate: the names of its subject, and when it ends. No I/O. */
#ifndef PROBER_CERTIFICATE_H
#define PROBER_CERTIFICATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"

enum { CERTIFICATE_NAMES = 1024 };

struct certificate {
	char names[CERTIFICATE_NAMES]; /* normal form, separated by a space; the subject's CN first */
	int64_t expires;               /* date; 0 when it was not read */
};

/* Reads a certificate (X.509, DER). Names that are none, and what has no room, are left out. REFUSED
 * when it is no certificate; then CERTIFICATE is empty. */
int certificate_read(const uint8_t *der, size_t size, struct certificate *, struct error *);

/* Whether clients of the service ZONE accept one of the names (normal form): the zone's own, a
 * wildcard above it or at it, or a name of PageKite's own service. The first name of a client's list
 * does not count, for SocksipyChain up to 2.1.2 drops it: fe.ZONE, or b5p.us. */
bool certificate_serves(const char *names, const char *zone);

#endif
