/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/tcp.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <urcu-qsbr.h>

#include "lib/clock.h"
#include "lib/log.h"

enum {
	MESSAGE_MOST = 65535,
	INPUT_FIRST = 512,       /* a query's buffer; it grows when a longer one is announced */
	UNSENT_MOST = 256 << 10, /* answers that a client does not fetch: beyond, it is not read */
	EVENTS = 64,
	TICK = 250,              /* milliseconds */
	BACKLOG = 512,
};

/* In a list from the longest idle to the newest. */
struct connection {
	struct connection *older, *newer;
	int fd;
	struct address client;
	int64_t active;   /* clock_ticks() of the last byte */
	uint8_t *input;   /* two octets of length and a message, as far as it came */
	size_t have, room;
	uint8_t *unsent;  /* answers that the socket did not take */
	size_t unsent_size, unsent_at;
	bool ended;       /* the client sends no more: close when all is sent */
};

struct tcp_loop {
	struct tcp_server *server;
	int epoll;
	struct connection *oldest, *newest;
	int64_t count;
	uint8_t answer[2 + MESSAGE_MOST + SCAN_BEHIND];
};

int tcp_open(const struct sockaddr *address, socklen_t size, int *fd, struct error *e)
{
	const int on = 1, off = 0, seconds = 5;
	char text[ENDPOINT_TEXT];
	endpoint_write(address, text);
	*fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (*fd < 0)
		return fail(e, FAILED, "TCP socket: %s", strerror(errno));
	setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	setsockopt(*fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	setsockopt(*fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof seconds);
	if (address->sa_family == AF_INET6)
		setsockopt(*fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
	if (bind(*fd, address, size) == 0 && listen(*fd, BACKLOG) == 0)
		return DONE;
	int outcome = fail(e, FAILED, "TCP %s: %s", text, strerror(errno));
	close(*fd);
	return outcome;
}

static void unlink_connection(struct tcp_loop *l, struct connection *c)
{
	*(c->older == NULL ? &l->oldest : &c->older->newer) = c->newer;
	*(c->newer == NULL ? &l->newest : &c->newer->older) = c->older;
}

static void link_newest(struct tcp_loop *l, struct connection *c)
{
	c->newer = NULL;
	c->older = l->newest;
	*(l->newest == NULL ? &l->oldest : &l->newest->newer) = c;
	l->newest = c;
}

static void touch(struct tcp_loop *l, struct connection *c)
{
	c->active = clock_ticks();
	unlink_connection(l, c);
	link_newest(l, c);
}

static void drop(struct tcp_loop *l, struct connection *c)
{
	unlink_connection(l, c);
	l->count--;
	close(c->fd); /* which takes it out of the epoll set, too */
	free(c->input);
	free(c->unsent);
	free(c);
}

/* RFC 9210 section 4.1 counts by client: an IPv4 address, an IPv6 network of a site. */
static bool same_client(const struct address *a, const struct address *b)
{
	return a->family == b->family && memcmp(a->bytes, b->bytes, a->family == ADDRESS_V4 ? 4 : 7) == 0;
}

/* A newcomer is always let in: at the cost of its own client's longest idle connection, or of the
 * longest idle of all. */
static void make_way(struct tcp_loop *l, const struct address *client)
{
	const struct tcp_settings *settings = l->server->settings;
	struct connection *first = NULL;
	int64_t same = 0;
	for (struct connection *c = l->oldest; c != NULL; c = c->newer)
		if (same_client(&c->client, client)) {
			first = first == NULL ? c : first;
			same++;
		}
	if (same >= settings->per_client)
		drop(l, first);
	else if (l->count >= settings->connections && l->oldest != NULL)
		drop(l, l->oldest);
}

static bool watch(struct tcp_loop *l, struct connection *c, int operation)
{
	bool blocked = c->unsent_size > 0;
	struct epoll_event event = { .data.ptr = c,
		.events = blocked ? EPOLLOUT : c->ended ? 0 : EPOLLIN };
	return epoll_ctl(l->epoll, operation, c->fd, &event) == 0;
}

static void admit(struct tcp_loop *l, int fd, const struct address *client)
{
	struct connection *c = calloc(1, sizeof *c);
	if (c != NULL)
		c->input = malloc(INPUT_FIRST);
	if (c == NULL || c->input == NULL) {
		free(c);
		close(fd);
		return;
	}
	c->fd = fd;
	c->client = *client;
	c->room = INPUT_FIRST;
	c->active = clock_ticks();
	link_newest(l, c);
	l->count++;
	count_add(&l->server->counters, COUNT_TCP_CONNECTIONS, 1);
	if (!watch(l, c, EPOLL_CTL_ADD))
		drop(l, c);
}

static void accept_all(struct tcp_loop *l, int listener)
{
	for (;;) {
		struct sockaddr_storage peer;
		socklen_t size = sizeof peer;
		int fd = accept4(listener, (struct sockaddr *)&peer, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0 && (errno == EMFILE || errno == ENFILE) && l->oldest != NULL) {
			drop(l, l->oldest); /* no descriptors left: the longest idle gives way */
			continue;
		}
		if (fd < 0)
			return;
		struct address client = address_of((const struct sockaddr *)&peer);
		make_way(l, &client);
		admit(l, fd, &client);
	}
}

/* Sends what waits and then MORE; keeps what the socket does not take. False: drop it. */
static bool send_bytes(struct connection *c, const uint8_t *more, size_t size)
{
	if (c->unsent_size == 0) {
		ssize_t sent = send(c->fd, more, size, MSG_NOSIGNAL);
		if (sent < 0 && errno != EAGAIN)
			return false;
		size_t done = sent < 0 ? 0 : (size_t)sent;
		more += done;
		size -= done;
	}
	if (size == 0)
		return true;
	uint8_t *unsent = realloc(c->unsent, c->unsent_at + c->unsent_size + size);
	if (unsent == NULL)
		return false;
	memcpy(unsent + c->unsent_at + c->unsent_size, more, size);
	c->unsent = unsent;
	c->unsent_size += size;
	return true;
}

static bool flush(struct connection *c)
{
	ssize_t sent = send(c->fd, c->unsent + c->unsent_at, c->unsent_size, MSG_NOSIGNAL);
	if (sent < 0)
		return errno == EAGAIN;
	c->unsent_at += (size_t)sent;
	c->unsent_size -= (size_t)sent;
	if (c->unsent_size == 0) {
		free(c->unsent);
		c->unsent = NULL;
		c->unsent_at = 0;
	}
	return true;
}

static bool answer_message(struct tcp_loop *l, struct connection *c, const uint8_t *message, size_t size)
{
	uint8_t *out = l->answer + 2;
	memcpy(out, message, size);
	size_t length = respond(&l->server->worker, out, size, MESSAGE_MOST, &c->client, true);
	if (length == 0)
		return false; /* not DNS: nothing that follows can be trusted to be */
	l->answer[0] = (uint8_t)(length >> 8);
	l->answer[1] = (uint8_t)length;
	return send_bytes(c, l->answer, length + 2);
}

/* Answers each whole message that is there, in order, until the client should first fetch answers. */
static bool answer_input(struct tcp_loop *l, struct connection *c)
{
	size_t at = 0;
	while (c->have - at >= 2 && c->unsent_size < UNSENT_MOST) {
		size_t size = (size_t)c->input[at] << 8 | c->input[at + 1];
		if (c->have - at - 2 < size)
			break;
		if (!answer_message(l, c, c->input + at + 2, size))
			return false;
		at += 2 + size;
	}
	memmove(c->input, c->input + at, c->have - at);
	c->have -= at;
	return true;
}

static bool grow_input(struct connection *c)
{
	size_t room = c->have < 2 ? INPUT_FIRST : 2 + ((size_t)c->input[0] << 8 | c->input[1]);
	if (room <= c->room)
		return true;
	uint8_t *input = realloc(c->input, room);
	if (input == NULL)
		return false;
	c->input = input;
	c->room = room;
	return true;
}

static bool read_input(struct tcp_loop *l, struct connection *c)
{
	if (!grow_input(c))
		return false;
	ssize_t got = recv(c->fd, c->input + c->have, c->room - c->have, 0);
	if (got < 0)
		return errno == EAGAIN || errno == EINTR;
	if (got == 0)
		c->ended = true;
	c->have += (size_t)got;
	return answer_input(l, c);
}

static void serve(struct tcp_loop *l, struct connection *c, uint32_t events)
{
	bool keep = (events & EPOLLERR) == 0;
	if (keep && c->unsent_size > 0)
		keep = flush(c) && (c->unsent_size > 0 || answer_input(l, c));
	else if (keep && !c->ended)
		keep = read_input(l, c);
	if (keep && c->ended && c->unsent_size == 0)
		keep = false;
	touch(l, c);
	if (!keep || !watch(l, c, EPOLL_CTL_MOD))
		drop(l, c);
}

static void expire(struct tcp_loop *l)
{
	int64_t since = clock_ticks() - l->server->settings->idle;
	while (l->oldest != NULL && l->oldest->active < since)
		drop(l, l->oldest);
}

static void *run(void *context)
{
	struct tcp_loop *l = context;
	struct epoll_event events[EVENTS];
	rcu_register_thread();
	while (!atomic_load_explicit(l->server->stop, memory_order_relaxed)) {
		rcu_thread_offline();
		int count = epoll_wait(l->epoll, events, EVENTS, TICK);
		rcu_thread_online();
		/* listeners last: a newcomer may push out a connection that has an event here */
		for (int i = 0; i < count; i++)
			if (events[i].data.u64 >= l->server->fd_count)
				serve(l, events[i].data.ptr, events[i].events);
		for (int i = 0; i < count; i++)
			if (events[i].data.u64 < l->server->fd_count)
				accept_all(l, l->server->fds[events[i].data.u64]);
		expire(l);
	}
	rcu_unregister_thread();
	while (l->oldest != NULL)
		drop(l, l->oldest);
	close(l->epoll);
	free(l);
	return NULL;
}

static int start_loop(struct tcp_loop *l, struct error *e)
{
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	for (size_t i = 0; i < l->server->fd_count && l->epoll >= 0; i++) {
		struct epoll_event event = { .events = EPOLLIN, .data.u64 = i };
		if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, l->server->fds[i], &event) != 0)
			return fail(e, FAILED, "epoll: %s", strerror(errno));
	}
	int code = l->epoll < 0 ? errno : pthread_create(&l->server->thread, NULL, run, l);
	return code == 0 ? DONE : fail(e, FAILED, "starting the thread for TCP: %s", strerror(code));
}

int tcp_start(struct tcp_server *server, struct error *e)
{
	struct tcp_loop *l = calloc(1, sizeof *l);
	if (l == NULL)
		return fail(e, FAILED, "out of memory");
	l->server = server;
	server->worker.counters = &server->counters;
	int outcome = start_loop(l, e);
	if (outcome != DONE)
		free(l);
	return outcome;
}
