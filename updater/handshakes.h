/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads that do nothing but TLS handshakes, which are a thousand times as dear as a request: those who speak plain HTTP,
 * or have agreed already, do not wait for them. From handshakes_ask to handshakes_answer the channel is the threads', and
 * the loop leaves it alone. */
#ifndef UPDATER_HANDSHAKES_H
#define UPDATER_HANDSHAKES_H

#include <pthread.h>
#include <stdatomic.h>

#include "updater/channel.h"

enum { HANDSHAKE_THREADS = 4 /* at most */ };

/* A connection's. Zero-initialise it. */
struct handshake {
	struct handshake *next; /* in one of the lists */
	struct channel *channel;
	bool away;              /* the loop's: a thread has it */
	bool missed;            /* the loop's: something came meanwhile */
	_Atomic bool left;      /* nobody waits for it any more */
	enum channel_said said; /* how far it got: CHANNEL_AGREED, CHANNEL_LATER or CHANNEL_BROKEN, */
	struct error why;       /* and why */
};

/* Handshakes in the order in which they came. */
struct handshake_list {
	struct handshake *first, **last;
};

struct handshakes {
	pthread_t threads[HANDSHAKE_THREADS];
	unsigned count;
	pthread_mutex_t lock; /* over the next three */
	struct handshake_list asked, answered;
	bool quit;
	pthread_cond_t moved;
	int fd; /* an eventfd: readable once there are answers */
};

/* One thread for each processor but one, of at least one. Call it after updater_walls_enter. */
int handshakes_start(struct handshakes *, struct error *);

/* Waits for what is under way, and ends the threads. All that were asked for can be had from handshakes_answer then. */
void handshakes_stop(struct handshakes *);

/* Lets a handshake go on as far as it goes with what has come. */
void handshakes_ask(struct handshakes *, struct handshake *);

/* The next that has gone so far; NULL when there is none for now. */
struct handshake *handshakes_answer(struct handshakes *);

#endif
