/* SPDX-License-Identifier: BSD-2-Clause */
/* The octets of a connection, which does not block: TCP, or TLS over it. One thread at a time. */
#ifndef UPDATER_CHANNEL_H
#define UPDATER_CHANNEL_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

#include "lib/error.h"

struct channel {
	int fd;
	SSL *tls;           /* NULL: plain */
	bool agreed;        /* the handshake is over */
	bool broken;        /* nothing more can be said in TLS */
	unsigned messages;  /* handshake messages since it is over, of both sides */
};

/* Instead of a number of octets. */
enum channel_said {
	CHANNEL_ENDED = 0,   /* the other side sends no more */
	CHANNEL_LATER = -1,  /* nothing goes now; the socket will tell */
	CHANNEL_BROKEN = -2, /* nothing goes any more */
	CHANNEL_PLAIN = -3,  /* it speaks no TLS, but what may be HTTP */
	CHANNEL_AGREED = 1,
};

/* Makes it TLS: SESSION is the channel's from now on. False, and all as it was, when memory is out. */
bool channel_secure(struct channel *, SSL *session);

/* Whether going on with the handshake is worth while. Costs nothing: CHANNEL_AGREED if it is, CHANNEL_LATER, CHANNEL_PLAIN,
 * CHANNEL_ENDED or CHANNEL_BROKEN. */
enum channel_said channel_peek(const struct channel *);

/* Goes on with the handshake, which may take a millisecond: CHANNEL_AGREED, CHANNEL_LATER or CHANNEL_BROKEN, with why. */
enum channel_said channel_shake(struct channel *, struct error *);

/* It is plain TCP after all: its client speaks no TLS. */
void channel_bare(struct channel *);

/* What has come, at most ROOM octets; or what of enum channel_said holds. */
long channel_receive(struct channel *, char *at, size_t room);

/* Sends what goes of two pieces, the second of which may be empty. To be called with the same ones once it said
 * CHANNEL_LATER. */
long channel_send(struct channel *, const struct iovec parts[2]);

/* Whatever still comes, as it comes: nobody will read it. */
long channel_drain(const struct channel *, char *at, size_t room);

/* Nothing more will be sent. What still comes can be drained. */
void channel_finish(struct channel *);

/* Closes it. The other side is told, if that goes at once. */
void channel_close(struct channel *);

#endif
