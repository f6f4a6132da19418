/* SPDX-License-Identifier: BSD-2-Clause */
/* TCP (RFC 7766, RFC 9210): one thread for all connections, off the UDP workers' threads. */
#ifndef DNSD_SERVE_TCP_H
#define DNSD_SERVE_TCP_H

#include <pthread.h>
#include <sys/socket.h>

#include "dnsd/answer/answer.h"
#include "dnsd/serve/tcp_queue.h"
#include "dnsd/serve/transfer.h"

struct tcp_server {
	const int *fds; /* listening, not blocking; borrowed */
	size_t fd_count;
	const struct tcp_settings *settings;
	struct transfer_server *transfers; /* started; borrowed */
	const _Atomic bool *stop;
	const _Atomic bool *leave; /* nobody is accepted any more, for a successor does: those who are here are served to the end */
	_Atomic uint32_t rounds;   /* as udp_server's */
	_Atomic bool empty;        /* once *leave is set: there are none left */
	struct worker worker;
	struct counters counters;
	pthread_t thread;
};

/* Sets a listening socket's options, whoever has opened it. */
void tcp_prepare(int fd);

/* Starts the thread; *stop makes it end within a quarter of a second. */
int tcp_start(struct tcp_server *, struct error *);

#endif
