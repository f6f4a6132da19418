/* SPDX-License-Identifier: BSD-2-Clause */
/* The records in which UPDATEs are forwarded. */
#include "link/forward.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

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

static int await_certificates(int fd, int milliseconds, uint8_t *message, size_t *size)
{
	const struct forward_head head = { .form = FORWARD_FORM, .wish = FORWARD_CERTIFICATES };
	struct forward_head answer;
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	int outcome = forward_send(fd, &head, "", 0);
	if (outcome == DONE && poll(&ready, 1, milliseconds) != 1)
		outcome = UNCHANGED;
	return outcome == DONE ? forward_take(fd, &answer, message, size) : outcome;
}

static bool are_certificates(const struct forward_certificate *list, size_t size)
{
	size_t i = 0;
	while (i < size / sizeof *list && memcmp(list[i].mark, FORWARD_MARK, sizeof list[i].mark) == 0)
		i++;
	return size % sizeof *list == 0 && i == size / sizeof *list;
}

int forward_certificates(const char *registry, int milliseconds, struct forward_certificate **list, size_t *count,
	struct error *e)
{
	size_t size = 0;
	int fd, outcome = forward_connect(registry, &fd, e);
	if (outcome != DONE)
		return outcome;
	*list = malloc(FORWARD_MESSAGE);
	outcome = *list == NULL ? fail(e, FAILED, "out of memory") : await_certificates(fd, milliseconds, (uint8_t *)*list, &size);
	close(fd);
	if (outcome == DONE && are_certificates(*list, size)) {
		*count = size / sizeof **list;
		return DONE;
	}
	free(*list);
	*list = NULL;
	return outcome == FAILED ? FAILED : fail(e, UNCHANGED, "the updater does not say what certificates it has");
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
