/* SPDX-License-Identifier: BSD-2-Clause */
/* TLS 1.3 by OpenSSL, up to the server's certificate: there it is encrypted, and a hello by hand does
 * not get to see it. In memory: no I/O. */
#ifndef PROBER_HANDSHAKE_H
#define PROBER_HANDSHAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct handshake;

/* NULL when memory is out. SNI is "" for none. */
struct handshake *handshake_new(const char *sni);
void handshake_free(struct handshake *);

/* Takes what was received, at first nothing. False when it is over, be it well or not. */
bool handshake_take(struct handshake *, const uint8_t *bytes, size_t size);

/* What is to be sent now; 0 octets when nothing is. */
size_t handshake_out(struct handshake *, uint8_t *out, size_t room);

/* The server's certificate in DER; 0 octets when it did not come or is larger than ROOM. */
size_t handshake_leaf(struct handshake *, uint8_t *der, size_t room);

#endif
