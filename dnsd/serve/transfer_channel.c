/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads and writes that wait no longer than they may, by a socket or a TLS session on it. */
#include "dnsd/serve/transfer_channel.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "lib/clock.h"
#include "wire/octets.h"

enum { TICK = 250 /* milliseconds that a call waits, before the clock is looked at */ };

struct transfer_channel transfer_channel_over(int fd, int patience)
{
	const struct timeval tick = { 0, TICK * 1000 };
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tick, sizeof tick);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tick, sizeof tick);
	return (struct transfer_channel){ fd, NULL, patience };
}

/* Whether a call that gave RESULT is to be made again: only the time was out. */
static bool again(const struct transfer_channel *c, ssize_t result, int64_t until)
{
	if (clock_ticks() >= until)
		return false;
	if (c->tls == NULL)
		return result < 0 && (errno == EAGAIN || errno == EINTR);
	int why = SSL_get_error(c->tls, (int)result);
	return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
}

bool transfer_channel_accept(struct transfer_channel *c, SSL *tls)
{
	int64_t until = clock_ticks() + c->patience;
	int result;
	c->tls = tls;
	if (SSL_set_fd(tls, c->fd) != 1)
		return false;
	do {
		ERR_clear_error();
		result = SSL_accept(tls);
	} while (result != 1 && again(c, result, until));
	return result == 1;
}

static ssize_t write_some(const struct transfer_channel *c, const uint8_t *octets, size_t size)
{
	ERR_clear_error();
	return c->tls != NULL ? SSL_write(c->tls, octets, (int)size) : send(c->fd, octets, size, MSG_NOSIGNAL | (c->patience == 0 ? MSG_DONTWAIT : 0));
}

static bool send_all(const struct transfer_channel *c, const uint8_t *octets, size_t size)
{
	int64_t until = clock_ticks() + c->patience;
	while (size > 0) {
		ssize_t sent = write_some(c, octets, size);
		if (sent > 0) {
			octets += sent;
			size -= (size_t)sent;
			until = clock_ticks() + c->patience;
		} else if (!again(c, sent, until))
			return false;
	}
	return true;
}

/* The length and what fits beside it go out together (RFC 7766 section 8). */
bool transfer_channel_send(const struct transfer_channel *c, const uint8_t *message, size_t size)
{
	uint8_t first[SSL3_RT_MAX_PLAIN_LENGTH];
	size_t with = size < sizeof first - 2 ? size : sizeof first - 2;
	octets_put_16(first, (uint16_t)size);
	memcpy(first + 2, message, with);
	return send_all(c, first, with + 2) && send_all(c, message + with, size - with);
}

static ssize_t read_some(const struct transfer_channel *c, uint8_t *octets, size_t size)
{
	ERR_clear_error();
	return c->tls != NULL ? SSL_read(c->tls, octets, (int)size) : recv(c->fd, octets, size, 0);
}

static bool receive(const struct transfer_channel *c, uint8_t *octets, size_t size, int64_t until)
{
	while (size > 0) {
		ssize_t got = read_some(c, octets, size);
		if (got > 0) {
			octets += got;
			size -= (size_t)got;
			if (size > 0 && clock_ticks() >= until)
				return false; /* the peer sends too slowly */
		} else if (!again(c, got, until))
			return false;
	}
	return true;
}

size_t transfer_channel_receive(const struct transfer_channel *c, uint8_t *message)
{
	int64_t until = clock_ticks() + c->patience;
	uint8_t length[2];
	if (!receive(c, length, 2, until))
		return 0;
	size_t size = octets_16(length);
	return receive(c, message, size, until) ? size : 0;
}
