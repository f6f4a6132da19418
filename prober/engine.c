/* SPDX-License-Identifier: BSD-2-Clause */
/* The sockets of all visits, and their timeouts. */
#include "prober/engine.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/secret.h"

/* One visit; fd is -1 while it has no connection, subject NULL while the slot is free. */
struct slot {
	void *subject;
	int fd;
	bool connected;
	int64_t deadline;
	struct question question;
	struct visit visit;
	struct talk talk;
	struct slot *free;
};

struct engine {
	struct engine_limits limits;
	engine_done *done;
	void *context;
	struct slot *slots, *free;
	size_t busy;
	int epoll;
};

static socklen_t endpoint_of(const struct address *address, uint16_t port,
	struct sockaddr_storage *to)
{
	*to = (struct sockaddr_storage){ 0 };
	if (address->family == ADDRESS_V4) {
		struct sockaddr_in *in = (void *)to;
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		memcpy(&in->sin_addr, address->bytes, 4);
		return sizeof *in;
	}
	struct sockaddr_in6 *in = (void *)to;
	in->sin6_family = AF_INET6;
	in->sin6_port = htons(port);
	memcpy(&in->sin6_addr, address->bytes, 16);
	return sizeof *in;
}

/* Whether an error tells of this machine rather than of the relay. */
static bool ours(int fault)
{
	static const int faults[] = { ENETUNREACH, ENETDOWN, EADDRNOTAVAIL, EAFNOSUPPORT, EMFILE, ENFILE,
		ENOBUFS, ENOMEM, EACCES, EPERM };
	for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
		if (faults[i] == fault)
			return true;
	return false;
}

static void hang_up(struct slot *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

static void fail_to_connect(struct slot *s, int fault)
{
	talk_end(&s->talk, ours(fault) ? TALK_UNABLE : TALK_UNREACHED, strerror(fault));
	hang_up(s);
}

static void call(struct engine *engine, struct slot *s, const struct address *address)
{
	struct sockaddr_storage to;
	struct epoll_event event = { .events = EPOLLOUT, .data.ptr = s };
	socklen_t size = endpoint_of(address, s->visit.orders.port, &to);
	s->connected = false;
	s->deadline = clock_ticks() + engine->limits.timeout;
	s->fd = socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd < 0
		|| (connect(s->fd, (struct sockaddr *)&to, size) != 0 && errno != EINPROGRESS)
		|| epoll_ctl(engine->epoll, EPOLL_CTL_ADD, s->fd, &event) != 0)
		fail_to_connect(s, errno);
}

/* Goes on from answer to question until something must be waited for, or the visit is over. */
static void go_on(struct engine *engine, struct slot *s)
{
	struct address address;
	uint8_t random[HELLO_RANDOM] = { 0 };
	while (s->fd < 0 && visit_next(&s->visit, &s->question, &address)) {
		secret_random(random, sizeof random, NULL); /* without, the hello is only less plausible */
		talk_begin(&s->talk, &s->question, random);
		call(engine, s, &address);
		if (s->fd < 0)
			visit_answer(&s->visit, &s->question, &s->talk.answer);
	}
	if (s->fd >= 0)
		return;
	void *subject = s->subject;
	s->subject = NULL;
	s->free = engine->free;
	engine->free = s;
	engine->busy--;
	engine->done(subject, &s->visit.finding, engine->context);
}

static void conclude(struct engine *engine, struct slot *s)
{
	hang_up(s);
	visit_answer(&s->visit, &s->question, &s->talk.answer);
	go_on(engine, s);
}

static void speak(struct slot *s)
{
	ssize_t size = (ssize_t)s->talk.out_size;
	if (size > 0 && send(s->fd, s->talk.out, (size_t)size, MSG_NOSIGNAL) != size)
		talk_end(&s->talk, TALK_RESET, "");
	s->talk.out_size = 0;
}

static void answer_call(struct engine *engine, struct slot *s)
{
	int fault = 0;
	socklen_t size = sizeof fault;
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = s };
	getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &fault, &size);
	if (fault == 0 && epoll_ctl(engine->epoll, EPOLL_CTL_MOD, s->fd, &event) != 0)
		fault = errno;
	s->connected = fault == 0;
	if (fault == 0)
		speak(s);
	else
		fail_to_connect(s, fault);
}

static void listen_to(struct slot *s)
{
	uint8_t bytes[4096];
	ssize_t got = recv(s->fd, bytes, sizeof bytes, 0);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0)
		talk_end(&s->talk, got == 0 ? TALK_CLOSED : TALK_RESET, "");
	else if (talk_take(&s->talk, bytes, (size_t)got))
		speak(s);
}

static void hear(struct engine *engine, struct slot *s)
{
	if (s->connected)
		listen_to(s);
	else
		answer_call(engine, s);
	if (s->talk.over)
		conclude(engine, s);
}

static void end_late(struct engine *engine, struct slot *s)
{
	if (s->connected)
		talk_end(&s->talk, TALK_TIMEOUT, "");
	else
		talk_end(&s->talk, TALK_UNREACHED, "no connection in time");
	conclude(engine, s);
}

/* Ends what took too long; returns the milliseconds until the next does, at most MOST. */
static int expire(struct engine *engine, int most)
{
	int64_t now = clock_ticks(), next = now + most;
	for (struct slot *s = engine->slots; s < engine->slots + engine->limits.width; s++) {
		if (s->subject != NULL && s->fd >= 0 && s->deadline <= now)
			end_late(engine, s);
		if (s->subject != NULL && s->deadline < next)
			next = s->deadline;
	}
	return next <= now ? 0 : (int)(next - now);
}

int engine_wait(struct engine *engine, int milliseconds, struct error *e)
{
	struct epoll_event events[64];
	/* Events before timeouts: when we were held up, an answer may lie there for longer than its deadline. */
	int ready = epoll_wait(engine->epoll, events, 64, 0);
	if (ready == 0)
		ready = epoll_wait(engine->epoll, events, 64, expire(engine, milliseconds));
	if (ready < 0 && errno != EINTR)
		return fail(e, FAILED, "epoll_wait: %s", strerror(errno));
	for (int i = 0; i < ready; i++) {
		struct slot *s = events[i].data.ptr;
		if (s != NULL && s->subject != NULL && s->fd >= 0)
			hear(engine, s);
	}
	if (ready > 0)
		expire(engine, 0);
	return DONE;
}

void engine_start(struct engine *engine, const struct orders *orders, void *subject)
{
	struct slot *s = engine->free;
	engine->free = s->free;
	engine->busy++;
	s->subject = subject;
	s->fd = -1;
	visit_begin(&s->visit, orders);
	go_on(engine, s);
}

bool engine_full(const struct engine *engine)
{
	return engine->free == NULL;
}

bool engine_idle(const struct engine *engine)
{
	return engine->busy == 0;
}

void engine_excuse(struct engine *engine, int64_t milliseconds)
{
	for (struct slot *s = engine->slots; s < engine->slots + engine->limits.width; s++)
		s->deadline += milliseconds;
}

int engine_open(struct engine **opened, const struct engine_limits *limits, engine_done *done,
	void *context, struct error *e)
{
	struct engine *engine = calloc(1, sizeof *engine);
	struct epoll_event event = { .events = EPOLLIN };
	if (engine == NULL)
		return fail(e, FAILED, "out of memory");
	*engine = (struct engine){ .limits = *limits, .done = done, .context = context,
		.slots = calloc(limits->width, sizeof *engine->slots),
		.epoll = epoll_create1(EPOLL_CLOEXEC) };
	for (size_t i = limits->width; engine->slots != NULL && i-- > 0;) {
		engine->slots[i].fd = -1;
		engine->slots[i].free = engine->free;
		engine->free = &engine->slots[i];
	}
	int outcome = engine->slots == NULL || engine->epoll < 0
		? fail(e, FAILED, "out of memory or descriptors")
		: DONE;
	if (outcome == DONE && limits->wake >= 0
		&& epoll_ctl(engine->epoll, EPOLL_CTL_ADD, limits->wake, &event) != 0)
		outcome = fail(e, FAILED, "epoll_ctl: %s", strerror(errno));
	if (outcome == DONE)
		*opened = engine;
	else
		engine_close(engine);
	return outcome;
}

void engine_close(struct engine *engine)
{
	for (size_t i = 0; engine->slots != NULL && i < engine->limits.width; i++) {
		struct slot *s = &engine->slots[i];
		if (s->fd >= 0)
			talk_end(&s->talk, TALK_UNABLE, "it was cut short");
		hang_up(s);
		if (s->subject != NULL)
			engine->done(s->subject, &(struct finding){ .reason = "" }, engine->context);
	}
	if (engine->epoll >= 0)
		close(engine->epoll);
	free(engine->slots);
	free(engine);
}
