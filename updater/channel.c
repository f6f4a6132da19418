/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading and writing, over TCP and over TLS. */
#include "updater/channel.h"

#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/text.h"

enum {
	RECORD = 16 * 1024, /* octets that one record takes */
	MESSAGES_MOST = 32, /* new keys and attempts to negotiate anew, and what is said to them: no honest client asks for any */
};

/* TCP. */

static long said(ssize_t result)
{
	return result >= 0 ? (long)result : errno == EAGAIN || errno == EWOULDBLOCK ? CHANNEL_LATER : CHANNEL_BROKEN;
}

static long receive_plain(int fd, char *at, size_t room, int flags)
{
	ssize_t got;
	do
		got = recv(fd, at, room, MSG_DONTWAIT | flags);
	while (got < 0 && errno == EINTR);
	return said(got);
}

static long send_plain(int fd, const struct iovec parts[2])
{
	struct iovec copy[2] = { parts[0], parts[1] };
	size_t first = parts[0].iov_len == 0;
	const struct msghdr message = { .msg_iov = copy + first, .msg_iovlen = 2 - first };
	ssize_t sent;
	do
		sent = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (sent < 0 && errno == EINTR);
	return said(sent);
}

/* TLS. */

/* OpenSSL tells of each message of a handshake. Once that is over, there is hardly a reason for more, and each costs. */
static void count_message(int sent, int version, int type, const void *message, size_t size, SSL *tls, void *context)
{
	struct channel *c = context;
	(void)sent;
	(void)version;
	(void)message;
	(void)size;
	(void)tls;
	c->messages += c->agreed && type == SSL3_RT_HANDSHAKE;
}

bool channel_secure(struct channel *c, SSL *session)
{
	if (SSL_set_fd(session, c->fd) != 1)
		return false;
	c->tls = session;
	SSL_set_accept_state(session);
	SSL_set_msg_callback(session, count_message);
	SSL_set_msg_callback_arg(session, c);
	return true;
}

/* What a call's RESULT, which was no success, means. */
static enum channel_said why(struct channel *c, int result)
{
	switch (SSL_get_error(c->tls, result)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return CHANNEL_LATER;
	case SSL_ERROR_ZERO_RETURN:
		return CHANNEL_ENDED;
	default:
		c->broken = true;
		return CHANNEL_BROKEN;
	}
}

/* A record of a handshake begins with 22, one of SSLv2's with 128; a method of HTTP with a letter. */
enum channel_said channel_peek(const struct channel *c)
{
	char first;
	if (SSL_want_write(c->tls))
		return CHANNEL_AGREED;
	long got = receive_plain(c->fd, &first, 1, MSG_PEEK);
	if (got <= 0)
		return (enum channel_said)got;
	return SSL_in_before(c->tls) && ascii_letter(first) ? CHANNEL_PLAIN : CHANNEL_AGREED;
}

enum channel_said channel_shake(struct channel *c, struct error *e)
{
	char text[200];
	ERR_clear_error();
	int result = SSL_do_handshake(c->tls);
	c->agreed = result == 1;
	enum channel_said outcome = c->agreed ? CHANNEL_AGREED : why(c, result);
	if (outcome == CHANNEL_ENDED)
		outcome = CHANNEL_BROKEN;
	if (outcome == CHANNEL_BROKEN) {
		ERR_error_string_n(ERR_peek_error(), text, sizeof text);
		fail(e, REFUSED, "%s", ERR_peek_error() == 0 ? "it hung up" : text);
	}
	ERR_clear_error();
	return outcome;
}

void channel_bare(struct channel *c)
{
	SSL_free(c->tls);
	c->tls = NULL;
}

/* OpenSSL returns after each message that is no data of ours, or that it has sent, so that no client can keep it busy. */
static long receive_tls(struct channel *c, char *at, size_t room)
{
	unsigned before;
	int got;
	enum channel_said outcome;
	do {
		before = c->messages;
		ERR_clear_error();
		got = SSL_read(c->tls, at, room > INT_MAX ? INT_MAX : (int)room);
		outcome = got > 0 ? CHANNEL_AGREED : why(c, got);
		c->broken |= c->messages > MESSAGES_MOST;
	} while (outcome == CHANNEL_LATER && c->messages != before && !c->broken);
	return c->broken ? CHANNEL_BROKEN : got > 0 ? got : outcome;
}

/* What fits into one record goes as one, for records cost. */
static long send_tls(struct channel *c, const struct iovec parts[2])
{
	char record[RECORD];
	size_t first = parts[0].iov_len < RECORD ? parts[0].iov_len : RECORD;
	size_t second = parts[1].iov_len < RECORD - first ? parts[1].iov_len : RECORD - first;
	if (first > 0)
		memcpy(record, parts[0].iov_base, first);
	if (second > 0)
		memcpy(record + first, parts[1].iov_base, second);
	ERR_clear_error();
	int sent = SSL_write(c->tls, record, (int)(first + second));
	if (sent > 0)
		return sent;
	enum channel_said outcome = why(c, sent);
	return outcome == CHANNEL_ENDED ? CHANNEL_BROKEN : outcome;
}

/* Either. */

long channel_receive(struct channel *c, char *at, size_t room)
{
	return c->tls != NULL ? receive_tls(c, at, room) : receive_plain(c->fd, at, room, 0);
}

long channel_send(struct channel *c, const struct iovec parts[2])
{
	return c->tls != NULL ? send_tls(c, parts) : send_plain(c->fd, parts);
}

long channel_drain(const struct channel *c, char *at, size_t room)
{
	return receive_plain(c->fd, at, room, 0);
}

/* Says that nothing more comes (RFC 8446 section 6.1). */
static void say_goodbye(struct channel *c)
{
	if (c->tls != NULL && c->agreed && !c->broken && (SSL_get_shutdown(c->tls) & SSL_SENT_SHUTDOWN) == 0) {
		ERR_clear_error();
		c->broken = SSL_shutdown(c->tls) < 0; /* it did not go: it can't be said any more */
	}
	ERR_clear_error();
}

void channel_finish(struct channel *c)
{
	say_goodbye(c);
	shutdown(c->fd, SHUT_WR);
}

void channel_close(struct channel *c)
{
	say_goodbye(c);
	SSL_free(c->tls);
	close(c->fd);
	*c = (struct channel){ .fd = -1 };
}
