/* SPDX-License-Identifier: BSD-2-Clause */
/* The name servers that forward UPDATEs, and what each has under way. */
#include "updater/forwarded.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "link/forward.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "updater/batch.h"
#include "updater/update.h"

enum {
	EVENTS = 16,
	SERVERS_MOST = 64,    /* name servers that are connected at once */
	MESSAGES_MOST = 1024, /* in the batch at once: a server has 256 at most under way */
	TURN = 64,            /* messages of one server before others have their turn */
};

/* A name server. It lives until its last message is answered, though it hung up. */
struct server {
	struct server *next;
	struct forwarders *forwarders;
	int fd; /* -1: it hung up */
	size_t pending;
};

struct forwarders {
	struct updater *updater;
	struct beside place;
	int epoll;
	bool quiet; /* nobody new is taken */
	size_t servers, pending;
	struct server *list;
	_Alignas(struct forward_certificate) uint8_t message[FORWARD_MESSAGE];
};

struct forwarded {
	struct exchange exchange; /* first, so that an exchange leads here */
	struct server *server;
	struct forward_head head;
	char message[];
};

/* A name server's connection, FD, is closed if there are too many. */
static void add_server(struct forwarders *g, int fd)
{
	struct server *s = g->servers >= SERVERS_MOST ? NULL : calloc(1, sizeof *s);
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = s };
	if (s == NULL || epoll_ctl(g->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
		close(fd);
		free(s);
		return;
	}
	*s = (struct server){ .next = g->list, .forwarders = g, .fd = fd };
	g->list = s;
	g->servers++;
}

int forwarded_open(struct forwarders **opened, struct updater *u, struct sockets *inherited, struct error *e)
{
	struct forwarders *g = calloc(1, sizeof *g);
	if (g == NULL)
		return fail(e, FAILED, "out of memory");
	g->updater = u;
	g->epoll = epoll_create1(EPOLL_CLOEXEC);
	int outcome = g->epoll < 0 ? fail(e, FAILED, "epoll: %s", strerror(errno))
				   : forward_listen(&g->place, u->settings.registry, sockets_take(inherited, "forward", NULL), e);
	if (outcome == UNCHANGED)
		log_notice("another updater takes what name servers forward: here none comes; %s", e->text);
	if (outcome == DONE || outcome == UNCHANGED)
		outcome = beside_watch(&g->place, g->epoll, (epoll_data_t){ .ptr = NULL }, e);
	if (outcome != DONE) {
		free(g);
		return outcome;
	}
	*opened = g;
	for (int fd; (fd = sockets_take(inherited, "server", NULL)) >= 0;)
		add_server(g, fd);
	return DONE;
}

int forwarded_descriptor(const struct forwarders *g)
{
	return g->epoll;
}

static void release(struct server *s)
{
	struct forwarders *g = s->forwarders;
	if (s->fd >= 0 || s->pending > 0)
		return;
	for (struct server **at = &g->list; *at != NULL; at = &(*at)->next)
		if (*at == s) {
			*at = s->next;
			break;
		}
	free(s);
}

static void hang_up(struct server *s)
{
	epoll_ctl(s->forwarders->epoll, EPOLL_CTL_DEL, s->fd, NULL); /* another process may hold it, too */
	close(s->fd);
	s->fd = -1;
	s->forwarders->servers--;
	release(s);
}

static void admit(struct forwarders *g)
{
	int fd = beside_accept(&g->place);
	if (fd >= 0)
		add_server(g, fd);
}

/* Sends an answer back. It is lost if its name server is gone or does not read; the client asks again then. */
static void answer(struct exchange *x)
{
	struct forwarded *f = (struct forwarded *)(void *)x;
	struct server *s = f->server;
	update_sent(s->forwarders->updater, x);
	if (s->fd >= 0 && forward_send(s->fd, &f->head, x->reply.body, x->reply.size) != DONE)
		log_debug("an answer to an UPDATE was lost");
	s->pending--;
	s->forwarders->pending--;
	release(s);
	arena_free(&x->arena);
	free(f);
}

/* Whether somebody should see to it. */
static bool is_urgent(const struct certificate *one)
{
	enum { SOON = 30 * 86400 };
	return one->trouble[0] != '\0' || one->expires < clock_date() + SOON;
}

static struct forward_certificate tell_one(const struct certificate *one)
{
	struct forward_certificate told = { .mark = FORWARD_MARK, .expires = one->expires };
	snprintf(told.names, sizeof told.names, "%.*s", FORWARD_NAMES - 1, one->names != NULL ? one->names : one->file);
	snprintf(told.trouble, sizeof told.trouble, "%.*s", FORWARD_TROUBLE - 1, one->trouble);
	return told;
}

/* Those that are urgent have room before the rest. The answer is lost, if the command does not read. */
static void tell_certificates(struct server *s, const struct forward_head *head)
{
	struct forwarders *g = s->forwarders;
	struct forward_certificate *list = (void *)g->message; /* which was empty */
	const struct certificates *c = g->updater->certificates;
	size_t count = 0;
	for (int urgent = 1; urgent >= 0; urgent--)
		for (size_t i = 0; c != NULL && i < c->count && count < sizeof g->message / sizeof *list; i++)
			if (is_urgent(c->list[i]) == urgent)
				list[count++] = tell_one(c->list[i]);
	(void)forward_send(s->fd, head, list, count * sizeof *list);
}

static void take(struct server *s, const struct forward_head *head, size_t size)
{
	struct forwarders *g = s->forwarders;
	struct updater *u = g->updater;
	if (head->wish == FORWARD_MOVE_SERIAL) {
		u->bell.serial_wanted = true; /* housekeeping sees to it */
		return;
	}
	if (head->wish == FORWARD_CERTIFICATES) {
		tell_certificates(s, head);
		return;
	}
	struct forwarded *f = calloc(1, sizeof *f + size);
	if (f == NULL)
		return;
	f->server = s;
	f->head = *head;
	if (size > 0)
		memcpy(f->message, g->message, size);
	struct exchange *x = &f->exchange;
	x->route = &update_route;
	x->resume = answer;
	x->request = (struct request){ .method = METHOD_OTHER, .path = { "", 0 }, .body = { f->message, size },
		.authorization = "", .agent = "",
		.host = "", .api_user = "", .api_key = "", .caller = head->client,
		.direct = true, .privileged = true, .exempt = networks_hold(&u->settings.unlimited, &head->client) };
	s->pending++;
	g->pending++;
	u->counters.forwarded++;
	if (g->pending <= MESSAGES_MOST) {
		batch_add(u, x);
		return;
	}
	update_trouble(x);
	answer(x);
}

static void serve(struct server *s)
{
	struct forward_head head;
	size_t size;
	for (int i = 0; i < TURN; i++) {
		int outcome = forward_take(s->fd, &head, s->forwarders->message, &size);
		if (outcome == DONE)
			take(s, &head, size);
		else if (outcome == UNCHANGED)
			return;
		else if (outcome == ABSENT) {
			hang_up(s);
			return;
		}
	}
}

void forwarded_run(struct forwarders *g)
{
	struct epoll_event events[EVENTS];
	if (!g->quiet)
		beside_keep(&g->place);
	int count = epoll_wait(g->epoll, events, EVENTS, 0);
	for (int i = 0; i < count; i++)
		if (events[i].data.ptr == NULL)
			admit(g);
		else
			serve(events[i].data.ptr);
}

void forwarded_quiesce(struct forwarders *g)
{
	beside_leave(&g->place);
	g->quiet = true;
	for (const struct server *s = g->list; s != NULL; s = s->next)
		if (s->fd >= 0)
			epoll_ctl(g->epoll, EPOLL_CTL_DEL, s->fd, NULL);
}

void forwarded_offer(const struct forwarders *g, struct sockets *all)
{
	if (g->place.fd >= 0)
		sockets_add(all, "forward", g->place.fd);
	for (const struct server *s = g->list; s != NULL; s = s->next)
		if (s->fd >= 0)
			sockets_add(all, "server", s->fd);
}

void forwarded_leave(struct forwarders *g)
{
	beside_hand_over(&g->place);
	forwarded_quiesce(g);
}

bool forwarded_busy(const struct forwarders *g)
{
	return g->pending > 0;
}

void forwarded_close(struct forwarders *g)
{
	beside_leave(&g->place);
	for (struct server *s = g->list, *next; s != NULL; s = next) {
		next = s->next;
		if (s->fd >= 0)
			close(s->fd);
		free(s);
	}
	close(g->epoll);
	free(g);
}
