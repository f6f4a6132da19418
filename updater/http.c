/* SPDX-License-Identifier: BSD-2-Clause */
/* Listening, newcomers, and the events of all connections. */
#include "updater/http.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/clock.h"
#include "updater/connection.h"

enum {
	BACKLOG = 1024,
	EVENTS = 256,
	ACCEPTED = 64,         /* newcomers in a turn */
	DESCRIPTORS_OURS = 40, /* that are not connections */
	SWEEP_EACH = 200,      /* milliseconds between looks at all connections */
};

/* Newcomers. */

static bool make_way(struct http *http, const struct address *client, bool exempt)
{
	const struct settings *s = &http->updater->settings;
	struct crowd_place *victim;
	size_t most = (size_t)s->connections < http->descriptors ? (size_t)s->connections : http->descriptors;
	bool fits = crowd_fits(&http->crowd, client, exempt, most, (size_t)s->connections_each, &victim);
	if (!fits)
		http->updater->counters.connections_refused++;
	else if (victim != NULL) {
		http->updater->counters.evicted++;
		connection_close(connection_of_place(victim));
	}
	return fits;
}

static void admit(struct http *http, int fd, const struct sockaddr *from)
{
	const struct settings *s = &http->updater->settings;
	const struct address client = address_of(from);
	const int on = 1;
	bool exempt = networks_hold(&s->unlimited, &client) || networks_hold(&s->trusted_proxies, &client);
	struct connection *c = make_way(http, &client, exempt) ? calloc(1, sizeof *c) : NULL;
	struct epoll_event event = { .events = CONNECTION_EVENTS, .data.ptr = c };
	if (c == NULL || epoll_ctl(http->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
		free(c);
		close(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	c->watched.fd = fd;
	c->http = http;
	c->head.keep = true;
	c->place = (struct crowd_place){ .client = client, .exempt = exempt };
	crowd_add(&http->crowd, &c->place, clock_ticks());
	http->updater->counters.connections++;
	http->updater->counters.open = http->crowd.count;
	connection_go_on(c);
}

/* Descriptors or memory are out: somebody gives way, or newcomers wait for the next sweep. */
static bool relieve(struct http *http, struct listener *listener)
{
	struct crowd_place *victim = crowd_oldest(&http->crowd);
	if (victim != NULL) {
		http->updater->counters.evicted++;
		connection_close(connection_of_place(victim));
		return true;
	}
	epoll_ctl(http->epoll, EPOLL_CTL_DEL, listener->watched.fd, NULL);
	listener->paused = true;
	return false;
}

static void accept_some(struct http *http, struct listener *listener)
{
	for (int i = 0; i < ACCEPTED; i++) {
		struct sockaddr_storage from;
		socklen_t size = sizeof from;
		int fd = accept4(listener->watched.fd, (struct sockaddr *)&from, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0)
			admit(http, fd, (struct sockaddr *)&from);
		else if (errno == EAGAIN || errno == EWOULDBLOCK)
			return;
		else if ((errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
			&& !relieve(http, listener))
			return;
	}
}

static void attend(struct connection *c, uint32_t events)
{
	if ((events & (EPOLLERR | EPOLLHUP)) != 0)
		connection_close(c); /* nothing can reach it any more */
	else if (c->watched.fd >= 0)
		connection_go_on(c);
}

static void listen_again(struct http *http)
{
	for (size_t i = 0; i < http->count; i++) {
		struct listener *listener = &http->listeners[i];
		struct epoll_event event = { .events = EPOLLIN, .data.ptr = &listener->watched };
		if (listener->paused && listener->watched.fd >= 0)
			listener->paused = epoll_ctl(http->epoll, EPOLL_CTL_ADD, listener->watched.fd, &event) != 0;
	}
}

static void sweep(struct http *http, int64_t now)
{
	http->swept = now;
	for (struct crowd_place *p = http->crowd.oldest, *next; p != NULL; p = next) {
		next = p->newer;
		connection_look(connection_of_place(p), now);
	}
	connection_bury(http);
	listen_again(http);
}

/* Those who are here go before newcomers, who might take their places. */
void http_run(struct http *http)
{
	struct epoll_event events[EVENTS];
	int64_t now = clock_ticks();
	int count = epoll_wait(http->epoll, events, EVENTS, 0);
	for (int pass = 0; pass < 2; pass++)
		for (int i = 0; i < count; i++) {
			struct watched *watched = events[i].data.ptr;
			if (watched->fd >= 0 && watched->listens && pass == 1)
				accept_some(http, (struct listener *)(void *)watched);
			else if (watched->fd >= 0 && !watched->listens && pass == 0)
				attend((struct connection *)(void *)watched, events[i].events);
		}
	connection_bury(http);
	if (now >= http->swept + SWEEP_EACH)
		sweep(http, now);
}

/* Listening. */

static int listen_at(struct http *http, const char *text, struct error *e)
{
	struct sockaddr_storage address;
	socklen_t size;
	const int on = 1, off = 0;
	int outcome = endpoint_read(text, &address, &size, e);
	if (outcome != DONE)
		return outcome;
	if (http->count == LISTEN_MOST)
		return fail(e, REFUSED, "more than %d addresses to listen at", LISTEN_MOST);
	int fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail(e, FAILED, "socket: %s", strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (address.ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, text[0] == ':' ? &off : &on, sizeof on);
	struct listener *listener = &http->listeners[http->count];
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = &listener->watched };
	if (bind(fd, (struct sockaddr *)&address, size) != 0 || listen(fd, BACKLOG) != 0
		|| epoll_ctl(http->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
		outcome = fail(e, FAILED, "listening at %s: %s", text, strerror(errno));
		close(fd);
		return outcome;
	}
	*listener = (struct listener){ .watched = { fd, true } };
	http->count++;
	return DONE;
}

/* How many connections the descriptors suffice for. */
static size_t count_descriptors(int64_t wanted)
{
	struct rlimit files = { 0, 0 };
	getrlimit(RLIMIT_NOFILE, &files);
	if (files.rlim_cur < (rlim_t)wanted + DESCRIPTORS_OURS && files.rlim_cur < files.rlim_max) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
		getrlimit(RLIMIT_NOFILE, &files);
	}
	return files.rlim_cur < 2 * DESCRIPTORS_OURS ? 16 : (size_t)files.rlim_cur - DESCRIPTORS_OURS;
}

int http_open(struct http **opened, struct updater *u, struct error *e)
{
	struct http *http = calloc(1, sizeof *http);
	if (http == NULL)
		return fail(e, FAILED, "out of memory");
	*opened = http;
	http->updater = u;
	http->epoll = epoll_create1(EPOLL_CLOEXEC);
	http->descriptors = count_descriptors(u->settings.connections);
	const char *rest = u->settings.listen;
	size_t length;
	int outcome = http->epoll >= 0 ? DONE : fail(e, FAILED, "epoll: %s", strerror(errno));
	for (const char *word; outcome == DONE && (word = text_word(&rest, ", ", &length)) != NULL;) {
		char *text = arena_text_part(&u->arena, word, length);
		outcome = text == NULL ? fail(e, FAILED, "out of memory") : listen_at(http, text, e);
	}
	return outcome;
}

void http_addresses(const struct http *http, struct text *out)
{
	for (size_t i = 0; i < http->count; i++) {
		struct sockaddr_storage address;
		socklen_t size = sizeof address;
		char text[ENDPOINT_TEXT] = "?";
		if (getsockname(http->listeners[i].watched.fd, (struct sockaddr *)&address, &size) == 0)
			endpoint_write((struct sockaddr *)&address, text);
		text_addf(out, "%s%s", i == 0 ? "" : " ", text);
	}
}

int http_descriptor(const struct http *http)
{
	return http->epoll;
}

void http_quiesce(struct http *http)
{
	for (size_t i = 0; i < http->count; i++) {
		if (http->listeners[i].watched.fd >= 0)
			close(http->listeners[i].watched.fd);
		http->listeners[i].watched.fd = -1;
	}
}

void http_close(struct http *http)
{
	http_quiesce(http);
	while (http->crowd.oldest != NULL)
		connection_close(connection_of_place(http->crowd.oldest));
	connection_bury(http);
	if (http->epoll >= 0)
		close(http->epoll);
	free(http);
}
