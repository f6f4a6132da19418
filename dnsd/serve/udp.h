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
	const _Atomic bool *stop;
	int64_t rate_limit, rate_workers; /* answers a second, 0 for no limit; the number of workers that share it */
	const struct networks *rate_exempt; /* networks without a limit */
	bool rate_spares_loopback;
	struct worker worker;
	struct counters counters;
	struct batch *batch; /* its buffers: dnsd/serve/udp.c */
	pthread_t thread;
};

/* Opens a bound socket. SHARED: other workers' sockets are bound to the same address (SO_REUSEPORT). */
int udp_open(const struct sockaddr *, socklen_t, bool any_address, bool shared, int *fd, struct error *);

/* Starts the thread; *stop makes it end within a quarter of a second. */
int udp_start(struct udp_server *, const char *endpoint, struct error *);

#endif
