/* SPDX-License-Identifier: BSD-2-Clause */
#include "updater/http.h"

#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "updater/batch.h"
#include "updater/reply.h"
#include "updater/route.h"
#include "updater/strict.h"

enum {
	IDLE = 10,                    /* seconds without a byte (trust.md C) */
	REQUEST_TIME = 10000,         /* milliseconds for a whole request or reply */
	CONNECTION_MEMORY = 16 * 1024, /* libmicrohttpd's buffers: bounds the head of a request */
	BACKLOG = 1024,
	DESCRIPTORS_OURS = 40,        /* that are not connections */
};

/* Where a request stands. */
enum stage { STAGE_NONE, STAGE_TARGET, STAGE_BODY, STAGE_WAITING, STAGE_ANSWERED };

/* A connection, from its first byte to its last. */
struct link {
	struct exchange exchange; /* first, so that an exchange leads here */
	struct link *next, **previous;
	struct http *http;
	struct MHD_Connection *connection;
	struct address peer;
	int fd;
	int64_t since; /* ticks of the last reply, or of the start */
	enum stage stage;
	const char *place;  /* of the target in libmicrohttpd's buffer; never read from here */
	size_t target_size; /* as it was; more than REQUEST_TARGET: not kept */
	size_t body_size;
	char *body; /* REQUEST_BODY bytes, once a request had one */
	char target[REQUEST_TARGET + 1], room[REQUEST_TARGET + 1];
	char *form; /* the decoded arguments of a body */
};

struct http {
	struct updater *updater;
	struct MHD_Daemon *daemons[LISTEN_MOST];
	int sockets[LISTEN_MOST];
	size_t count, connections;
	struct link *links;
};

/* Accepting. */

static size_t connections_of(const struct http *http, const struct address *peer)
{
	size_t count = 0;
	size_t size = peer->family == ADDRESS_V4 ? 4 : 8; /* IPv6 by /64 */
	for (const struct link *link = http->links; link != NULL; link = link->next)
		count += link->peer.family == peer->family
			&& memcmp(link->peer.bytes, peer->bytes, size) == 0;
	return count;
}

static enum MHD_Result accept_policy(void *context, const struct sockaddr *from, socklen_t size)
{
	struct http *http = context;
	const struct settings *s = &http->updater->settings;
	struct address peer = address_of(from);
	(void)size;
	bool fits = http->connections < (size_t)s->connections
		&& (networks_hold(&s->unlimited, &peer) || connections_of(http, &peer) < (size_t)s->connections_each);
	if (!fits)
		http->updater->counters.connections_refused++;
	return fits ? MHD_YES : MHD_NO;
}

static void connection_started(struct http *http, struct MHD_Connection *connection, void **context)
{
	struct link *link = calloc(1, sizeof *link);
	if (link == NULL)
		return; /* its requests are refused */
	link->http = http;
	link->connection = connection;
	link->peer = address_of(MHD_get_connection_info(connection,
		MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr);
	link->fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
	link->since = clock_ticks();
	link->next = http->links;
	link->previous = &http->links;
	if (link->next != NULL)
		link->next->previous = &link->next;
	http->links = link;
	http->connections++;
	http->updater->counters.connections++;
	*context = link;
}

static void connection_closed(struct link *link)
{
	if (link == NULL)
		return;
	*link->previous = link->next;
	if (link->next != NULL)
		link->next->previous = link->previous;
	link->http->connections--;
	arena_free(&link->exchange.arena);
	free(link->body);
	free(link->form);
	free(link);
}

static void notify_connection(void *context, struct MHD_Connection *connection, void **link,
	enum MHD_ConnectionNotificationCode code)
{
	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		connection_started(context, connection, link);
	else
		connection_closed(*link);
}

/* Requests. */

static struct link *link_of(struct MHD_Connection *connection)
{
	return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

static void *target_seen(void *context, const char *target, struct MHD_Connection *connection)
{
	struct link *link = link_of(connection);
	(void)context;
	if (link == NULL)
		return NULL;
	link->stage = STAGE_TARGET;
	link->place = target;
	link->target_size = strlen(target);
	link->body_size = 0;
	size_t kept = link->target_size < REQUEST_TARGET ? link->target_size : REQUEST_TARGET;
	memcpy(link->target, target, kept);
	link->target[kept] = '\0';
	return link;
}

static void request_done(void *context, struct MHD_Connection *connection, void **request,
	enum MHD_RequestTerminationCode code)
{
	struct link *link = *request;
	(void)context;
	(void)connection;
	(void)code;
	if (link == NULL)
		return;
	if (link->stage == STAGE_WAITING)
		batch_forget(link->http->updater, &link->exchange);
	link->stage = STAGE_NONE;
	link->since = clock_ticks();
	arena_free(&link->exchange.arena);
	*request = NULL;
}

static void add_header(struct MHD_Response *response, const char *name, const char *value)
{
	if (value != NULL)
		MHD_add_response_header(response, name, value);
}

static enum MHD_Result send_reply(struct link *link)
{
	const struct reply *reply = &link->exchange.reply;
	struct counters *counters = &link->http->updater->counters;
	union {
		const char *from;
		void *to;
	} body = { reply->body };
	struct MHD_Response *response = MHD_create_response_from_buffer(reply->size, body.to,
		MHD_RESPMEM_MUST_COPY);
	char retry[12];
	if (response == NULL)
		return MHD_NO;
	snprintf(retry, sizeof retry, "%d", reply->retry);
	add_header(response, "Content-Type", reply->type);
	add_header(response, "Cache-Control", "no-store");
	add_header(response, "WWW-Authenticate", reply->authenticate);
	add_header(response, "Allow", reply->allow);
	add_header(response, "Location", reply->location);
	add_header(response, "Retry-After", reply->retry > 0 ? retry : NULL);
	const struct route *route = link->exchange.route;
	bool close = reply->close || (route != NULL && route->api == API_KITE);
	add_header(response, "Connection", close ? "close" : NULL);
	enum MHD_Result queued = MHD_queue_response(link->connection, (unsigned)reply->status, response);
	MHD_destroy_response(response);
	link->stage = STAGE_ANSWERED;
	counters->replies[reply->status / 100 % 6]++;
	return queued;
}

static const char *header(const struct link *link, const char *name)
{
	const char *value = MHD_lookup_connection_value(link->connection, MHD_HEADER_KIND, name);
	return value == NULL ? "" : value;
}

static enum method method_read(const char *text)
{
	static const char *const names[METHOD_OTHER] = { "GET", "HEAD", "POST", "PUT", "DELETE" };
	int i = 0;
	while (i < METHOD_OTHER && strcmp(names[i], text) != 0)
		i++;
	return (enum method)i;
}

static enum MHD_Result last_forwarded(void *context, enum MHD_ValueKind kind, const char *name,
	const char *value)
{
	(void)kind;
	if (strcasecmp(name, "X-Forwarded-For") == 0 || strcasecmp(name, "Forwarded") == 0)
		*(const char **)context = value == NULL ? "" : value;
	return MHD_YES;
}

static void find_caller(struct link *link)
{
	const struct settings *s = &link->http->updater->settings;
	struct request *r = &link->exchange.request;
	const char *forwarded = NULL;
	r->caller = link->peer;
	if (networks_hold(&s->trusted_proxies, &link->peer)) {
		MHD_get_connection_values(link->connection, MHD_HEADER_KIND, last_forwarded, &forwarded);
		struct address client;
		if (forwarded != NULL && request_forwarded(forwarded, &client))
			r->caller = client;
	}
	r->exempt = networks_hold(&s->unlimited, &r->caller);
}

static void refuse(struct link *link, int status, const char *title, const struct error *why)
{
	struct exchange *x = &link->exchange;
	link->http->updater->counters.malformed++;
	log_debug("refused a request from=%d status=%d: %s", link->fd, status, why->text);
	reply_problem(x, status, title, why->text);
	x->reply.close = true;
}

/* Fills the request from its head. False when it was refused. */
static bool take_head(struct link *link, const char *method, const char *version)
{
	struct exchange *x = &link->exchange;
	struct error e = { "" };
	x->request = (struct request){ .method = method_read(method), .path = { "", 0 } };
	x->reply = (struct reply){ 0 };
	x->route = NULL;
	int outcome = strict_check(link->connection, method, link->place, link->target_size, version,
		REQUEST_BODY, &e);
	if (outcome == HARMFUL) {
		refuse(link, 413, "the body is too large", &e);
		return false;
	}
	if (outcome == DONE && link->target_size > REQUEST_TARGET) {
		refuse(link, 414, "the target is too long", &e);
		return false;
	}
	if (outcome == DONE)
		outcome = request_target(&x->request, link->target, link->target_size, link->room, &e);
	if (outcome != DONE) {
		refuse(link, 400, "malformed request", &e);
		return false;
	}
	x->request.authorization = header(link, "Authorization");
	x->request.api_user = header(link, "X-Api-User");
	x->request.api_key = header(link, "X-Api-Key");
	x->request.agent = header(link, "User-Agent");
	x->request.type = (struct piece){ header(link, "Content-Type"), 0 };
	x->request.type.size = strlen(x->request.type.at);
	find_caller(link);
	return true;
}

/* A part of the body. False when it is too much. */
static bool take_body(struct link *link, const char *bytes, size_t size)
{
	if (link->body == NULL)
		link->body = malloc(REQUEST_BODY + 1);
	if (link->body == NULL || size > REQUEST_BODY - link->body_size)
		return false;
	memcpy(link->body + link->body_size, bytes, size);
	link->body_size += size;
	link->body[link->body_size] = '\0';
	return true;
}

static bool take_form(struct link *link, struct error *e)
{
	struct request *r = &link->exchange.request;
	static const char form[] = "application/x-www-form-urlencoded";
	r->body = (struct piece){ link->body_size == 0 ? "" : link->body, link->body_size };
	if (link->body_size == 0 || strncasecmp(r->type.at, form, sizeof form - 1) != 0)
		return true;
	if (link->form == NULL)
		link->form = malloc(REQUEST_BODY + 1);
	if (link->form == NULL)
		return fail(e, FAILED, "out of memory") == DONE;
	return request_form(r, link->body, link->body_size, link->form, e) == DONE;
}

/* The whole request is here. */
static enum MHD_Result dispatch(struct link *link)
{
	struct exchange *x = &link->exchange;
	struct error e;
	link->http->updater->counters.requests++;
	if (!take_form(link, &e)) {
		refuse(link, 400, "malformed request", &e);
		return send_reply(link);
	}
	if (route_run(link->http->updater, x))
		return send_reply(link);
	link->stage = STAGE_WAITING;
	x->resume = http_resume;
	batch_add(link->http->updater, x);
	MHD_suspend_connection(link->connection);
	return MHD_YES;
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload, size_t *upload_size, void **request)
{
	struct link *link = *request;
	(void)context;
	(void)connection;
	(void)url;
	if (link == NULL)
		return MHD_NO;
	if (link->stage == STAGE_TARGET) {
		link->stage = STAGE_BODY;
		return take_head(link, method, version) ? MHD_YES : send_reply(link);
	}
	if (link->stage == STAGE_WAITING)
		return link->exchange.reply.status == 0 ? MHD_YES : send_reply(link);
	if (link->stage != STAGE_BODY)
		return MHD_YES;
	if (*upload_size == 0)
		return dispatch(link);
	bool fits = take_body(link, upload, *upload_size);
	*upload_size = 0;
	return fits ? MHD_YES : MHD_NO;
}

void http_resume(struct exchange *x)
{
	MHD_resume_connection(((struct link *)(void *)x)->connection);
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
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (address.ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, text[0] == ':' ? &off : &on, sizeof on);
	if (bind(fd, (struct sockaddr *)&address, size) != 0 || listen(fd, BACKLOG) != 0) {
		outcome = fail(e, FAILED, "listening at %s: %s", text, strerror(errno));
		close(fd);
		return outcome;
	}
	http->sockets[http->count++] = fd;
	return DONE;
}

static void quiet(void *context, const char *format, va_list arguments)
{
	(void)context;
	(void)format;
	(void)arguments; /* it speaks of single requests, and quotes them */
}

static int start_daemon(struct http *http, size_t i, struct error *e)
{
	struct rlimit files = { 0, 0 };
	getrlimit(RLIMIT_NOFILE, &files);
	rlim_t most = (rlim_t)http->updater->settings.connections;
	if (files.rlim_cur < most + DESCRIPTORS_OURS)
		most = files.rlim_cur < 2 * DESCRIPTORS_OURS ? 16 : files.rlim_cur - DESCRIPTORS_OURS;
	http->daemons[i] = MHD_start_daemon(
		MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, accept_policy, http,
		handle, http, MHD_OPTION_EXTERNAL_LOGGER, quiet, NULL,
		MHD_OPTION_LISTEN_SOCKET, http->sockets[i],
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)most,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
		MHD_OPTION_STRICT_FOR_CLIENT, 0, /* updater/strict.c is stricter, and says why */
		MHD_OPTION_URI_LOG_CALLBACK, target_seen, http,
		MHD_OPTION_NOTIFY_CONNECTION, notify_connection, http,
		MHD_OPTION_NOTIFY_COMPLETED, request_done, http, MHD_OPTION_END);
	return http->daemons[i] == NULL ? fail(e, FAILED, "libmicrohttpd did not start") : DONE;
}

int http_open(struct updater *u, struct error *e)
{
	struct http *http = calloc(1, sizeof *http);
	if (http == NULL)
		return fail(e, FAILED, "out of memory");
	http->updater = u;
	u->http = http;
	const char *rest = u->settings.listen;
	size_t length;
	int outcome = DONE;
	for (const char *word; outcome == DONE && (word = text_word(&rest, ", ", &length)) != NULL;) {
		char *text = arena_text_part(&u->arena, word, length);
		outcome = text == NULL ? fail(e, FAILED, "out of memory") : listen_at(http, text, e);
	}
	for (size_t i = 0; outcome == DONE && i < http->count; i++)
		outcome = start_daemon(http, i, e);
	return outcome;
}

void http_addresses(const struct http *http, struct text *out)
{
	for (size_t i = 0; i < http->count; i++) {
		struct sockaddr_storage address;
		socklen_t size = sizeof address;
		char text[ENDPOINT_TEXT] = "?";
		if (getsockname(http->sockets[i], (struct sockaddr *)&address, &size) == 0)
			endpoint_write((struct sockaddr *)&address, text);
		text_addf(out, "%s%s", i == 0 ? "" : " ", text);
	}
}

size_t http_descriptors(const struct http *http, int descriptors[LISTEN_MOST])
{
	for (size_t i = 0; i < http->count; i++)
		descriptors[i] = MHD_get_daemon_info(http->daemons[i], MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
	return http->count;
}

int64_t http_timeout(const struct http *http)
{
	int64_t least = 1000;
	MHD_UNSIGNED_LONG_LONG each;
	for (size_t i = 0; i < http->count; i++)
		if (MHD_get_timeout(http->daemons[i], &each) == MHD_YES && (int64_t)each < least)
			least = (int64_t)each;
	return least;
}

void http_run(struct http *http)
{
	for (size_t i = 0; i < http->count; i++)
		MHD_run(http->daemons[i]);
}

void http_sweep(struct http *http, int64_t now)
{
	for (struct link *link = http->links; link != NULL; link = link->next)
		if (link->stage != STAGE_WAITING && now - link->since > REQUEST_TIME) {
			http->updater->counters.slow_closed++;
			shutdown(link->fd, SHUT_RDWR); /* libmicrohttpd sees it and cleans up */
			link->since = now;
		}
}

void http_quiesce(struct http *http)
{
	for (size_t i = 0; i < http->count; i++) {
		int fd = MHD_quiesce_daemon(http->daemons[i]);
		if (fd >= 0)
			close(fd);
	}
}

size_t http_connections(const struct http *http)
{
	return http->connections;
}

void http_close(struct http *http)
{
	for (size_t i = 0; i < http->count; i++)
		if (http->daemons[i] != NULL)
			MHD_stop_daemon(http->daemons[i]);
	free(http);
}
