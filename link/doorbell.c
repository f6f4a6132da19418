/* SPDX-License-Identifier: BSD-2-Clause */
/* Ringing for the name server, and its answers. */
#include "link/doorbell.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/place.h"

enum { LISTENER = -1 /* in the place of a writer's number, in the epoll set */ };

static bool watch(struct doorbell_listener *d, int fd, int which)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = which };
	return epoll_ctl(d->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

int doorbell_listen(struct doorbell_listener *d, const char *registry, int fd, struct error *e)
{
	for (int i = 0; i < DOORBELL_WRITERS; i++)
		d->writers[i] = -1;
	d->next = 0;
	d->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (d->epoll < 0)
		return fail(e, FAILED, "epoll: %s", strerror(errno));
	int outcome = beside_listen(&d->place, registry, place_suffix(PLACE_NAME_SERVER), fd, e);
	if (outcome == UNCHANGED)
		log_notice("another name server hears of changes first: here they are looked for; %s", e->text);
	if (outcome == DONE || outcome == UNCHANGED)
		outcome = beside_watch(&d->place, d->epoll, (epoll_data_t){ .fd = LISTENER }, e);
	if (outcome == DONE)
		return DONE;
	beside_leave(&d->place);
	close(d->epoll);
	return outcome;
}

void doorbell_keep(struct doorbell_listener *d)
{
	beside_keep(&d->place);
}

static void part(struct doorbell_listener *d, int writer)
{
	if (d->writers[writer] >= 0)
		close(d->writers[writer]); /* which takes it out of the epoll set */
	d->writers[writer] = -1;
}

void doorbell_hand_over(struct doorbell_listener *d)
{
	beside_hand_over(&d->place);
	doorbell_unlisten(d);
}

void doorbell_unlisten(struct doorbell_listener *d)
{
	beside_leave(&d->place);
	for (int i = 0; i < DOORBELL_WRITERS; i++)
		part(d, i);
	if (d->epoll >= 0)
		close(d->epoll);
	d->epoll = -1;
}

static int find_room(const struct doorbell_listener *d)
{
	for (int i = 0; i < DOORBELL_WRITERS; i++)
		if (d->writers[i] < 0)
			return i;
	return (int)(d->next % DOORBELL_WRITERS);
}

static void admit(struct doorbell_listener *d)
{
	int fd = beside_accept(&d->place);
	if (fd < 0)
		return;
	int writer = find_room(d);
	part(d, writer);
	d->next = (unsigned)writer + 1;
	d->writers[writer] = fd;
	if (!watch(d, fd, writer))
		part(d, writer);
}

/* One record: ABSENT when the other side is gone. */
static int take(int fd, struct doorbell *bell, uint8_t *changes, size_t *size)
{
	struct iovec parts[] = { { bell, sizeof *bell }, { changes, *size } };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	ssize_t taken = recvmsg(fd, &message, 0);
	if (taken < 0)
		return errno == EAGAIN || errno == EINTR ? UNCHANGED : ABSENT;
	if (taken == 0)
		return ABSENT;
	bell->trouble[DOORBELL_TEXT - 1] = bell->keys_trouble[DOORBELL_TEXT - 1] = '\0';
	if (taken < (ssize_t)sizeof *bell || (message.msg_flags & MSG_TRUNC) != 0 || bell->form != DOORBELL_FORM)
		return REFUSED;
	*size = (size_t)taken - sizeof *bell;
	return DONE;
}

int doorbell_heed(struct doorbell_listener *d, struct doorbell *bell, int *writer, uint8_t *changes, size_t *size)
{
	struct epoll_event event;
	while (epoll_wait(d->epoll, &event, 1, 0) == 1) {
		if (event.data.fd == LISTENER) {
			admit(d);
			continue;
		}
		*writer = event.data.fd;
		int outcome = take(d->writers[*writer], bell, changes, size);
		if (outcome == ABSENT)
			part(d, *writer);
		else if (outcome != UNCHANGED)
			return outcome;
	}
	return UNCHANGED;
}

void doorbell_answer(const struct doorbell_listener *d, int writer, const struct doorbell *bell)
{
	if (d->writers[writer] >= 0)
		send(d->writers[writer], bell, sizeof *bell, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* The writer's end. */

int doorbell_open(const char *registry, int *fd, struct error *e)
{
	struct error why;
	int outcome = beside_connect(registry, place_suffix(PLACE_NAME_SERVER), fd, &why);
	return outcome == DONE ? DONE : fail(e, outcome, "no name server can be reached: %.150s", why.text);
}

static int ring(int fd, struct doorbell *bell, const uint8_t *changes, size_t size, struct error *e)
{
	bell->form = DOORBELL_FORM;
	struct iovec parts[] = { { bell, sizeof *bell }, { (void *)(uintptr_t)changes, size } };
	const struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	if (sendmsg(fd, &message, MSG_NOSIGNAL) >= 0 || errno == EAGAIN)
		return DONE;
	return fail(e, ABSENT, "the name server does not listen: %s", strerror(errno));
}

int doorbell_ring_with(int fd, int64_t from, int64_t revision, const uint8_t *changes, size_t size, struct error *e)
{
	struct doorbell bell = { .revision = revision, .from = from };
	return ring(fd, &bell, changes, size, e);
}

int doorbell_ring(int fd, int64_t revision, struct error *e)
{
	return doorbell_ring_with(fd, 0, revision, NULL, 0, e);
}

int doorbell_take(int fd, struct doorbell *bell)
{
	size_t none = 0;
	return take(fd, bell, NULL, &none);
}

static int await(int fd, int64_t revision, const struct name *zone, int milliseconds, struct doorbell *last,
	struct error *e)
{
	struct doorbell bell = { .revision = revision };
	int64_t deadline = clock_ticks() + milliseconds;
	bool heard = false;
	if (zone != NULL) {
		bell.zone.size = (uint8_t)zone->size;
		memcpy(bell.zone.name, zone->wire, zone->size);
	}
	int outcome = ring(fd, &bell, NULL, 0, e);
	while (outcome == DONE) {
		int64_t left = deadline - clock_ticks();
		struct pollfd ready = { .fd = fd, .events = POLLIN };
		if (left <= 0 || poll(&ready, 1, (int)left) <= 0)
			return fail(e, heard ? UNCHANGED : ABSENT, heard
				? "the name server did not reach revision %lld in time"
				: "the name server did not answer about revision %lld",
				(long long)revision);
		outcome = doorbell_take(fd, last);
		if (outcome == ABSENT)
			return fail(e, ABSENT, "the name server ended");
		if (outcome != DONE) {
			outcome = DONE;
			continue;
		}
		heard = true;
		if (last->revision >= revision)
			return DONE;
	}
	return outcome;
}

int doorbell_wait(const char *registry, int64_t revision, int milliseconds, struct doorbell *last,
	struct error *e)
{
	return doorbell_wait_zone(registry, revision, NULL, milliseconds, last, e);
}

int doorbell_wait_zone(const char *registry, int64_t revision, const struct name *zone, int milliseconds,
	struct doorbell *last, struct error *e)
{
	int fd, outcome = doorbell_open(registry, &fd, e);
	*last = (struct doorbell){ 0 };
	if (outcome != DONE)
		return outcome;
	outcome = await(fd, revision, zone, milliseconds, last, e);
	close(fd);
	return outcome;
}
