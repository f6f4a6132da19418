/* SPDX-License-Identifier: BSD-2-Clause */
/* A bag of sockets, found by use and address. */
#include "link/sockets.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/address.h"
#include "lib/log.h"
#include "lib/service.h"

int sockets_listen(const struct sockaddr *address, socklen_t size, bool shared, bool v4_too, int *fd, struct error *e)
{
	enum { BACKLOG = 1024 }; /* connections that wait to be accepted: a burst that one turn of the loop takes in */
	const int on = 1, v6_only = !v4_too;
	char text[ENDPOINT_TEXT];
	endpoint_write(address, text);
	*fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (*fd < 0)
		return fail(e, FAILED, "TCP socket: %s", strerror(errno));
	setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (shared)
		setsockopt(*fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
	if (address->sa_family == AF_INET6)
		setsockopt(*fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof v6_only);
	if (sockets_bind(*fd, address, size) == 0 && listen(*fd, BACKLOG) == 0)
		return DONE;
	int outcome = fail(e, FAILED, "listening at %s: %s", text, strerror(errno));
	close(*fd);
	return outcome;
}

void sockets_add(struct sockets *s, const char *use, int fd)
{
	if (s->count == SOCKETS_MOST) {
		close(fd);
		return;
	}
	struct socket_passed *passed = &s->passed[s->count++];
	passed->fd = fd;
	snprintf(passed->use, sizeof passed->use, "%s", use);
}

#ifndef IPV6_FREEBIND /* linux/in6.h, which cannot stand beside netinet/in.h */
#define IPV6_FREEBIND 78
#endif

/* One that we have stored has our mark before its use. */
static const char mark[] = "windsock-";

struct receiver {
	struct sockets *sockets;
	const char *stream;
};

static void receive(void *context, const char *name, int fd)
{
	const struct receiver *r = context;
	int type = 0;
	socklen_t size = sizeof type;
	getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size);
	if (strncmp(name, mark, sizeof mark - 1) == 0)
		sockets_add(r->sockets, name + sizeof mark - 1, fd);
	else
		sockets_add(r->sockets, type == SOCK_DGRAM ? "udp" : r->stream, fd);
}

void sockets_receive(struct sockets *s, const char *stream)
{
	struct receiver r = { s, stream };
	service_sockets(receive, &r);
}

static bool is_first_of_its_use(const struct sockets *s, size_t which)
{
	for (size_t i = 0; i < which; i++)
		if (strcmp(s->passed[i].use, s->passed[which].use) == 0)
			return false;
	return true;
}

void sockets_store(const struct sockets *s)
{
	char name[sizeof mark + SOCKET_USE];
	for (size_t i = 0; i < s->count; i++) {
		snprintf(name, sizeof name, "%s%s", mark, s->passed[i].use);
		if (is_first_of_its_use(s, i))
			service_forget(name);
	}
	for (size_t i = 0; i < s->count; i++) {
		snprintf(name, sizeof name, "%s%s", mark, s->passed[i].use);
		service_store(name, s->passed[i].fd);
	}
}

static in_port_t port_of(const struct sockaddr *address)
{
	return address->sa_family == AF_INET6 ? ((const struct sockaddr_in6 *)(const void *)address)->sin6_port
		: ((const struct sockaddr_in *)(const void *)address)->sin_port;
}

static bool is_bound_to(int fd, const struct sockaddr *wanted)
{
	struct sockaddr_storage bound;
	socklen_t size = sizeof bound;
	if (getsockname(fd, (struct sockaddr *)&bound, &size) != 0 || bound.ss_family != wanted->sa_family
		|| port_of((const struct sockaddr *)&bound) != port_of(wanted))
		return false;
	struct address a = address_of((const struct sockaddr *)&bound), b = address_of(wanted);
	return address_equal(&a, &b);
}

int sockets_take(struct sockets *s, const char *use, const struct sockaddr *address)
{
	for (size_t i = 0; i < s->count; i++) {
		int fd = s->passed[i].fd;
		if (strcmp(s->passed[i].use, use) != 0 || (address != NULL && !is_bound_to(fd, address)))
			continue;
		memmove(&s->passed[i], &s->passed[i + 1], (--s->count - i) * sizeof s->passed[i]);
		return fd;
	}
	return -1;
}

void sockets_share(const struct sockets *s)
{
	const int on = 1;
	for (size_t i = 0; i < s->count; i++)
		setsockopt(s->passed[i].fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
}

void sockets_close(struct sockets *s)
{
	while (s->count > 0)
		close(s->passed[--s->count].fd);
}

int sockets_bind(int fd, const struct sockaddr *address, socklen_t size)
{
	const int on = 1;
	char text[ENDPOINT_TEXT];
	bool six = address->sa_family == AF_INET6;
	if (bind(fd, address, size) == 0)
		return 0;
	if (errno != EADDRNOTAVAIL
		|| setsockopt(fd, six ? IPPROTO_IPV6 : IPPROTO_IP, six ? IPV6_FREEBIND : IP_FREEBIND, &on, sizeof on) != 0
		|| bind(fd, address, size) != 0)
		return -1;
	endpoint_write(address, text);
	log_warning("no interface has the address yet, or it was misspelt; it is listened at once it is there listen=\"%s\"", text);
	return 0;
}
