/* SPDX-License-Identifier: BSD-2-Clause */
/* A connection that a thread of its own reads and writes, waiting for as long as the socket's time-outs allow: TCP, or
 * TLS over it. */
#ifndef DNSD_CHANNEL_H
#define DNSD_CHANNEL_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct channel {
	int fd;
	SSL *tls; /* NULL: TCP */
};

/* Makes the socket wait, for so long at most before each piece. */
void channel_patience(const struct channel *, int milliseconds);

/* A message behind two octets of length. False when the other side is gone or too slow. */
bool channel_send(const struct channel *, const uint8_t *message, size_t size);

/* The next message: MESSAGE has room for 65535 octets. 0 when there is none. */
size_t channel_receive(const struct channel *, uint8_t *message);

#endif
