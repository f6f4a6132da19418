/* SPDX-License-Identifier: BSD-2-Clause */
/* Unix sockets (SOCK_SEQPACKET) that stand beside the registry under a name in the file system, where all who share
 * the registry's folder reach each other: names in the kernel's abstract space belong to a network namespace, and so
 * end at a container's wall. Answers come back over the connection, which needs no name at all. */
#ifndef LINK_BESIDE_H
#define LINK_BESIDE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/types.h>

#include "lib/error.h"

/* A listening end. One process at a time has the name: who finds another one living there stands by, and takes the
 * name when that one is gone. Nobody removes a name that is another's by now. */
struct beside {
	const char *registry, *suffix; /* the caller's; they outlive it */
	int fd;                        /* listening, non-blocking; -1 while another process has the name */
	dev_t device;                  /* of the name that we made, which may be another's meanwhile: */
	ino_t inode;                   /* ours is given to no other file while .fd is open */
	int64_t looked;                /* clock_ticks() of the last look at it */
	int epoll;                     /* -1, or the set that has .fd in it, with */
	epoll_data_t mark;
	bool lent;                     /* the name is the process's that gave us .fd, until we look after it ourselves */
};

/* Takes the name REGISTRY SUFFIX, where the registry itself is and not a link to it. FD is the socket that a process
 * which we replace has given us, and that listens there already; -1: there is none. DONE, UNCHANGED when another process
 * listens there, FAILED, or REFUSED for a name that is too long. */
int beside_listen(struct beside *, const char *registry, const char *suffix, int fd, struct error *);

/* Puts the end into the caller's epoll set, to stand there under MARK whenever it is open, for reading. FAILED when the kernel
 * refuses. */
int beside_watch(struct beside *, int epoll, epoll_data_t mark, struct error *);

/* Looks, at most once a second, whether the name is still ours, and takes it if it is nobody's. True when .fd is
 * another one than before; the old one is closed then. Who calls it serves: a name that was lent is ours from then on. */
bool beside_keep(struct beside *);

/* The next newcomer's connection, non-blocking and the caller's; -1 when there is none. Where descriptors or memory are
 * out the end is closed, for it would be ready for ever: newcomers find that nobody listens, and beside_keep opens it anew
 * after a second. */
int beside_accept(struct beside *);

/* Closes it, and removes the name if it is still ours; one that is lent only stays, for we never came to serve. */
void beside_leave(struct beside *);

/* Closes it, and leaves the name to the process that replaces us. */
void beside_hand_over(struct beside *);

/* The other end: connected, non-blocking. ABSENT when nobody listens. */
int beside_connect(const char *registry, const char *suffix, int *fd, struct error *);

#endif
