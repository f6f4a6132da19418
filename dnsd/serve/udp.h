/* SPDX-License-Identifier: BSD-2-Clause */
/* UDP: a thread a socket; batches in, batches out. */
#ifndef DNSD_SERVE_UDP_H
#define DNSD_SERVE_UDP_H

#include <pthread.h>
#include <sys/socket.h>

#include "dnsd/answer/answer.h"

struct udp_server {
	int fd;
	bool any_address; /* bound to the unspecified address: answers must leave from where they came in */
	const _Atomic bool *stop;
	int64_t rate_limit, rate_workers; /* answers a second, shared by so many workers; 0: no limit */
	const struct networks *rate_exempt; /* without a limit */
	bool rate_spares_loopback;
	struct worker worker;
	struct counters counters;
	struct batch *batch; /* its buffers: dnsd/serve/udp.c */
	pthread_t thread;
};

/* A bound socket; SHARED: others of ours are bound there as well (SO_REUSEPORT: a socket a worker). */
int udp_open(const struct sockaddr *, socklen_t, bool any_address, bool shared, int *fd, struct error *);

/* Starts the thread; *stop makes it end within a quarter of a second. */
int udp_start(struct udp_server *, const char *endpoint, struct error *);

#endif
