/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/gate.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/doorbell.h"

static const char suffix[] = ".updater";

enum { BACKLOG = 8 /* name servers of one registry */ };

static int open_socket(int *fd, struct error *e)
{
	*fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	return *fd >= 0 ? DONE : fail(e, FAILED, "socket: %s", strerror(errno));
}

static int bind_at(int fd, const struct sockaddr_un *address, const char *registry, struct error *e)
{
	unlink(address->sun_path);
	mode_t mask = umask(0117);
	int code = bind(fd, (const struct sockaddr *)address, sizeof *address) == 0 ? listen(fd, BACKLOG) : -1;
	umask(mask);
	return code == 0 ? DONE : fail(e, FAILED, "%s%s: %s", registry, suffix, strerror(errno));
}

/* Opens a socket and does with it and the address what is to be done; it is closed if that fails. */
static int open_at(const char *registry, int *fd,
	int (*go)(int fd, const struct sockaddr_un *, const char *registry, struct error *), struct error *e)
{
	struct sockaddr_un address;
	int folder, outcome = doorbell_place(registry, suffix, &address, &folder, e);
	if (outcome != DONE)
		return outcome;
	outcome = open_socket(fd, e);
	if (outcome == DONE && (outcome = go(*fd, &address, registry, e)) != DONE)
		close(*fd);
	if (folder >= 0)
		close(folder);
	return outcome;
}

int gate_listen(const char *registry, int *fd, struct error *e)
{
	return open_at(registry, fd, bind_at, e);
}

void gate_unlisten(const char *registry, int fd)
{
	struct sockaddr_un address;
	int folder;
	if (doorbell_place(registry, suffix, &address, &folder, NULL) == DONE) {
		unlink(address.sun_path);
		if (folder >= 0)
			close(folder);
	}
	close(fd);
}

static int connect_to(int fd, const struct sockaddr_un *address, const char *registry, struct error *e)
{
	if (connect(fd, (const struct sockaddr *)address, sizeof *address) == 0)
		return DONE;
	return fail(e, ABSENT, "no updater listens at %s%s: %s", registry, suffix, strerror(errno));
}

int gate_open(const char *registry, int *fd, struct error *e)
{
	return open_at(registry, fd, connect_to, e);
}

int gate_send(int fd, const struct gate *gate, const void *message, size_t size)
{
	struct iovec parts[] = { { (void *)(uintptr_t)gate, sizeof *gate }, { (void *)(uintptr_t)message, size } };
	const struct msghdr header = { .msg_iov = parts, .msg_iovlen = 2 };
	if (sendmsg(fd, &header, MSG_NOSIGNAL) >= 0)
		return DONE;
	return errno == EAGAIN ? UNCHANGED : ABSENT;
}

int gate_take(int fd, struct gate *gate, void *message, size_t *size)
{
	struct iovec parts[] = { { gate, sizeof *gate }, { message, GATE_MESSAGE } };
	struct msghdr header = { .msg_iov = parts, .msg_iovlen = 2 };
	ssize_t taken = recvmsg(fd, &header, 0);
	if (taken < 0)
		return errno == EAGAIN || errno == EINTR ? UNCHANGED : ABSENT;
	if (taken == 0)
		return ABSENT;
	if (taken < (ssize_t)sizeof *gate || (header.msg_flags & MSG_TRUNC) != 0 || gate->form != GATE_FORM)
		return REFUSED;
	*size = (size_t)taken - sizeof *gate;
	return DONE;
}
