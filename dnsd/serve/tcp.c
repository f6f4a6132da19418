/* SPDX-License-Identifier: BSD-2-Clause */
/* The thread of all connections: it lets them in, serves who is ready, and lets go whose time is up. */
#include "dnsd/serve/tcp.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>
#include <urcu-qsbr.h>

#include "dnsd/serve/forward.h"
#include "dnsd/serve/tcp_connection.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/ready.h"

enum {
	EVENTS = 64,
	ACCEPTS = 64, /* most newcomers in one go, so that other connections have their turn, too */
	TICK = 250,   /* milliseconds */
	OTHER_DESCRIPTORS = 512,
	SEND_BUFFER = 64 << 10, /* octets that the kernel keeps for a client that does not read; it doubles the value */
};

struct tcp_loop {
	struct tcp_server *server;
	int epoll;
	bool paused; /* no descriptors are left: nobody is accepted before the next tick */
	bool left;   /* nobody is accepted ever again */
	struct tcp_queue queue;
	uint8_t scratch[TCP_SCRATCH];
};

void tcp_prepare(int fd)
{
	const int on = 1, seconds = 5, buffer = SEND_BUFFER;
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
	setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof seconds);
}

/* Closes a connection, and discards what its client has not taken, which the kernel would offer for minutes else. */
static void drop(struct tcp_loop *l, struct tcp_place *place)
{
	const struct linger none = { .l_onoff = 1 };
	if (place->wait == TCP_WRITING)
		setsockopt(((struct tcp_connection *)place)->fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
	tcp_queue_remove(&l->queue, place);
	tcp_connection_free((struct tcp_connection *)place);
}

/* Waits for the socket to take unsent answers; only if there are none, for something to read. */
static bool watch(struct tcp_loop *l, struct tcp_connection *c, int operation)
{
	struct epoll_event event = { .data.ptr = c,
		.events = c->unsent != NULL ? EPOLLOUT : c->job != NULL ? 0 : EPOLLIN };
	return epoll_ctl(l->epoll, operation, c->fd, &event) == 0;
}

static void admit(struct tcp_loop *l, int fd, const struct address *client, bool known)
{
	struct tcp_connection *c = tcp_connection_new(fd);
	if (c == NULL) {
		close(fd);
		return;
	}
	tcp_queue_add(&l->queue, &c->place, client, known, clock_ticks());
	count_add(&l->server->counters, COUNT_TCP_CONNECTIONS, 1);
	if (!watch(l, c, EPOLL_CTL_ADD))
		drop(l, &c->place);
}

/* Stops or resumes accepting. Without descriptors, a listener with newcomers would be ready all the time. What cannot be
 * resumed is tried again. */
static void pause_accepting(struct tcp_loop *l, bool paused)
{
	l->paused = paused;
	for (size_t i = 0; i < l->server->fd_count; i++) {
		struct epoll_event event = { .events = paused ? 0 : EPOLLIN, .data.u64 = i };
		if (epoll_ctl(l->epoll, EPOLL_CTL_MOD, l->server->fds[i], &event) != 0)
			l->paused = true;
	}
}

static bool somebody_waits(int listener)
{
	struct pollfd ready = { .fd = listener, .events = POLLIN };
	return poll(&ready, 1, 0) != 0;
}

/* Frees a descriptor when none is left, by closing a stranger's connection that has waited long; but only if a newcomer
 * waits, for accept4 complains even if none does. False when there is no newcomer, or nothing to close. */
static bool find_descriptor(struct tcp_loop *l, int listener)
{
	bool lacking = errno == EMFILE || errno == ENFILE;
	if (!somebody_waits(listener))
		return false;
	struct tcp_place *victim = tcp_queue_victim(&l->queue, false);
	if (!lacking || victim == NULL) {
		pause_accepting(l, true);
		return false;
	}
	drop(l, victim);
	return true;
}

static void let_in(struct tcp_loop *l, int fd, struct address client)
{
	const struct worker *w = &l->server->worker;
	bool known = peers_know(&l->server->transfers->peers, view_snapshot(w->view), &client);
	struct tcp_place *victim;
	if (!tcp_queue_room(&l->queue, &client, known, &victim)) {
		close(fd);
		return;
	}
	if (victim != NULL)
		drop(l, victim);
	admit(l, fd, &client, known);
}

static void accept_some(struct tcp_loop *l, int listener)
{
	for (int i = 0; i < ACCEPTS; i++) {
		struct sockaddr_storage peer;
		socklen_t size = sizeof peer;
		int fd = accept4(listener, (struct sockaddr *)&peer, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0 && ready_passes(errno))
			return;
		if (fd < 0 && !find_descriptor(l, listener))
			return;
		if (fd < 0)
			continue;
		let_in(l, fd, address_of((const struct sockaddr *)&peer));
	}
}

/* Gives the connection to the threads that transfer zones. */
static void hand_over(struct tcp_loop *l, struct tcp_connection *c)
{
	size_t size;
	const uint8_t *message = tcp_connection_message(c, &size);
	if (epoll_ctl(l->epoll, EPOLL_CTL_DEL, c->fd, NULL) != 0) { /* its events would still name the connection */
		drop(l, &c->place);
		return;
	}
	tcp_queue_remove(&l->queue, &c->place);
	transfer_submit(l->server->transfers, c->fd, &c->place.client, message, size, c->place.known);
	tcp_connection_release(c);
}

static void serve(struct tcp_loop *l, struct tcp_connection *c)
{
	bool writing = c->unsent != NULL, waiting = c->job != NULL;
	enum tcp_fate fate = tcp_connection_serve(c, &l->queue, &l->server->worker, l->scratch, clock_ticks());
	if (fate == TCP_TRANSFERS) {
		hand_over(l, c);
		return;
	}
	if (fate == TCP_STAYS && (writing != (c->unsent != NULL) || waiting != (c->job != NULL))
		&& !watch(l, c, EPOLL_CTL_MOD))
		fate = TCP_OVER;
	if (fate == TCP_OVER)
		drop(l, &c->place);
}

static void expire(struct tcp_loop *l)
{
	int64_t now = clock_ticks();
	for (struct tcp_place *p; (p = tcp_queue_expired(&l->queue, now)) != NULL;)
		drop(l, p);
}

/* Takes answers to UPDATEs from the forwarder. */
static void take_done(struct tcp_loop *l)
{
	for (struct forward_job *job = forward_done(l->server->worker.settings->forwarder), *next; job != NULL; job = next) {
		struct tcp_connection *c = job->connection;
		next = job->next;
		enum tcp_fate fate = c == NULL ? TCP_STAYS
			: tcp_connection_resume(c, &l->queue, &l->server->worker, l->scratch, clock_ticks());
		if (fate == TCP_TRANSFERS)
			hand_over(l, c);
		else if (c != NULL && (fate == TCP_OVER || !watch(l, c, EPOLL_CTL_MOD)))
			drop(l, &c->place);
		forward_free(job);
	}
}

/* Handles listeners last, for a newcomer may displace a connection that has an event here. */
static void take_events(struct tcp_loop *l, const struct epoll_event *events, int count)
{
	for (int i = 0; i < count; i++)
		if (events[i].data.u64 > l->server->fd_count)
			serve(l, events[i].data.ptr); /* an error is found by reading and writing, too */
	for (int i = 0; i < count; i++)
		if (events[i].data.u64 == l->server->fd_count)
			take_done(l);
	for (int i = 0; i < count && !l->paused && !l->left; i++)
		if (events[i].data.u64 < l->server->fd_count)
			accept_some(l, l->server->fds[events[i].data.u64]);
}

/* The listening sockets are the successor's: as long as it holds them, closing them would not take them from our set. */
static void stop_accepting(struct tcp_loop *l)
{
	for (size_t i = 0; i < l->server->fd_count; i++)
		epoll_ctl(l->epoll, EPOLL_CTL_DEL, l->server->fds[i], NULL);
	l->left = true;
}

static void *run(void *context)
{
	struct tcp_loop *l = context;
	struct epoll_event events[EVENTS];
	int64_t tick = 0;
	rcu_register_thread();
	while (!atomic_load_explicit(l->server->stop, memory_order_relaxed)) {
		rcu_thread_offline();
		int count = epoll_wait(l->epoll, events, EVENTS, TICK);
		rcu_thread_online();
		take_events(l, events, count);
		expire(l);
		atomic_fetch_add_explicit(&l->server->rounds, 1, memory_order_relaxed);
		if (!l->left && atomic_load_explicit(l->server->leave, memory_order_relaxed))
			stop_accepting(l);
		if (l->left && l->queue.count == 0)
			atomic_store(&l->server->empty, true);
		if (clock_ticks() - tick < TICK)
			continue;
		tick = clock_ticks();
		if (l->paused && !l->left)
			pause_accepting(l, false);
	}
	rcu_unregister_thread();
	for (struct tcp_place *p; (p = tcp_queue_oldest(&l->queue)) != NULL;)
		drop(l, p);
	close(l->epoll);
	free(l);
	return NULL;
}

/* Allows as many descriptors as there may be connections, and some more, so that clients cannot take those that the
 * registry needs. */
static void allow_descriptors(const struct tcp_settings *settings)
{
	rlim_t wanted = (rlim_t)settings->connections + OTHER_DESCRIPTORS;
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < wanted)
		log_warning("the limit on open files is too low for tcp-connections: limit=%llu wanted=%llu",
			(unsigned long long)limit.rlim_cur, (unsigned long long)wanted);
}

static int start_loop(struct tcp_loop *l, struct error *e)
{
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	for (size_t i = 0; i < l->server->fd_count && l->epoll >= 0; i++) {
		struct epoll_event event = { .events = EPOLLIN, .data.u64 = i };
		if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, l->server->fds[i], &event) != 0)
			return fail(e, FAILED, "epoll: %s", strerror(errno));
	}
	struct forwarder *f = l->server->worker.settings->forwarder;
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = l->server->fd_count };
	if (f != NULL && l->epoll >= 0 && epoll_ctl(l->epoll, EPOLL_CTL_ADD, f->tcp, &event) != 0)
		return fail(e, FAILED, "epoll: %s", strerror(errno));
	int code = l->epoll < 0 ? errno : pthread_create(&l->server->thread, NULL, run, l);
	return code == 0 ? DONE : fail(e, FAILED, "starting the thread for TCP: %s", strerror(code));
}

int tcp_start(struct tcp_server *server, struct error *e)
{
	struct tcp_loop *l = calloc(1, sizeof *l);
	if (l == NULL)
		return fail(e, FAILED, "out of memory");
	allow_descriptors(server->settings);
	l->server = server;
	l->queue.settings = server->settings;
	server->worker.counters = &server->counters;
	server->worker.forwards = true;
	int outcome = start_loop(l, e);
	if (outcome != DONE)
		free(l);
	return outcome;
}
