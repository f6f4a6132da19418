/* SPDX-License-Identifier: BSD-2-Clause */
/* Taking, keeping and finding the names of sockets beside the registry. */
#include "link/beside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/owner.h"
#include "lib/place.h"
#include "lib/ready.h"

enum {
	BACKLOG = 64, /* who may wait to be accepted */
	LOOK = 1000,  /* milliseconds between looks at the name */
};

/* A path that is too long for an address is gone to from its folder, which is held open meanwhile. */
struct place {
	struct sockaddr_un address;
	int folder; /* -1: the address is the path */
};

static int find(const char *registry, const char *suffix, struct place *p, struct error *e)
{
	char path[PLACE_MOST];
	*p = (struct place){ .address.sun_family = AF_UNIX, .folder = -1 };
	place_real(registry, suffix, path);
	if (strlen(path) < sizeof p->address.sun_path) {
		strcpy(p->address.sun_path, path);
		return DONE;
	}
	char *slash = strrchr(path, '/');
	if (slash == NULL || strlen(slash) > sizeof p->address.sun_path - sizeof "/proc/self/fd/1234567890")
		return fail(e, REFUSED, "%s: the name is too long for a socket beside it", registry);
	*slash = '\0';
	p->folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (p->folder < 0)
		return fail(e, FAILED, "%s: %s", path, strerror(errno));
	snprintf(p->address.sun_path, sizeof p->address.sun_path, "/proc/self/fd/%d/%.80s", p->folder, slash + 1);
	return DONE;
}

static void leave(const struct place *p)
{
	if (p->folder >= 0)
		close(p->folder);
}

static int connect_at(const struct place *p, int *fd)
{
	*fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (*fd >= 0 && connect(*fd, (const struct sockaddr *)&p->address, sizeof p->address) == 0)
		return 0;
	int why = errno;
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	return why;
}

int beside_connect(const char *registry, const char *suffix, int *fd, struct error *e)
{
	struct place p;
	int outcome = find(registry, suffix, &p, e);
	int why = outcome == DONE ? connect_at(&p, fd) : 0;
	if (why != 0)
		outcome = fail(e, ABSENT, "nobody listens at %s%s: %s", registry, suffix, strerror(why));
	leave(&p);
	return outcome;
}

/* UNCHANGED when somebody lives behind the name: one who is too busy to accept does (EAGAIN). FAILED when that could not be
 * found out. DONE when nobody does. */
static int is_free(const struct beside *b, const struct place *p, struct error *e)
{
	int fd, why = connect_at(p, &fd);
	if (fd >= 0)
		close(fd);
	if (why == 0 || why == EAGAIN || why == EACCES || why == EPROTOTYPE)
		return fail(e, UNCHANGED, "another process listens at %s%s", b->registry, b->suffix);
	return why == ENOENT || why == ECONNREFUSED ? DONE
		: fail(e, FAILED, "%s%s: %s", b->registry, b->suffix, strerror(why));
}

static int bind_at(struct beside *b, const struct place *p)
{
	struct stat name;
	mode_t mask = umask(0117);
	int code = bind(b->fd, (const struct sockaddr *)&p->address, sizeof p->address);
	umask(mask);
	if (code != 0 || stat(p->address.sun_path, &name) != 0 || listen(b->fd, BACKLOG) != 0)
		return -1;
	b->device = name.st_dev;
	b->inode = name.st_ino;
	owner_give(p->address.sun_path, b->registry);
	return 0;
}

static int watch(const struct beside *b, struct error *e)
{
	struct epoll_event event = { .events = EPOLLIN, .data = b->mark };
	if (b->epoll < 0 || b->fd < 0 || epoll_ctl(b->epoll, EPOLL_CTL_ADD, b->fd, &event) == 0)
		return DONE;
	return fail(e, FAILED, "epoll: %s", strerror(errno));
}

/* Out of the set by itself, too, for a process that replaces us may hold the same socket. */
static void shut(const struct beside *b, int fd)
{
	if (b->epoll >= 0 && fd >= 0)
		epoll_ctl(b->epoll, EPOLL_CTL_DEL, fd, NULL);
	if (fd >= 0)
		close(fd);
}

static int take(struct beside *b, const struct place *p, struct error *e)
{
	int outcome = is_free(b, p, e);
	if (outcome != DONE)
		return outcome;
	unlink(p->address.sun_path); /* what one left that was killed */
	b->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (b->fd >= 0 && bind_at(b, p) == 0 && watch(b, NULL) == DONE)
		return DONE;
	outcome = fail(e, errno == EADDRINUSE ? UNCHANGED : FAILED, "%s%s: %s", b->registry, b->suffix,
		strerror(errno));
	if (b->fd >= 0)
		close(b->fd);
	b->fd = -1;
	return outcome;
}

/* Goes on with a socket that another process has bound: the name stays as it is. False when the name is gone. */
static bool go_on(struct beside *b, const struct place *p, int fd)
{
	struct stat name;
	if (fd < 0 || stat(p->address.sun_path, &name) != 0 || !S_ISSOCK(name.st_mode))
		return false;
	b->fd = fd;
	b->lent = true;
	b->device = name.st_dev;
	b->inode = name.st_ino;
	return true;
}

int beside_listen(struct beside *b, const char *registry, const char *suffix, int fd, struct error *e)
{
	struct place p;
	*b = (struct beside){ .registry = registry, .suffix = suffix, .fd = -1, .epoll = -1, .looked = clock_ticks() };
	int outcome = find(registry, suffix, &p, e);
	if (outcome == DONE && !go_on(b, &p, fd))
		outcome = take(b, &p, e);
	if (fd >= 0 && b->fd != fd)
		close(fd);
	leave(&p);
	return outcome;
}

int beside_watch(struct beside *b, int epoll, epoll_data_t mark, struct error *e)
{
	b->epoll = epoll;
	b->mark = mark;
	return watch(b, e);
}

static bool is_ours(const struct beside *b, const struct place *p)
{
	struct stat name;
	return b->fd >= 0 && stat(p->address.sun_path, &name) == 0 && name.st_dev == b->device && name.st_ino == b->inode;
}

bool beside_keep(struct beside *b)
{
	struct place p;
	int64_t now = clock_ticks();
	int before = b->fd;
	bool fresh = false;
	b->lent = false;
	if (now - b->looked < LOOK)
		return false;
	b->looked = now;
	if (find(b->registry, b->suffix, &p, NULL) == DONE && !is_ours(b, &p)) {
		b->fd = -1;
		fresh = take(b, &p, NULL) == DONE || before >= 0;
	}
	if (fresh)
		shut(b, before); /* after the new one is open, so that their numbers differ */
	leave(&p);
	return fresh;
}

int beside_accept(struct beside *b)
{
	int fd = b->fd < 0 ? -1 : accept4(b->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd >= 0 || b->fd < 0 || ready_passes(errno))
		return fd;
	log_warning("nobody new is heard at %s%s for a second: %s", b->registry, b->suffix, strerror(errno));
	beside_hand_over(b);
	b->looked = clock_ticks();
	return -1;
}

void beside_leave(struct beside *b)
{
	struct place p;
	if (b->fd < 0)
		return;
	if (find(b->registry, b->suffix, &p, NULL) == DONE && is_ours(b, &p) && !b->lent)
		unlink(p.address.sun_path);
	leave(&p);
	beside_hand_over(b);
}

void beside_hand_over(struct beside *b)
{
	shut(b, b->fd);
	b->fd = -1;
}
