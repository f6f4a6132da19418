/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/doorbell.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "lib/clock.h"

static const char suffix[] = ".dnsd";

int doorbell_place(const char *registry, const char *end, struct sockaddr_un *address, int *folder, struct error *e)
{
	char path[PATH_MAX + 16];
	*folder = -1;
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (realpath(registry, path) == NULL)
		snprintf(path, PATH_MAX, "%s", registry);
	strcat(path, end);
	if (strlen(path) < sizeof address->sun_path) {
		strcpy(address->sun_path, path);
		return DONE;
	}
	char *slash = strrchr(path, '/');
	if (slash == NULL || strlen(slash) > sizeof address->sun_path - sizeof "/proc/self/fd/1234567890")
		return fail(e, REFUSED, "%s: the name is too long for a socket beside it", registry);
	*slash = '\0';
	*folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*folder < 0)
		return fail(e, FAILED, "%s: %s", path, strerror(errno));
	snprintf(address->sun_path, sizeof address->sun_path, "/proc/self/fd/%d/%.80s", *folder, slash + 1);
	return DONE;
}

static void leave(int folder)
{
	if (folder >= 0)
		close(folder);
}

static int open_socket(int *fd, struct error *e)
{
	*fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	return *fd >= 0 ? DONE : fail(e, FAILED, "socket: %s", strerror(errno));
}

int doorbell_listen(const char *registry, int *fd, struct error *e)
{
	struct sockaddr_un address;
	int folder, outcome = doorbell_place(registry, suffix, &address, &folder, e);
	if (outcome == DONE)
		outcome = open_socket(fd, e);
	if (outcome == DONE) {
		unlink(address.sun_path);
		mode_t mask = umask(0117);
		if (bind(*fd, (struct sockaddr *)&address, sizeof address) != 0) {
			outcome = fail(e, FAILED, "%s.dnsd: %s", registry, strerror(errno));
			close(*fd);
		}
		umask(mask);
	}
	leave(folder);
	return outcome;
}

void doorbell_unlisten(const char *registry, int fd)
{
	struct sockaddr_un address;
	int folder;
	if (doorbell_place(registry, suffix, &address, &folder, NULL) == DONE)
		unlink(address.sun_path);
	leave(folder);
	close(fd);
}

static int open_writer(const struct sockaddr_un *address, const char *registry, int *fd, struct error *e)
{
	const struct sockaddr_un own = { .sun_family = AF_UNIX };
	int outcome = open_socket(fd, e);
	if (outcome != DONE)
		return outcome;
	/* An address of no length makes the kernel choose one in its abstract name space. */
	if (bind(*fd, (const struct sockaddr *)&own, offsetof(struct sockaddr_un, sun_path)) != 0)
		outcome = fail(e, FAILED, "binding a socket: %s", strerror(errno));
	else if (connect(*fd, (const struct sockaddr *)address, sizeof *address) != 0)
		outcome = fail(e, ABSENT, "no name server listens at %s.dnsd: %s", registry, strerror(errno));
	if (outcome != DONE)
		close(*fd);
	return outcome;
}

int doorbell_open(const char *registry, int *fd, struct error *e)
{
	struct sockaddr_un address;
	int folder, outcome = doorbell_place(registry, suffix, &address, &folder, e);
	if (outcome == DONE)
		outcome = open_writer(&address, registry, fd, e);
	leave(folder);
	return outcome;
}

int doorbell_ring_with(int fd, int64_t from, int64_t revision, const uint8_t *moved, size_t size, struct error *e)
{
	struct doorbell bell = { .form = DOORBELL_FORM, .revision = revision, .from = from };
	struct iovec parts[] = { { &bell, sizeof bell }, { (void *)(uintptr_t)moved, size } };
	const struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	if (sendmsg(fd, &message, MSG_NOSIGNAL) >= 0 || errno == EAGAIN)
		return DONE;
	return fail(e, ABSENT, "the name server does not listen: %s", strerror(errno));
}

int doorbell_ring(int fd, int64_t revision, struct error *e)
{
	return doorbell_ring_with(fd, 0, revision, NULL, 0, e);
}

int doorbell_take_with(int fd, struct doorbell *bell, struct sockaddr_un *peer, socklen_t *peer_size,
	uint8_t *moved, size_t *size)
{
	struct iovec parts[] = { { bell, sizeof *bell }, { moved, *size } };
	struct msghdr message = { .msg_name = peer, .msg_namelen = peer == NULL ? 0 : sizeof *peer,
		.msg_iov = parts, .msg_iovlen = 2 };
	ssize_t taken = recvmsg(fd, &message, 0);
	if (taken < 0)
		return ABSENT;
	if (peer != NULL)
		*peer_size = message.msg_namelen;
	bell->trouble[DOORBELL_TEXT - 1] = '\0';
	if (taken < (ssize_t)sizeof *bell || (message.msg_flags & MSG_TRUNC) != 0 || bell->form != DOORBELL_FORM)
		return REFUSED;
	*size = (size_t)taken - sizeof *bell;
	return DONE;
}

int doorbell_take(int fd, struct doorbell *bell, struct sockaddr_un *peer, socklen_t *peer_size)
{
	size_t none = 0;
	return doorbell_take_with(fd, bell, peer, peer_size, NULL, &none);
}

void doorbell_answer(int fd, const struct doorbell *bell, const struct sockaddr_un *peer,
	socklen_t peer_size)
{
	sendto(fd, bell, sizeof *bell, MSG_NOSIGNAL, (const struct sockaddr *)peer, peer_size);
}

static int await(int fd, int64_t revision, int milliseconds, struct doorbell *last, struct error *e)
{
	int64_t deadline = clock_ticks() + milliseconds;
	int outcome = doorbell_ring(fd, revision, e);
	bool heard = false;
	while (outcome == DONE) {
		int64_t left = deadline - clock_ticks();
		struct pollfd ready = { .fd = fd, .events = POLLIN };
		if (left <= 0 || poll(&ready, 1, (int)left) <= 0)
			return fail(e, heard ? UNCHANGED : ABSENT, heard
				? "the name server did not reach revision %lld in time"
				: "the name server did not answer about revision %lld",
				(long long)revision);
		if (doorbell_take(fd, last, NULL, NULL) != DONE)
			continue;
		heard = true;
		if (last->revision >= revision)
			return DONE;
	}
	return outcome;
}

int doorbell_wait(const char *registry, int64_t revision, int milliseconds, struct doorbell *last,
	struct error *e)
{
	int fd, outcome = doorbell_open(registry, &fd, e);
	*last = (struct doorbell){ 0 };
	if (outcome != DONE)
		return outcome;
	outcome = await(fd, revision, milliseconds, last, e);
	close(fd);
	return outcome;
}
