/* SPDX-License-Identifier: BSD-2-Clause */
/* Listening, newcomers, and the events of all connections. */
#include "updater/http.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/ready.h"
#include "link/sockets.h"
#include "updater/connection.h"

enum {
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

/* *SESSION stays NULL for plain HTTP. False when memory is out. */
static bool make_session(struct listener *listener, SSL **session)
{
	if (listener->secure)
		*session = tls_port_session(&listener->port, clock_ticks());
	return !listener->secure || *session != NULL;
}

static void admit(struct http *http, struct listener *listener, int fd, const struct sockaddr *from)
{
	const struct settings *s = &http->updater->settings;
	const struct address client = address_of(from);
	const int on = 1;
	bool exempt = networks_hold(&s->unlimited, &client) || networks_hold(&s->trusted_proxies, &client);
	struct connection *c = make_way(http, &client, exempt) ? calloc(1, sizeof *c) : NULL;
	SSL *session = NULL;
	struct epoll_event event = { .events = CONNECTION_EVENTS, .data.ptr = c };
	if (c == NULL || !make_session(listener, &session) || epoll_ctl(http->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
		SSL_free(session);
		free(c);
		close(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	c->place = (struct crowd_place){ .client = client, .exempt = exempt };
	connection_begin(c, http, fd, session);
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
			admit(http, listener, fd, (struct sockaddr *)&from);
		else if (ready_passes(errno) || !relieve(http, listener))
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
	if (http->updater->certificates != NULL)
		certificates_look(&http->certificates, now);
}

static void go_on_shaken(struct http *http)
{
	for (struct handshake *h; (h = handshakes_answer(&http->handshakes)) != NULL;)
		connection_shaken(h);
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
			if (watched->fd < 0 || pass != (watched->kind == WATCHED_LISTENER))
				continue;
			if (watched->kind == WATCHED_LISTENER)
				accept_some(http, (struct listener *)(void *)watched);
			else if (watched->kind == WATCHED_HANDSHAKES)
				go_on_shaken(http);
			else
				attend((struct connection *)(void *)watched, events[i].events);
		}
	connection_bury(http);
	if (now >= http->swept + SWEEP_EACH)
		sweep(http, now);
}

/* Listening. */

static int listen_at(struct http *http, const char *use, const char *text, struct sockets *inherited, struct error *e)
{
	struct sockaddr_storage address;
	socklen_t size;
	int outcome = endpoint_read(text, &address, &size, e);
	if (outcome != DONE)
		return outcome;
	if (http->count == LISTEN_MOST)
		return fail(e, REFUSED, "more than %d addresses to listen at", LISTEN_MOST);
	int fd = sockets_take(inherited, use, (struct sockaddr *)&address);
	if (fd >= 0)
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	else
		outcome = sockets_listen((struct sockaddr *)&address, size, http->shared, text[0] == ':', &fd, e);
	if (outcome != DONE)
		return outcome;
	struct listener *listener = &http->listeners[http->count];
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = &listener->watched };
	if (epoll_ctl(http->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
		outcome = fail(e, FAILED, "listening at %s: %s", text, strerror(errno));
		close(fd);
		return outcome;
	}
	*listener = (struct listener){ .watched = { fd, WATCHED_LISTENER } };
	http->count++;
	return DONE;
}

static int listen_plain(struct http *http, struct sockets *inherited, struct error *e)
{
	struct updater *u = http->updater;
	const char *rest = u->settings.listen;
	size_t length;
	int outcome = DONE;
	for (const char *word; outcome == DONE && (word = text_word(&rest, ", ", &length)) != NULL;) {
		char *text = arena_text_part(&u->arena, word, length);
		outcome = text == NULL ? fail(e, FAILED, "out of memory") : listen_at(http, "http", text, inherited, e);
	}
	return outcome;
}

/* A word of `listen-tls`: an address, or tls=RANGE for the address before it. */
static int listen_tls_word(struct http *http, const char *word, size_t first, tls_set versions, struct sockets *inherited,
	struct error *e)
{
	static const char prefix[] = "tls=";
	bool range = strncmp(word, prefix, sizeof prefix - 1) == 0;
	if (range && http->count == first)
		return fail(e, REFUSED, "listen-tls: '%s' stands before any address", word);
	int outcome = range ? tls_read(word + sizeof prefix - 1, &versions, e) : listen_at(http, "https", word, inherited, e);
	if (outcome != DONE)
		return range ? fail_within(e, outcome, "listen-tls") : outcome;
	struct listener *listener = &http->listeners[http->count - 1];
	listener->secure = true;
	tls_port_close(&listener->port);
	outcome = tls_port_open(&listener->port, versions, &http->certificates, e);
	return outcome == DONE ? DONE : fail_within(e, outcome, "listen-tls");
}

static int listen_tls(struct http *http, struct sockets *inherited, struct error *e)
{
	struct updater *u = http->updater;
	const char *rest = u->settings.listen_tls;
	size_t length, first = http->count;
	tls_set versions;
	if (*rest == '\0')
		return DONE;
	if (*u->settings.certificates == '\0')
		return fail(e, REFUSED, "listen-tls wants certificates, too: a directory");
	int outcome = tls_read(u->settings.tls, &versions, e);
	if (outcome != DONE)
		return fail_within(e, outcome, "tls");
	outcome = certificates_open(&http->certificates, u->settings.certificates, e);
	u->certificates = &http->certificates;
	for (const char *word; outcome == DONE && (word = text_word(&rest, " ", &length)) != NULL;) {
		char *text = arena_text_part(&u->arena, word, length);
		outcome = text == NULL ? fail(e, FAILED, "out of memory") : listen_tls_word(http, text, first, versions, inherited, e);
	}
	return outcome;
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

int http_open(struct http **opened, struct updater *u, struct sockets *inherited, struct error *e)
{
	struct http *http = calloc(1, sizeof *http);
	if (http == NULL)
		return fail(e, FAILED, "out of memory");
	*opened = http;
	http->updater = u;
	http->shared = inherited->count > 0;
	sockets_share(inherited);
	http->epoll = epoll_create1(EPOLL_CLOEXEC);
	http->descriptors = count_descriptors(u->settings.connections);
	int outcome = http->epoll >= 0 ? DONE : fail(e, FAILED, "epoll: %s", strerror(errno));
	if (outcome == DONE)
		outcome = listen_plain(http, inherited, e);
	return outcome == DONE ? listen_tls(http, inherited, e) : outcome;
}

int http_start(struct http *http, struct error *e)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = &http->shaken };
	if (http->updater->certificates == NULL)
		return DONE;
	int outcome = handshakes_start(&http->handshakes, e);
	if (outcome != DONE)
		return outcome;
	http->shaken = (struct watched){ http->handshakes.fd, WATCHED_HANDSHAKES };
	return epoll_ctl(http->epoll, EPOLL_CTL_ADD, http->shaken.fd, &event) == 0
		? DONE : fail(e, FAILED, "epoll: %s", strerror(errno));
}

void http_addresses(const struct http *http, struct text *out)
{
	for (size_t i = 0; i < http->count; i++) {
		struct sockaddr_storage address;
		socklen_t size = sizeof address;
		char text[ENDPOINT_TEXT] = "?";
		if (getsockname(http->listeners[i].watched.fd, (struct sockaddr *)&address, &size) == 0)
			endpoint_write((struct sockaddr *)&address, text);
		text_addf(out, "%s%s%s", i == 0 ? "" : " ", http->listeners[i].secure ? "https://" : "", text);
	}
}

int http_descriptor(const struct http *http)
{
	return http->epoll;
}

void http_quiesce(struct http *http)
{
	for (size_t i = 0; i < http->count; i++) {
		if (http->listeners[i].watched.fd < 0)
			continue;
		/* closing it would not take it from the set while another process holds it, too */
		epoll_ctl(http->epoll, EPOLL_CTL_DEL, http->listeners[i].watched.fd, NULL);
		close(http->listeners[i].watched.fd);
		http->listeners[i].watched.fd = -1;
	}
}

void http_offer(const struct http *http, struct sockets *all)
{
	for (size_t i = 0; i < http->count; i++)
		sockets_add(all, http->listeners[i].secure ? "https" : "http", http->listeners[i].watched.fd);
}

void http_leave(struct http *http)
{
	http_quiesce(http);
	http->leaving = true;
}

bool http_busy(const struct http *http)
{
	return http->crowd.oldest != NULL;
}

void http_close(struct http *http)
{
	http_quiesce(http);
	if (http->handshakes.count > 0) {
		handshakes_stop(&http->handshakes);
		go_on_shaken(http);
	}
	while (http->crowd.oldest != NULL)
		connection_close(connection_of_place(http->crowd.oldest));
	connection_bury(http);
	for (size_t i = 0; i < http->count; i++)
		tls_port_close(&http->listeners[i].port);
	if (http->updater->certificates != NULL)
		certificates_close(&http->certificates);
	http->updater->certificates = NULL;
	if (http->epoll >= 0)
		close(http->epoll);
	free(http);
}
