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
	struct tls_place *next; /* of those that wait for a thread */
	int fd;
	bool left; /* it gave way, or all end: its thread has only to close it */
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

/* A connection that was accepted: it waits for a thread, or is closed. In a read-side section. */
void tls_places_enter(struct tls_places *, const struct snapshot *, int fd, const struct address *client);

/* The next one that waits; NULL when there was none for a quarter of a second, or all end. Whoever takes it gives it back
 * by leave, which closes it. */
struct tls_place *tls_places_take(struct tls_places *);
void tls_places_leave(struct tls_places *, struct tls_place *);

/* What it waits for from now on. False when it has left. */
bool tls_places_wait(struct tls_places *, struct tls_place *, enum tcp_wait);

/* Hangs up on all; no other comes in. */
void tls_places_close(struct tls_places *);

#endif
