/* SPDX-License-Identifier: BSD-2-Clause */
#include "prober/round.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/clock.h"

/* A conversation with one target; fd is -1 while the slot is free. */
struct talk {
	struct target *target;
	int fd;
	bool asked;
	int64_t deadline;
	size_t size;
	char bytes[PING_REPLY_MOST];
};

struct round {
	const struct round_limits *limits;
	struct talk *talks;
	int epoll;
	size_t open;
};

static void finish(struct round *r, struct talk *t, const char *reason)
{
	t->target->well = reason == NULL;
	snprintf(t->target->reason, sizeof t->target->reason, "%s", reason == NULL ? "" : reason);
	if (t->fd >= 0) {
		close(t->fd);
		r->open--;
	}
	t->fd = -1;
}

static socklen_t endpoint_of(const struct target *target, struct sockaddr_storage *to)
{
	*to = (struct sockaddr_storage){ 0 };
	if (target->address.family == ADDRESS_V4) {
		struct sockaddr_in *in = (void *)to;
		in->sin_family = AF_INET;
		in->sin_port = htons(target->port);
		memcpy(&in->sin_addr, target->address.bytes, 4);
		return sizeof *in;
	}
	struct sockaddr_in6 *in = (void *)to;
	in->sin6_family = AF_INET6;
	in->sin6_port = htons(target->port);
	memcpy(&in->sin6_addr, target->address.bytes, 16);
	return sizeof *in;
}

static void start(struct round *r, struct talk *t, struct target *target)
{
	struct sockaddr_storage to;
	socklen_t size = endpoint_of(target, &to);
	t->target = target;
	t->asked = false;
	t->size = 0;
	t->deadline = clock_ticks() + r->limits->timeout;
	t->fd = socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (t->fd < 0) {
		finish(r, t, strerror(errno));
		return;
	}
	r->open++;
	struct epoll_event event = { .events = EPOLLOUT, .data.ptr = t };
	if (connect(t->fd, (struct sockaddr *)&to, size) != 0 && errno != EINPROGRESS)
		finish(r, t, strerror(errno));
	else if (epoll_ctl(r->epoll, EPOLL_CTL_ADD, t->fd, &event) != 0)
		finish(r, t, strerror(errno));
}

static void ask(struct round *r, struct talk *t)
{
	int fault = 0;
	socklen_t size = sizeof fault;
	getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &fault, &size);
	if (fault != 0) {
		finish(r, t, strerror(fault));
		return;
	}
	const char *request = ping_requests[PING_TODAY];
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = t };
	t->asked = true;
	if (send(t->fd, request, strlen(request), MSG_NOSIGNAL) != (ssize_t)strlen(request))
		finish(r, t, "the connection broke");
	else if (epoll_ctl(r->epoll, EPOLL_CTL_MOD, t->fd, &event) != 0)
		finish(r, t, strerror(errno));
}

static void listen_to(struct round *r, struct talk *t)
{
	ssize_t got = recv(t->fd, t->bytes + t->size, sizeof t->bytes - t->size, 0);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	bool ended = got <= 0;
	t->size += ended ? 0 : (size_t)got;
	ended |= t->size == sizeof t->bytes;
	switch (ping_read(PING_TODAY, t->bytes, t->size, ended, &t->target->reply)) {
	case PING_MORE:
		break;
	case PING_WELL:
		finish(r, t, NULL);
		break;
	case PING_WRONG:
		finish(r, t, t->size == 0 ? "it closed without an answer" : "it does not answer pings as relays do");
		break;
	}
}

/* Ends what took too long; returns the milliseconds until the next does. */
static int expire(struct round *r)
{
	int64_t now = clock_ticks(), next = now + r->limits->timeout;
	for (struct talk *t = r->talks; t < r->talks + r->limits->width; t++) {
		if (t->fd >= 0 && t->deadline <= now)
			finish(r, t, t->asked ? "no answer in time" : "no connection in time");
		if (t->fd >= 0 && t->deadline < next)
			next = t->deadline;
	}
	return (int)(next - now);
}

static size_t fill(struct round *r, struct target *targets, size_t at, size_t count)
{
	for (struct talk *t = r->talks; t < r->talks + r->limits->width && at < count; t++)
		while (t->fd < 0 && at < count)
			start(r, t, &targets[at++]);
	return at;
}

static int converse(struct round *r, struct target *targets, size_t count, struct error *e)
{
	size_t at = 0;
	for (;;) {
		int wait = expire(r);
		at = fill(r, targets, at, count);
		if (r->open == 0 && at == count)
			return DONE;
		struct epoll_event events[32];
		int ready = epoll_wait(r->epoll, events, 32, wait);
		if (ready < 0 && errno != EINTR)
			return fail(e, FAILED, "epoll_wait: %s", strerror(errno));
		for (int i = 0; i < ready; i++) {
			struct talk *t = events[i].data.ptr;
			if (t == NULL)
				return UNCHANGED;
			if (t->asked)
				listen_to(r, t);
			else
				ask(r, t);
		}
	}
}

int round_run(struct target *targets, size_t count, const struct round_limits *limits, struct error *e)
{
	struct round r = { .limits = limits, .epoll = epoll_create1(EPOLL_CLOEXEC) };
	r.talks = calloc(limits->width, sizeof *r.talks);
	int outcome = DONE;
	struct epoll_event event = { .events = EPOLLIN };
	if (r.talks == NULL || r.epoll < 0)
		outcome = fail(e, FAILED, "out of memory or descriptors");
	else if (limits->stop >= 0 && epoll_ctl(r.epoll, EPOLL_CTL_ADD, limits->stop, &event) != 0)
		outcome = fail(e, FAILED, "epoll_ctl: %s", strerror(errno));
	for (size_t i = 0; r.talks != NULL && i < limits->width; i++)
		r.talks[i].fd = -1;
	if (outcome == DONE)
		outcome = converse(&r, targets, count, e);
	for (size_t i = 0; r.talks != NULL && i < limits->width; i++)
		if (r.talks[i].fd >= 0)
			close(r.talks[i].fd);
	if (r.epoll >= 0)
		close(r.epoll);
	free(r.talks);
	return outcome;
}
