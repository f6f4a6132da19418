/* SPDX-License-Identifier: BSD-2-Clause */
/* UDP: each socket has a thread, which receives, answers and sends queries in batches. */
#ifndef DNSD_SERVE_UDP_H
#define DNSD_SERVE_UDP_H

#include <pthread.h>
#include <sys/socket.h>

#include "dnsd/answer/answer.h"

struct udp_server {
	int fd;
	bool any_address; /* bound to the unspecified address: answers must leave from the address that the query came to */
	const _Atomic bool *leave; /* the thread ends: we stop, or are replaced */
	int64_t rate_workers; /* the number of workers that share the limit */
	/* The main thread may set these while the worker runs, each by itself; the networks are never changed. */
	_Atomic int64_t rate_limit; /* answers a second, 0 for no limit */
	const struct networks *_Atomic rate_exempt; /* networks without a limit */
	_Atomic bool rate_spares_loopback;
	struct worker worker;
	struct counters counters;
	_Atomic uint32_t rounds; /* of its loop: while it goes on, they go up, at least every quarter of a second */
	uint32_t rounds_seen;    /* the main thread's */
	struct batch *batch; /* its buffers: dnsd/serve/udp.c */
	pthread_t thread;
};

/* Sets a socket's options, whoever has opened it. False, and errno, when it lacks one without which its worker would never
 * look up from it, or would answer from another address. */
bool udp_prepare(int fd, sa_family_t, bool any_address);

/* Opens a bound socket. SHARED: other workers' sockets are bound to the same address (SO_REUSEPORT). */
int udp_open(const struct sockaddr *, socklen_t, bool any_address, bool shared, int *fd, struct error *);

/* Starts the thread; *leave makes it end within a quarter of a second, once it has answered what it has received. */
int udp_start(struct udp_server *, const char *endpoint, struct error *);

/* Waits for the threads of COUNT of them to end, after *leave was set. */
void udp_join(struct udp_server *, size_t count);

#endif
