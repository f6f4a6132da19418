/* SPDX-License-Identifier: BSD-2-Clause */
/* The few places for connections over TLS: who has one, who waits for a thread, and who gives way to a newcomer, by the
 * rule for all connections (dnsd/serve/tcp_queue.h). A secondary always finds one. */
#ifndef DNSD_SERVE_TLS_PLACES_H
#define DNSD_SERVE_TLS_PLACES_H

#include "dnsd/serve/peers.h"
#include "dnsd/serve/tcp_queue.h"

enum { TLS_THREADS = 16, TLS_PER_CLIENT = 4, TLS_WAITING = 16 /* secondaries beyond the threads' number */ };

struct tls_place {
	struct tcp_place place;
	struct tls_place *next; /* list of those that wait for a thread */
	int fd;
	bool left; /* it gave way, or all are being closed: its thread need only close it */
};

struct tls_places {
	struct peers *peers;
	struct tcp_settings settings;
	pthread_mutex_t lock; /* over all that follows */
	pthread_cond_t moved;
	struct tcp_queue queue;
	struct tls_place *waiting, **waiting_end;
	bool closed;
};

void tls_places_init(struct tls_places *, struct peers *);

/* Lets an accepted connection wait for a thread, or closes it if there is no room. Call it in a read-side section. */
void tls_places_enter(struct tls_places *, const struct snapshot *, int fd, const struct address *client);

/* Takes the next connection that waits; NULL when none came for a quarter of a second, or all are closed. To be given back
 * by tls_places_leave, which closes it. */
struct tls_place *tls_places_take(struct tls_places *);
void tls_places_leave(struct tls_places *, struct tls_place *);

/* Notes what a connection waits for from now on. False when it has to be closed. */
bool tls_places_wait(struct tls_places *, struct tls_place *, enum tcp_wait);

/* Whether there are any connections. */
bool tls_places_taken(struct tls_places *);

/* Closes all connections, and lets no more in. */
void tls_places_close(struct tls_places *);

#endif
