/* SPDX-License-Identifier: BSD-2-Clause */
/* Zone transfers over TLS (RFC 9103), and the SOA queries before them. Nothing else is answered here, for it is for
 * secondaries: there are a few threads, each with one connection at a time. */
#ifndef DNSD_SERVE_TLS_H
#define DNSD_SERVE_TLS_H

#include <openssl/types.h>
#include <pthread.h>

#include "dnsd/serve/tls_places.h"
#include "dnsd/serve/transfer.h"

struct tls_server {
	const int *fds; /* listening, not blocking; borrowed */
	size_t fd_count;
	const char *certificate, *key; /* PEM files: the chain, and its key */
	struct transfer_server *transfers;
	int idle; /* milliseconds after which a connection without a whole message is closed */
	const _Atomic bool *stop;
	const _Atomic bool *leave; /* as tcp_server's */
	pthread_mutex_t lock; /* over the next three */
	SSL_CTX *context;
	int64_t read_at; /* the time of the certificate's file when it was read */
	int64_t looked;  /* ticks: when the file's time was last looked at */
	struct tls_places places;
	pthread_t porter, threads[TLS_THREADS];
};

/* Reads certificate and key. REFUSED says what is wrong with them. */
int tls_open(struct tls_server *, struct error *);

/* Starts the threads. tls_stop is for after *stop was set: it closes all connections and waits for the threads. */
int tls_start(struct tls_server *, struct error *);
void tls_stop(struct tls_server *);

/* Whether there are connections. */
bool tls_busy(struct tls_server *);

#endif
