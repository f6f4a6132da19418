/* SPDX-License-Identifier: BSD-2-Clause */
/* The records in which UPDATEs are forwarded. */
#include "link/forward.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "lib/place.h"

int forward_listen(struct beside *place, const char *registry, int fd, struct error *e)
{
	return beside_listen(place, registry, place_suffix(PLACE_UPDATER), fd, e);
}

int forward_connect(const char *registry, int *fd, struct error *e)
{
	return beside_connect(registry, place_suffix(PLACE_UPDATER), fd, e);
}

int forward_send(int fd, const struct forward_head *head, const void *message, size_t size)
{
	struct iovec parts[] = { { (void *)(uintptr_t)head, sizeof *head }, { (void *)(uintptr_t)message, size } };
	const struct msghdr header = { .msg_iov = parts, .msg_iovlen = 2 };
	if (sendmsg(fd, &header, MSG_NOSIGNAL) >= 0)
		return DONE;
	return errno == EAGAIN ? UNCHANGED : ABSENT;
}

int forward_take(int fd, struct forward_head *head, void *message, size_t *size)
{
	struct iovec parts[] = { { head, sizeof *head }, { message, FORWARD_MESSAGE } };
	struct msghdr header = { .msg_iov = parts, .msg_iovlen = 2 };
	ssize_t taken = recvmsg(fd, &header, 0);
	if (taken < 0)
		return errno == EAGAIN || errno == EINTR ? UNCHANGED : ABSENT;
	if (taken == 0)
		return ABSENT;
	if (taken < (ssize_t)sizeof *head || (header.msg_flags & MSG_TRUNC) != 0 || head->form != FORWARD_FORM)
		return REFUSED;
	*size = (size_t)taken - sizeof *head;
	return DONE;
}
