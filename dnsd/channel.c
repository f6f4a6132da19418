/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>

void channel_patience(const struct channel *c, int milliseconds)
{
	const struct timeval patience = { milliseconds / 1000, milliseconds % 1000 * 1000 };
	fcntl(c->fd, F_SETFL, fcntl(c->fd, F_GETFL) & ~O_NONBLOCK);
	setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
}

static bool send_tcp(int fd, struct iovec *parts, size_t count)
{
	while (count > 0) {
		const struct msghdr header = { .msg_iov = parts, .msg_iovlen = count };
		ssize_t sent = sendmsg(fd, &header, MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return false;
		for (; count > 0 && (size_t)sent >= parts->iov_len; parts++, count--)
			sent -= (ssize_t)parts->iov_len;
		if (count > 0) {
			parts->iov_base = (uint8_t *)parts->iov_base + sent;
			parts->iov_len -= (size_t)sent;
		}
	}
	return true;
}

/* Length and message in one record, as far as records reach: RFC 7858 section 3.3 wants no lone length. */
static bool send_tls(SSL *tls, const uint8_t *message, size_t size)
{
	uint8_t first[SSL3_RT_MAX_PLAIN_LENGTH] = { (uint8_t)(size >> 8), (uint8_t)size };
	size_t with = size < sizeof first - 2 ? size : sizeof first - 2;
	memcpy(first + 2, message, with);
	ERR_clear_error();
	return SSL_write(tls, first, (int)(with + 2)) > 0
		&& (with == size || SSL_write(tls, message + with, (int)(size - with)) > 0);
}

bool channel_send(const struct channel *c, const uint8_t *message, size_t size)
{
	uint8_t length[] = { (uint8_t)(size >> 8), (uint8_t)size };
	struct iovec parts[] = { { length, 2 }, { (void *)(uintptr_t)message, size } };
	return c->tls != NULL ? send_tls(c->tls, message, size) : send_tcp(c->fd, parts, 2);
}

static bool receive(const struct channel *c, uint8_t *octets, size_t size)
{
	while (size > 0) {
		ssize_t got;
		ERR_clear_error();
		if (c->tls != NULL)
			got = SSL_read(c->tls, octets, (int)size);
		else
			got = recv(c->fd, octets, size, 0);
		if (got < 0 && c->tls == NULL && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		octets += got;
		size -= (size_t)got;
	}
	return true;
}

size_t channel_receive(const struct channel *c, uint8_t *message)
{
	uint8_t length[2];
	if (!receive(c, length, 2))
		return 0;
	size_t size = (size_t)length[0] << 8 | length[1];
	return receive(c, message, size) ? size : 0;
}
