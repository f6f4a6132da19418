/* SPDX-License-Identifier: BSD-2-Clause */
/* A connection that a thread of its own reads and writes, and waits for: TCP, or TLS over it. */
#ifndef DNSD_SERVE_TRANSFER_CHANNEL_H
#define DNSD_SERVE_TRANSFER_CHANNEL_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct transfer_channel {
	int fd;
	SSL *tls;     /* NULL: TCP */
	int patience; /* milliseconds that receiving a message may take, and that sending one may go without progress.
	               * 0: what cannot be sent at once is not sent */
};

/* A channel over a connected socket, which is made to wait from now on. */
struct transfer_channel transfer_channel_over(int fd, int patience);

/* Makes it TLS, as its server. False when the other side does not do its part in time. */
bool transfer_channel_accept(struct transfer_channel *, SSL *);

/* A message behind two octets of length. False when the other side is gone or too slow. */
bool transfer_channel_send(const struct transfer_channel *, const uint8_t *message, size_t size);

/* The next message: MESSAGE has room for MESSAGE_MOST octets. 0 when there is none. */
size_t transfer_channel_receive(const struct transfer_channel *, uint8_t *message);

#endif
