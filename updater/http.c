/* SPDX-License-Identifier: BSD-2-Clause */
#include "updater/http.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "updater/batch.h"
#include "updater/crowd.h"
#include "updater/head.h"
#include "updater/refusal.h"
#include "updater/reply.h"
#include "updater/route.h"

enum {
	BACKLOG = 1024,
	EVENTS = 256,
	ACCEPTED = 64,         /* newcomers in a turn */
	FIRST_ROOM = 2048,     /* most heads fit */
	REPLY_HEAD = 1024,
	JUNK_MOST = 65536,     /* octets that are read after the last reply */
	IN_A_TURN = 32,        /* requests of one connection before others have their turn */
	DESCRIPTORS_OURS = 40, /* that are not connections */
};

static const uint32_t EVENTS_OF_LINK = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;

/* Where a connection stands. */
enum stage {
	STAGE_IDLE,    /* no octet of a request yet */
	STAGE_HEAD,
	STAGE_BODY,
	STAGE_WAITING, /* for the batch */
	STAGE_SLOWED,  /* its credentials were wrong, as others of its source: the reply waits */
	STAGE_REPLY,
	STAGE_CLOSING, /* all is said; what it still sends is read, or it might lose the reply (RFC 9112 section 9.6) */
	STAGES
};

/* Milliseconds that a stage may last. A head fits into one packet; a body counts from the head's first octet. */
static const int64_t stage_lasts[STAGES] = { 10000, 5000, 10000, INT64_MAX, INT64_MAX, 10000, 2000 };

/* What the epoll set knows: a listening socket, or a connection. */
struct watched {
	int fd; /* -1: closed */
	bool listens;
};

struct listener {
	struct watched watched; /* first */
	bool paused;            /* for want of descriptors, until the next sweep */
};

/* A connection, from its first octet to its last. */
struct link {
	struct watched watched; /* first, for the epoll set leads here */
	struct crowd_place place;
	struct exchange exchange;
	struct http *http;
	struct link *dead; /* closed ones, until nothing points to them */
	enum stage stage;
	bool ended;        /* it sends no more */
	int64_t due;       /* ticks: when a reply that waits goes out */
	char *in;          /* the head, its octets as they came, and what came behind */
	size_t room, filled, seen, taken;
	struct head head;
	char *body;        /* REQUEST_BODY + 1 octets, once a request had one */
	size_t body_size;
	char *decoded;     /* the arguments, of the target and then of the body */
	bool without_body, close; /* the reply */
	size_t out_size, sent;
	char out[REPLY_HEAD];
};

struct http {
	struct updater *updater;
	struct listener listeners[LISTEN_MOST];
	size_t count, descriptors;
	int epoll;
	struct crowd crowd;
	struct link *dead;
	char date[40]; /* the Date header's value, and of when it is */
	time_t date_at;
};

static struct link *link_of_exchange(struct exchange *x)
{
	return (struct link *)(void *)((char *)x - offsetof(struct link, exchange));
}

static struct link *link_of_place(struct crowd_place *p)
{
	return (struct link *)(void *)((char *)p - offsetof(struct link, place));
}

/* Closing. */

static void close_link(struct link *link)
{
	struct http *http = link->http;
	if (link->watched.fd < 0)
		return;
	if (link->stage == STAGE_WAITING)
		batch_forget(http->updater, &link->exchange);
	close(link->watched.fd); /* which takes it out of the epoll set */
	link->watched.fd = -1;
	crowd_remove(&http->crowd, &link->place);
	link->dead = http->dead;
	http->dead = link;
}

/* Frees what was closed: no event of this turn may lead to it any more. */
static void bury(struct http *http)
{
	for (struct link *link = http->dead, *next; link != NULL; link = next) {
		next = link->dead;
		arena_free(&link->exchange.arena);
		free(link->in);
		free(link->body);
		free(link->decoded);
		free(link);
	}
	http->dead = NULL;
}

static void enter(struct link *link, enum stage stage)
{
	link->stage = stage;
	link->place.held = stage == STAGE_WAITING;
	if (stage != STAGE_BODY)
		crowd_begin(&link->http->crowd, &link->place, clock_ticks());
}

/* Replies. */

static const char *phrase(int status)
{
	static const struct {
		int status;
		const char *phrase;
	} rows[] = { { 200, "OK" }, { 201, "Created" }, { 204, "No Content" }, { 400, "Bad Request" },
		{ 401, "Unauthorized" }, { 403, "Forbidden" }, { 404, "Not Found" }, { 405, "Method Not Allowed" },
		{ 408, "Request Timeout" }, { 409, "Conflict" }, { 413, "Content Too Large" }, { 414, "URI Too Long" },
		{ 422, "Unprocessable Content" }, { 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" }, { 500, "Internal Server Error" },
		{ 503, "Service Unavailable" }, { 505, "HTTP Version Not Supported" } };
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].status == status)
			return rows[i].phrase;
	return "";
}

static const char *date(struct http *http)
{
	time_t now = time(NULL);
	struct tm tm;
	if (now != http->date_at && gmtime_r(&now, &tm) != NULL) {
		strftime(http->date, sizeof http->date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
		http->date_at = now;
	}
	return http->date;
}

static void add_line(struct link *link, const char *name, const char *value)
{
	size_t left = sizeof link->out - link->out_size - 2; /* the empty line's */
	if (value == NULL)
		return;
	int size = snprintf(link->out + link->out_size, left, "%s: %s\r\n", name, value);
	if (size > 0 && (size_t)size < left) /* our own values are short */
		link->out_size += (size_t)size;
}

/* Puts the exchange's reply on its way. */
static void begin_reply(struct link *link)
{
	const struct reply *reply = &link->exchange.reply;
	const struct route *route = link->exchange.route;
	char number[24];
	link->close = reply->close || !link->head.keep || (route != NULL && route->api == API_KITE);
	link->without_body = link->exchange.request.method == METHOD_HEAD || reply->status == 204;
	link->out_size = (size_t)snprintf(link->out, sizeof link->out, "HTTP/1.1 %d %s\r\n", reply->status,
		phrase(reply->status));
	link->sent = 0;
	add_line(link, "Date", date(link->http));
	if (reply->status != 204) {
		snprintf(number, sizeof number, "%zu", reply->size);
		add_line(link, "Content-Length", number);
	}
	add_line(link, "Content-Type", reply->type);
	add_line(link, "Cache-Control", "no-store");
	add_line(link, "WWW-Authenticate", reply->authenticate);
	add_line(link, "Allow", reply->allow);
	add_line(link, "Location", reply->location);
	snprintf(number, sizeof number, "%d", reply->retry);
	add_line(link, "Retry-After", reply->retry > 0 ? number : NULL);
	add_line(link, "Connection", link->close ? "close" : link->head.old ? "keep-alive" : NULL);
	memcpy(link->out + link->out_size, "\r\n", 2);
	link->out_size += 2;
	link->http->updater->counters.replies[reply->status / 100 % 6]++;
	enter(link, STAGE_REPLY);
}

/* The reply is there; to wrong credentials it may be another one, or wait. */
static void answer(struct link *link)
{
	struct exchange *x = &link->exchange;
	if (x->over && !x->right && x->reply.status != 503) {
		link->http->updater->counters.limited++;
		reply_limited(x);
		refusal_note(x, "", "", "more than 20 requests a second");
		x->reply.close = true;
	} else if (x->wrong && x->wait > 0) {
		link->due = clock_ticks() + x->wait;
		enter(link, STAGE_SLOWED);
		return;
	}
	begin_reply(link);
}

/* A request that is none, or too much of one. */
static void refuse(struct link *link, int status, const char *title, const struct error *why)
{
	struct exchange *x = &link->exchange;
	link->http->updater->counters.malformed++;
	log_debug("refused a request from=%d status=%d: %s", link->watched.fd, status, why->text);
	reply_problem(x, status, title, why->text);
	x->reply.close = true;
	begin_reply(link);
}

/* Begins a request: its first octets are here. */
static void begin_exchange(struct link *link)
{
	struct exchange *x = &link->exchange;
	x->request = (struct request){ .path = { "", 0 }, .authorization = "", .agent = "", .host = "", .api_user = "",
		.api_key = "" };
	x->reply = (struct reply){ 0 };
	x->route = NULL;
	x->refusal.why[0] = '\0';
	x->refusal.more = 0;
	x->over = x->right = x->wrong = false;
	x->wait = 0;
	enter(link, STAGE_HEAD);
}

/* Makes room for the next request, which may be here already. */
static void end_exchange(struct link *link)
{
	refusal_log(link->http->updater, &link->exchange);
	arena_free(&link->exchange.arena);
	link->filled -= link->taken;
	memmove(link->in, link->in + link->taken, link->filled);
	link->taken = link->seen = link->body_size = 0;
	enter(link, STAGE_IDLE);
	if (!link->close)
		return;
	shutdown(link->watched.fd, SHUT_WR);
	enter(link, STAGE_CLOSING);
}

/* The steps of a connection. Each is true if the next one may have something to do. */

static bool step_reply(struct link *link)
{
	const struct reply *reply = &link->exchange.reply;
	size_t body = link->without_body ? 0 : reply->size;
	while (link->sent < link->out_size + body) {
		size_t head = link->sent < link->out_size ? link->out_size - link->sent : 0;
		size_t behind = link->sent + head - link->out_size;
		union {
			const char *from;
			void *to;
		} text = { reply->body };
		struct iovec parts[2] = { { link->out + link->sent, head }, { (char *)text.to + behind, body - behind } };
		size_t first = head == 0, count = (head > 0) + (size_t)(body > behind);
		struct msghdr message = { .msg_iov = parts + first, .msg_iovlen = count };
		ssize_t sent = sendmsg(link->watched.fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return false;
		if (sent < 0) {
			close_link(link);
			return false;
		}
		link->sent += (size_t)sent;
	}
	end_exchange(link);
	return true;
}

/* Reads up to ROOM octets; *size tells how many came. False when none did, for now or for ever. */
static bool receive(struct link *link, char *at, size_t room, size_t *size)
{
	ssize_t got;
	do
		got = recv(link->watched.fd, at, room, MSG_DONTWAIT);
	while (got < 0 && errno == EINTR);
	*size = got < 0 ? 0 : (size_t)got;
	if (got == 0)
		link->ended = true;
	else if (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
		close_link(link);
	return got > 0;
}

static bool step_closing(struct link *link)
{
	char junk[4096];
	size_t size;
	if (!link->ended && link->body_size < JUNK_MOST && receive(link, junk, sizeof junk, &size)) {
		link->body_size += size;
		return true;
	}
	if (link->ended || link->body_size >= JUNK_MOST)
		close_link(link);
	return false;
}

/* More of a request: true if some came; an end in its middle is answered. */
static bool read_on(struct link *link, char *at, size_t room, size_t *size)
{
	struct error e;
	if (!link->ended && receive(link, at, room, size))
		return true;
	if (!link->ended || link->watched.fd < 0)
		return false;
	if (link->stage == STAGE_IDLE) {
		close_link(link);
		return false;
	}
	fail(&e, REFUSED, "the request ends in the middle");
	refuse(link, 400, "malformed request", &e);
	*size = 0;
	return true;
}

/* The caller. What came through a proxy has nothing of what loopback may, nor has what a proxy did not put a
 * name to: it would be anybody's. */
static void find_caller(struct link *link)
{
	static const char *const signs[] = { "X-Forwarded-For", "Forwarded", "Via", "X-Real-IP" };
	const struct settings *s = &link->http->updater->settings;
	struct request *r = &link->exchange.request;
	struct text list = { 0 };
	bool trusted = networks_hold(&s->trusted_proxies, &link->place.client), named = false;
	size_t at = 0;
	r->direct = *head_value(&link->head, s->proxy_header) == '\0';
	for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
		r->direct = r->direct && *head_value(&link->head, signs[i]) == '\0';
	for (const struct head_line *line; trusted && (line = head_next(&link->head, s->proxy_header, &at)) != NULL;)
		text_addf(&list, "%s%s", list.length == 0 ? "" : ",", line->value.at);
	r->caller = link->place.client;
	if (list.length > 0 && !list.broken)
		named = request_forwarded(list.bytes, strcasecmp(s->proxy_header, "Forwarded") == 0, &s->trusted_proxies,
			&r->caller);
	text_free(&list);
	r->privileged = (r->direct && !trusted) || (named && !address_loopback(&r->caller));
	r->exempt = r->privileged && networks_hold(&s->unlimited, &r->caller);
}

static enum method method_read(const char *text)
{
	static const char *const names[METHOD_OTHER] = { "GET", "HEAD", "POST", "PUT", "DELETE" };
	int i = 0;
	while (i < METHOD_OTHER && strcmp(names[i], text) != 0)
		i++;
	return (enum method)i;
}

static int fill_request(struct link *link, struct error *e)
{
	struct request *r = &link->exchange.request;
	const struct head *head = &link->head;
	char *room = realloc(link->decoded, head->target.size + 1 + head->body + 1);
	r->authorization = head_value(head, "Authorization");
	r->api_user = head_value(head, "X-Api-User");
	r->api_key = head_value(head, "X-Api-Key");
	r->agent = head_value(head, "User-Agent");
	r->host = head_value(head, "Host");
	r->type = (struct piece){ head_value(head, "Content-Type"), 0 };
	r->type.size = strlen(r->type.at);
	find_caller(link);
	if (room == NULL)
		return fail(e, FAILED, "out of memory");
	link->decoded = room;
	return request_target(r, head->target.at, head->target.size, room, e);
}

static const char *title_of(int status)
{
	return status == 413 ? "the body is too large" : status == 414 ? "the target is too long"
		: status == 431 ? "the head is too large" : "malformed request";
}

/* The head is here, SIZE octets of it. */
static void take_head(struct link *link, size_t size)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	struct error e;
	link->taken = size;
	int outcome = head_read(link->in, size, &link->head, &e);
	link->exchange.request.method = method_read(link->head.method);
	if (outcome == DONE)
		outcome = fill_request(link, &e) == DONE ? DONE : 400;
	if (outcome == DONE && link->head.body > 0 && link->body == NULL
		&& (link->body = malloc(REQUEST_BODY + 1)) == NULL)
		outcome = 503;
	if (outcome != DONE) {
		refuse(link, outcome, title_of(outcome), &e);
		return;
	}
	link->body_size = link->filled - size < link->head.body ? link->filled - size : link->head.body;
	if (link->body_size > 0)
		memcpy(link->body, link->in + size, link->body_size);
	link->taken += link->body_size;
	if (link->head.expects && link->body_size == 0 && link->head.body > 0) {
		ssize_t sent = send(link->watched.fd, go_on, sizeof go_on - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
		(void)sent; /* without it the client sends its body after a while all the same */
	}
	enter(link, STAGE_BODY);
}

static bool grow(struct link *link)
{
	size_t room = link->room == 0 ? FIRST_ROOM : link->room * 2;
	char *in = realloc(link->in, room);
	if (in == NULL)
		return false;
	link->in = in;
	link->room = room;
	return true;
}

/* RFC 9112 section 2.2: empty lines before a request are passed over. */
static void skip_empty(struct link *link)
{
	size_t at = 0;
	while (at + 2 <= link->filled && memcmp(link->in + at, "\r\n", 2) == 0)
		at += 2;
	link->filled -= at;
	if (at > 0)
		memmove(link->in, link->in + at, link->filled);
	link->seen = at > 0 ? 0 : link->seen;
}

static bool step_head(struct link *link)
{
	size_t size = 0;
	struct error e;
	skip_empty(link);
	if (link->stage == STAGE_IDLE && link->filled > 0)
		begin_exchange(link);
	size_t end = link->filled == 0 ? 0 : head_end(link->in, link->filled, &link->seen);
	if (end > 0) {
		take_head(link, end);
		return true;
	}
	if (link->filled == HEAD_MOST) {
		fail(&e, REFUSED, "a head of more than %d octets", HEAD_MOST);
		refuse(link, 431, title_of(431), &e);
		return true;
	}
	if (link->filled == link->room && !grow(link)) {
		close_link(link);
		return false;
	}
	if (!read_on(link, link->in + link->filled, link->room - link->filled, &size))
		return false;
	link->filled += size;
	return true;
}

static bool take_form(struct link *link, struct error *e)
{
	struct request *r = &link->exchange.request;
	static const char form[] = "application/x-www-form-urlencoded";
	r->body = (struct piece){ "", 0 };
	if (link->body_size == 0)
		return true;
	link->body[link->body_size] = '\0';
	r->body = (struct piece){ link->body, link->body_size };
	if (strncasecmp(r->type.at, form, sizeof form - 1) != 0)
		return true;
	return request_form(r, link->body, link->body_size, link->decoded + link->head.target.size + 1, e) == DONE;
}

/* The whole request is here. */
static bool dispatch(struct link *link)
{
	struct exchange *x = &link->exchange;
	struct updater *u = link->http->updater;
	struct error e;
	u->counters.requests++;
	if (!take_form(link, &e)) {
		refuse(link, 400, title_of(400), &e);
		return true;
	}
	if (route_run(u, x)) {
		answer(link);
		return true;
	}
	enter(link, STAGE_WAITING);
	x->resume = http_resume;
	batch_add(u, x);
	return false;
}

static bool step_body(struct link *link)
{
	size_t size = 0;
	if (link->body_size == link->head.body)
		return dispatch(link);
	if (!read_on(link, link->body + link->body_size, link->head.body - link->body_size, &size))
		return false;
	link->body_size += size;
	return true;
}

/* As far as it goes with what has come. */
static void go_on(struct link *link)
{
	static bool (*const steps[STAGES])(struct link *) = { step_head, step_head, step_body, NULL, NULL,
		step_reply, step_closing };
	bool more = true;
	int requests = 0;
	while (more && link->watched.fd >= 0 && steps[link->stage] != NULL && requests < IN_A_TURN) {
		requests += link->stage == STAGE_REPLY;
		more = steps[link->stage](link);
	}
	struct epoll_event again = { .events = EVENTS_OF_LINK, .data.ptr = link };
	if (requests == IN_A_TURN && link->watched.fd >= 0)
		epoll_ctl(link->http->epoll, EPOLL_CTL_MOD, link->watched.fd, &again); /* it is reported once more */
}

void http_resume(struct exchange *x)
{
	struct link *link = link_of_exchange(x);
	answer(link);
	go_on(link);
}

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
		close_link(link_of_place(victim));
	}
	return fits;
}

static void admit(struct http *http, int fd, const struct sockaddr *from)
{
	const struct settings *s = &http->updater->settings;
	const struct address client = address_of(from);
	const int on = 1;
	bool exempt = networks_hold(&s->unlimited, &client) || networks_hold(&s->trusted_proxies, &client);
	struct link *link = make_way(http, &client, exempt) ? calloc(1, sizeof *link) : NULL;
	struct epoll_event event = { .events = EVENTS_OF_LINK, .data.ptr = link };
	if (link == NULL || epoll_ctl(http->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
		free(link);
		close(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	link->watched.fd = fd;
	link->http = http;
	link->head.keep = true;
	link->place = (struct crowd_place){ .client = client, .exempt = exempt };
	crowd_add(&http->crowd, &link->place, clock_ticks());
	http->updater->counters.connections++;
	go_on(link);
}

/* Descriptors or memory are out: somebody gives way, or newcomers wait for the next sweep. */
static bool relieve(struct http *http, struct listener *listener)
{
	struct crowd_place *victim = crowd_oldest(&http->crowd);
	if (victim != NULL) {
		http->updater->counters.evicted++;
		close_link(link_of_place(victim));
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

static void attend(struct link *link, uint32_t events)
{
	if ((events & (EPOLLERR | EPOLLHUP)) != 0)
		close_link(link); /* nothing can reach it any more */
	else if (link->watched.fd >= 0)
		go_on(link);
}

/* Those who are here go before newcomers, who might take their places. */
void http_run(struct http *http)
{
	struct epoll_event events[EVENTS];
	int count = epoll_wait(http->epoll, events, EVENTS, 0);
	for (int pass = 0; pass < 2; pass++)
		for (int i = 0; i < count; i++) {
			struct watched *watched = events[i].data.ptr;
			if (watched->fd >= 0 && watched->listens && pass == 1)
				accept_some(http, (struct listener *)(void *)watched);
			else if (watched->fd >= 0 && !watched->listens && pass == 0)
				attend((struct link *)(void *)watched, events[i].events);
		}
	bury(http);
}

/* A request that did not come in time is told so; whoever did not begin one is not. */
static void expire(struct link *link)
{
	struct error e;
	link->http->updater->counters.slow_closed++;
	if (link->stage != STAGE_HEAD && link->stage != STAGE_BODY) {
		close_link(link);
		return;
	}
	fail(&e, REFUSED, "the request did not come in time");
	refuse(link, 408, "the request did not come in time", &e);
	go_on(link);
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

void http_sweep(struct http *http, int64_t now)
{
	for (struct crowd_place *p = http->crowd.oldest, *next; p != NULL; p = next) {
		struct link *link = link_of_place(p);
		next = p->newer;
		if (link->stage == STAGE_SLOWED && now >= link->due) {
			begin_reply(link);
			go_on(link);
		} else if (now - p->since > stage_lasts[link->stage]) {
			expire(link);
		}
	}
	bury(http);
	listen_again(http);
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

int http_open(struct updater *u, struct error *e)
{
	struct http *http = calloc(1, sizeof *http);
	if (http == NULL)
		return fail(e, FAILED, "out of memory");
	http->updater = u;
	u->http = http;
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

size_t http_connections(const struct http *http)
{
	return http->crowd.count;
}

void http_close(struct http *http)
{
	http_quiesce(http);
	while (http->crowd.oldest != NULL)
		close_link(link_of_place(http->crowd.oldest));
	bury(http);
	if (http->epoll >= 0)
		close(http->epoll);
	free(http);
}
