/* SPDX-License-Identifier: BSD-2-Clause */
/* The stages of a connection: agreeing upon TLS, reading a request, having it answered, sending the reply. */
#include "updater/connection.h"

#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/array.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "steering/steering.h"
#include "updater/batch.h"
#include "updater/refusal_log.h"
#include "updater/reply.h"
#include "updater/route.h"

enum {
	FIRST_ROOM = 2048, /* most heads fit */
	JUNK_MOST = 65536, /* octets that are read after the last reply */
	IN_A_TURN = 32,    /* requests of one connection before others have their turn */
};

/* Milliseconds that a stage may last. A head fits into one packet, as does a client's part of a handshake; a body counts
 * from the head's first octet. */
static const int64_t stage_lasts[STAGES] = { 5000, 10000, 5000, 10000, INT64_MAX, INT64_MAX, 10000, 2000 };

static struct connection *connection_of_handshake(struct handshake *h)
{
	return (struct connection *)(void *)((char *)h - offsetof(struct connection, handshake));
}

static struct connection *connection_of_exchange(struct exchange *x)
{
	return (struct connection *)(void *)((char *)x - offsetof(struct connection, exchange));
}

/* Closing. */

/* No thread has it. */
static void bring_down(struct connection *c)
{
	channel_close(&c->channel); /* which takes it out of the epoll set */
	c->dead = c->http->dead;
	c->http->dead = c;
}

/* A thread has it, and gives it back soon: until then it is left alone. */
static void leave(struct connection *c)
{
	atomic_store_explicit(&c->handshake.left, true, memory_order_relaxed);
	epoll_ctl(c->http->epoll, EPOLL_CTL_DEL, c->watched.fd, NULL);
}

void connection_close(struct connection *c)
{
	struct http *http = c->http;
	if (c->watched.fd < 0)
		return;
	if (c->stage == STAGE_WAITING)
		batch_forget(http->updater, &c->exchange);
	crowd_remove(&http->crowd, &c->place);
	http->updater->counters.open = http->crowd.count;
	if (c->handshake.away)
		leave(c);
	else
		bring_down(c);
	c->watched.fd = -1;
}

void connection_bury(struct http *http)
{
	for (struct connection *c = http->dead, *next; c != NULL; c = next) {
		next = c->dead;
		arena_free(&c->exchange.arena);
		free(c->in);
		free(c->body);
		free(c->decoded);
		free(c);
	}
	http->dead = NULL;
}

static void enter(struct connection *c, enum stage stage)
{
	c->stage = stage;
	c->place.held = stage == STAGE_WAITING;
	if (stage != STAGE_BODY)
		crowd_begin(&c->http->crowd, &c->place, clock_ticks());
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

static void add_line(struct connection *c, const char *name, const char *value)
{
	size_t left = sizeof c->out - c->out_size - 2; /* the empty line's */
	if (value == NULL)
		return;
	int size = snprintf(c->out + c->out_size, left, "%s: %s\r\n", name, value);
	if (size > 0 && (size_t)size < left) /* our own values are short */
		c->out_size += (size_t)size;
}

/* Puts the exchange's reply on its way. */
static void begin_reply(struct connection *c)
{
	const struct reply *reply = &c->exchange.reply;
	const struct route *route = c->exchange.route;
	char number[24];
	c->close = reply->close || !c->head.keep || c->http->leaving || (route != NULL && route->api == API_KITE);
	c->without_body = c->exchange.request.method == METHOD_HEAD || reply->status == 204;
	c->out_size = (size_t)snprintf(c->out, sizeof c->out, "HTTP/1.1 %d %s\r\n", reply->status,
		phrase(reply->status));
	c->sent = 0;
	add_line(c, "Date", date(c->http));
	if (reply->status != 204) {
		snprintf(number, sizeof number, "%zu", reply->size);
		add_line(c, "Content-Length", number);
	}
	add_line(c, "Content-Type", reply->type);
	add_line(c, "Cache-Control", "no-store");
	add_line(c, "WWW-Authenticate", reply->authenticate);
	add_line(c, "Allow", reply->allow);
	add_line(c, "Location", reply->location);
	snprintf(number, sizeof number, "%d", reply->retry);
	add_line(c, "Retry-After", reply->retry > 0 ? number : NULL);
	add_line(c, "Connection", c->close ? "close" : c->head.old ? "keep-alive" : NULL);
	memcpy(c->out + c->out_size, "\r\n", 2);
	c->out_size += 2;
	c->http->updater->counters.replies[reply->status / 100 % 6]++;
	enter(c, STAGE_REPLY);
}

/* The reply is there; to wrong credentials it may be another one, or wait. */
static void answer(struct connection *c)
{
	struct exchange *x = &c->exchange;
	if (x->over && !x->right && x->reply.status != 503) {
		c->http->updater->counters.limited++;
		reply_limited(x);
		refusal_note(x, "", "", "more than 20 requests a second");
		x->reply.close = true;
	} else if (x->wrong && x->wait > 0) {
		c->due = clock_ticks() + x->wait;
		enter(c, STAGE_SLOWED);
		return;
	}
	begin_reply(c);
}

/* A request that is none, or too much of one. */
static void refuse(struct connection *c, int status, const char *title, const struct error *why)
{
	struct exchange *x = &c->exchange;
	c->http->updater->counters.malformed++;
	log_debug("refused a request from=%d status=%d: %s", c->watched.fd, status, why->text);
	reply_problem(x, status, title, why->text);
	x->reply.close = true;
	begin_reply(c);
}

/* For want of memory: it is not the request's fault. */
static void refuse_for_now(struct connection *c)
{
	reply_trouble(&c->exchange);
	c->exchange.reply.close = true;
	begin_reply(c);
}

/* Begins a request: its first octets are here. */
static void begin_exchange(struct connection *c)
{
	exchange_begin(&c->exchange);
	enter(c, STAGE_HEAD);
}

/* All is said. */
static void hang_up(struct connection *c)
{
	channel_finish(&c->channel);
	c->body_size = 0;
	enter(c, STAGE_CLOSING);
}

/* Makes room for the next request, which may be here already. */
static void end_exchange(struct connection *c)
{
	refusal_log(&c->http->updater->limits, &c->http->updater->access, &c->exchange);
	arena_free(&c->exchange.arena);
	c->filled -= c->taken;
	if (c->filled > 0)
		memmove(c->in, c->in + c->taken, c->filled);
	c->taken = c->seen = c->body_size = 0;
	enter(c, STAGE_IDLE);
	if (c->close)
		hang_up(c);
}

/* The steps of a connection. Each is true if the next one may have something to do. */

static bool step_reply(struct connection *c)
{
	const struct reply *reply = &c->exchange.reply;
	size_t body = c->without_body ? 0 : reply->size;
	while (c->sent < c->out_size + body) {
		size_t head = c->sent < c->out_size ? c->out_size - c->sent : 0;
		size_t behind = c->sent + head - c->out_size;
		union {
			const char *from;
			void *to;
		} text = { reply->body };
		struct iovec parts[2] = { { c->out + c->sent, head }, { (char *)text.to + behind, body - behind } };
		long sent = channel_send(&c->channel, parts);
		if (sent == CHANNEL_BROKEN)
			connection_close(c);
		if (sent < 0)
			return false;
		c->sent += (size_t)sent;
	}
	end_exchange(c);
	return true;
}

/* Reads up to ROOM octets; *size tells how many came. False when none did, for now or for ever. */
static bool receive(struct connection *c, char *at, size_t room, size_t *size)
{
	long got = c->stage == STAGE_CLOSING ? channel_drain(&c->channel, at, room) : channel_receive(&c->channel, at, room);
	*size = got < 0 ? 0 : (size_t)got;
	if (got == CHANNEL_ENDED)
		c->ended = true;
	else if (got == CHANNEL_BROKEN)
		connection_close(c);
	return got > 0;
}

static bool step_closing(struct connection *c)
{
	char junk[4096];
	size_t size;
	if (!c->ended && c->body_size < JUNK_MOST && receive(c, junk, sizeof junk, &size)) {
		c->body_size += size;
		return true;
	}
	if (c->ended || c->body_size >= JUNK_MOST)
		connection_close(c);
	return false;
}

/* More of a request: true if some came; an end in its middle is answered. */
static bool read_on(struct connection *c, char *at, size_t room, size_t *size)
{
	struct error e;
	if (!c->ended && receive(c, at, room, size))
		return true;
	if (!c->ended || c->watched.fd < 0)
		return false;
	if (c->stage == STAGE_IDLE) {
		connection_close(c);
		return false;
	}
	fail(&e, REFUSED, "the request ends in the middle");
	refuse(c, 400, "malformed request", &e);
	*size = 0;
	return true;
}

/* The caller. What came through a proxy has nothing of what loopback may, nor has what a proxy did not put a
 * name to: it would be anybody's. False when memory is out: the proxy is not to be taken for who it spoke for. */
static bool find_caller(struct connection *c)
{
	static const char *const signs[] = { "X-Forwarded-For", "Forwarded", "Via", "X-Real-IP" };
	const struct settings *s = &c->http->updater->settings;
	struct request *r = &c->exchange.request;
	struct text list = { 0 };
	bool trusted = networks_hold(&s->trusted_proxies, &c->place.client), named = false;
	size_t at = 0;
	r->direct = *head_value(&c->head, s->proxy_header) == '\0';
	for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
		r->direct = r->direct && *head_value(&c->head, signs[i]) == '\0';
	for (const struct head_line *line; trusted && (line = head_next(&c->head, s->proxy_header, &at)) != NULL;)
		text_addf(&list, "%s%s", list.length == 0 ? "" : ",", line->value.at);
	r->caller = c->place.client;
	if (list.length > 0 && !list.broken)
		named = request_forwarded(list.bytes, strcasecmp(s->proxy_header, "Forwarded") == 0, &s->trusted_proxies,
			&r->caller);
	bool well = !list.broken;
	text_free(&list);
	r->privileged = (r->direct && !trusted) || (named && !address_loopback(&r->caller));
	r->exempt = r->privileged && networks_hold(&s->unlimited, &r->caller);
	return well;
}

static enum method method_read(const char *text)
{
	static const char *const names[METHOD_OTHER] = { "GET", "HEAD", "POST", "PUT", "DELETE" };
	int i = 0;
	while (i < METHOD_OTHER && strcmp(names[i], text) != 0)
		i++;
	return (enum method)i;
}

static int fill_request(struct connection *c, struct error *e)
{
	struct request *r = &c->exchange.request;
	const struct head *head = &c->head;
	char *room = realloc(c->decoded, head->target.size + 1 + head->body + 1);
	r->authorization = head_value(head, "Authorization");
	r->api_user = head_value(head, "X-Api-User");
	r->api_key = head_value(head, "X-Api-Key");
	r->agent = head_value(head, "User-Agent");
	r->host = head_value(head, "Host");
	r->type = (struct piece){ head_value(head, "Content-Type"), 0 };
	r->type.size = strlen(r->type.at);
	if (room != NULL)
		c->decoded = room;
	if (!find_caller(c) || room == NULL)
		return fail(e, FAILED, "out of memory");
	return request_target(r, head->target.at, head->target.size, room, e);
}

static const char *title_of(int status)
{
	return status == 413 ? "the body is too large" : status == 414 ? "the target is too long"
		: status == 431 ? "the head is too large" : "malformed request";
}

/* The head is here, SIZE octets of it. */
static void take_head(struct connection *c, size_t size)
{
	static char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	const struct iovec parts[2] = { { go_on, sizeof go_on - 1 }, { NULL, 0 } };
	struct error e;
	c->taken = size;
	int outcome = head_read(c->in, size, &c->head, &e);
	c->exchange.request.method = method_read(c->head.method);
	int filled = outcome == DONE ? fill_request(c, &e) : DONE;
	if (filled == REFUSED)
		outcome = 400;
	if (outcome == DONE && c->head.body > 0 && c->body == NULL)
		c->body = malloc(REQUEST_BODY + 1);
	if (filled == FAILED || (outcome == DONE && c->head.body > 0 && c->body == NULL)) {
		refuse_for_now(c);
		return;
	}
	if (outcome != DONE) {
		refuse(c, outcome, title_of(outcome), &e);
		return;
	}
	c->body_size = c->filled - size < c->head.body ? c->filled - size : c->head.body;
	if (c->body_size > 0)
		memcpy(c->body, c->in + size, c->body_size);
	c->taken += c->body_size;
	if (c->head.expects && c->body_size == 0 && c->head.body > 0) {
		(void)channel_send(&c->channel, parts); /* without it the client sends its body after a while all the same */
	}
	enter(c, STAGE_BODY);
}

/* RFC 9112 section 2.2: empty lines before a request are passed over. */
static void skip_empty(struct connection *c)
{
	size_t at = 0;
	while (at + 2 <= c->filled && memcmp(c->in + at, "\r\n", 2) == 0)
		at += 2;
	c->filled -= at;
	if (at > 0)
		memmove(c->in, c->in + at, c->filled);
	c->seen = at > 0 ? 0 : c->seen;
}

static bool step_head(struct connection *c)
{
	size_t size = 0;
	struct error e;
	skip_empty(c);
	if (c->stage == STAGE_IDLE && c->filled > 0)
		begin_exchange(c);
	size_t end = c->filled == 0 ? 0 : head_end(c->in, c->filled, &c->seen);
	if (end > 0) {
		take_head(c, end);
		return true;
	}
	if (c->filled == HEAD_MOST) {
		fail(&e, REFUSED, "a head of more than %d octets", HEAD_MOST);
		refuse(c, 431, title_of(431), &e);
		return true;
	}
	if (!array_room(&c->in, &c->room, c->room == 0 ? FIRST_ROOM : c->filled + 1, 1)) {
		connection_close(c);
		return false;
	}
	if (!read_on(c, c->in + c->filled, c->room - c->filled, &size))
		return false;
	c->filled += size;
	return true;
}

static bool take_form(struct connection *c, struct error *e)
{
	struct request *r = &c->exchange.request;
	static const char form[] = "application/x-www-form-urlencoded";
	r->body = (struct piece){ "", 0 };
	if (c->body_size == 0)
		return true;
	c->body[c->body_size] = '\0';
	r->body = (struct piece){ c->body, c->body_size };
	if (strncasecmp(r->type.at, form, sizeof form - 1) != 0)
		return true;
	return request_form(r, c->body, c->body_size, c->decoded + c->head.target.size + 1, e) == DONE;
}

static void resume(struct exchange *);

/* The whole request is here. */
static bool dispatch(struct connection *c)
{
	struct exchange *x = &c->exchange;
	struct updater *u = c->http->updater;
	struct error e;
	u->counters.requests++;
	if (!take_form(c, &e)) {
		refuse(c, 400, title_of(400), &e);
		return true;
	}
	if (route_run(u, x)) {
		answer(c);
		return true;
	}
	enter(c, STAGE_WAITING);
	x->resume = resume;
	batch_add(u, x);
	return false;
}

static bool step_body(struct connection *c)
{
	size_t size = 0;
	if (c->body_size == c->head.body)
		return dispatch(c);
	if (!read_on(c, c->body + c->body_size, c->head.body - c->body_size, &size))
		return false;
	c->body_size += size;
	return true;
}

/* Agreeing upon TLS. */

/* Who speaks HTTP here is told so, in words that he understands. */
static bool refuse_plain(struct connection *c)
{
	struct error e;
	channel_bare(&c->channel);
	begin_exchange(c);
	fail(&e, REFUSED, "this port speaks HTTPS");
	refuse(c, 400, "plain HTTP at a port for HTTPS", &e);
	return true;
}

/* The work is a thread's; the loop only sees that there is some. */
static bool step_shake(struct connection *c)
{
	enum channel_said there;
	if (c->handshake.away)
		c->handshake.missed = true;
	else if ((there = channel_peek(&c->channel)) == CHANNEL_PLAIN)
		return refuse_plain(c);
	else if (there == CHANNEL_AGREED) {
		c->place.held = true; /* it waits for us, and not we for it */
		handshakes_ask(&c->http->handshakes, &c->handshake);
	} else if (there != CHANNEL_LATER)
		connection_close(c);
	return false;
}

static void note_agreed(struct connection *c)
{
	struct updater *u = c->http->updater;
	struct counters *counters = &u->counters;
	int version = tls_session_version(c->channel.tls);
	counters->tls[version]++;
	tls_uses_note(&u->tls_uses, (unsigned)version, &c->place.client, steering_day(clock_date()));
	counters->tls_resumed += SSL_session_reused(c->channel.tls) == 1;
	enter(c, STAGE_IDLE);
}

/* Closing at once could cost the client the alert that says why. */
static void note_failed(struct connection *c)
{
	c->http->updater->counters.tls_failed++;
	log_debug("a handshake failed from=%d why=\"%s\"", c->watched.fd, c->handshake.why.text);
	hang_up(c);
}

void connection_shaken(struct handshake *h)
{
	struct connection *c = connection_of_handshake(h);
	if (c->watched.fd < 0) {
		bring_down(c);
		return;
	}
	c->place.held = false;
	if (c->http->handshakes.count == 0) { /* the threads have ended, and so does the updater */
		connection_close(c);
		return;
	}
	if (h->said == CHANNEL_AGREED)
		note_agreed(c);
	else if (h->said == CHANNEL_BROKEN)
		note_failed(c);
	else if (!h->missed)
		return;
	connection_go_on(c);
}

void connection_begin(struct connection *c, struct http *http, int fd, SSL *session)
{
	c->watched = (struct watched){ fd, WATCHED_CONNECTION };
	c->http = http;
	c->head.keep = true;
	c->stage = session != NULL ? STAGE_SHAKING : STAGE_IDLE;
	c->channel.fd = fd;
	c->handshake.channel = &c->channel;
	crowd_add(&http->crowd, &c->place, clock_ticks());
	http->updater->counters.connections++;
	http->updater->counters.open = http->crowd.count;
	if (session != NULL && !channel_secure(&c->channel, session)) {
		SSL_free(session);
		connection_close(c);
		return;
	}
	connection_go_on(c);
}

/* As far as it goes with what has come. */
void connection_go_on(struct connection *c)
{
	static bool (*const steps[STAGES])(struct connection *) = { step_shake, step_head, step_head, step_body, NULL, NULL,
		step_reply, step_closing };
	bool more = true;
	int requests = 0;
	while (more && c->watched.fd >= 0 && steps[c->stage] != NULL && requests < IN_A_TURN) {
		requests += c->stage == STAGE_REPLY;
		more = steps[c->stage](c);
	}
	struct epoll_event again = { .events = CONNECTION_EVENTS, .data.ptr = c };
	if (requests == IN_A_TURN && c->watched.fd >= 0)
		epoll_ctl(c->http->epoll, EPOLL_CTL_MOD, c->watched.fd, &again); /* it is reported once more */
}

static void resume(struct exchange *x)
{
	struct connection *c = connection_of_exchange(x);
	answer(c);
	connection_go_on(c);
}

/* A request that did not come in time is told so; whoever did not begin one is not. */
static void expire(struct connection *c)
{
	struct error e;
	c->http->updater->counters.slow_closed++;
	if (c->stage != STAGE_HEAD && c->stage != STAGE_BODY) {
		connection_close(c);
		return;
	}
	fail(&e, REFUSED, "the request did not come in time");
	refuse(c, 408, "the request did not come in time", &e);
	connection_go_on(c);
}

void connection_look(struct connection *c, int64_t now)
{
	if (c->stage == STAGE_SLOWED && now >= c->due) {
		begin_reply(c);
		connection_go_on(c);
	} else if (now - c->place.since > stage_lasts[c->stage]) {
		expire(c);
	}
}
