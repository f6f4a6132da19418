/* SPDX-License-Identifier: BSD-2-Clause */
/* Listening sockets that pass from one process to the next. What the kernel has queued for a socket stays in it, so that
 * nothing is lost as long as one of them holds it open. */
#ifndef LINK_SOCKETS_H
#define LINK_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "lib/error.h"

enum { SOCKETS_MOST = 512, SOCKET_USE = 16 };

/* A socket and what it is used for: "udp", "tcp", "tls", and the names that daemons give to others. */
struct socket_passed {
	int fd;
	char use[SOCKET_USE];
};

/* Those that nobody has taken yet are closed with it. Initialise it to zeros. */
struct sockets {
	struct socket_passed passed[SOCKETS_MOST];
	size_t count;
};

/* Opens a TCP socket, not blocking, and listens at the address. SHARED: others may listen there, too, as a predecessor does.
 * V4_TOO: at an IPv6 address, IPv4 is taken as well. *FD is the caller's. FAILED says at which address, and why. */
int sockets_listen(const struct sockaddr *, socklen_t, bool shared, bool v4_too, int *fd, struct error *);

/* Adds one; without room, FD is closed. */
void sockets_add(struct sockets *, const char *use, int fd);

/* Adds those that the service manager gives us: its own under their use, that an earlier process has stored there; and
 * those of socket units, as "udp", or STREAM for others. */
void sockets_receive(struct sockets *, const char *stream);

/* Gives all to the service manager, in the place of those that it keeps of the same uses. */
void sockets_store(const struct sockets *);

/* Takes one of USE that is bound to the address; with a NULL address, any. It is the caller's then. -1: there is none. */
int sockets_take(struct sockets *, const char *use, const struct sockaddr *address);

/* Allows others to bind addresses that overlap with theirs (SO_REUSEPORT): the successor's may. */
void sockets_share(const struct sockets *);

/* Closes those that are left. */
void sockets_close(struct sockets *);

/* Binds a socket, also to an address that the machine has not got yet: at boot, interfaces may come after us. As that may
 * be a slip, too, it is logged. Nonzero, with errno, where it cannot. */
int sockets_bind(int fd, const struct sockaddr *, socklen_t size);

#endif
