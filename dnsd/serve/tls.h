/* SPDX-License-Identifier: BSD-2-Clause */
/* Zone transfers over TLS (RFC 9103), and the SOA that they begin with. It is for secondaries: a few threads, each of
 * which has one connection at a time, and nothing else is answered there. */
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
	int idle; /* milliseconds until a connection that says nothing whole is closed */
	const _Atomic bool *stop;
	pthread_mutex_t lock; /* over the next three */
	SSL_CTX *context;
	int64_t read_at; /* when the certificate that was read had changed */
	int64_t looked;  /* ticks, when it was looked at last */
	struct tls_places places;
	pthread_t porter, threads[TLS_THREADS];
};

/* Reads the files: REFUSED says what is wrong with them. */
int tls_open(struct tls_server *, struct error *);

/* Starts the threads. Stop, when *stop is set, ends their connections and waits for them. */
int tls_start(struct tls_server *, struct error *);
void tls_stop(struct tls_server *);

#endif
