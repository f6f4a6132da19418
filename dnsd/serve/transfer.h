/* SPDX-License-Identifier: BSD-2-Clause */
/* Zone transfers out (RFC 5936): who has a key that may transfer is given the whole zone, by threads of their own.
 * Each reads a frozen picture of the registry into memory, lets go of it, and sends then, so that a slow
 * secondary holds up neither the registry nor anybody's answers. */
#ifndef DNSD_SERVE_TRANSFER_H
#define DNSD_SERVE_TRANSFER_H

#include <pthread.h>

#include "dnsd/answer/answer.h"
#include "dnsd/serve/channel.h"
#include "dnsd/serve/peers.h"
#include "dnsd/serve/transfer_fill.h"

enum { TRANSFER_THREADS = 4, TRANSFER_QUEUE = 256 };

/* A question for a transfer and its connection, which is the transfer's from then on. */
struct transfer_job {
	struct transfer_job *next;
	struct address client;
	int fd;
	bool known;
	size_t size;
	uint8_t message[];
};

struct transfer_server {
	struct transfer_source source; /* its registry and the images' keys: yours to set */
	struct peers peers; /* yours to begin */
	struct worker worker; /* whose counters and settings the threads' own share */
	struct counters counters;
	const _Atomic bool *stop;
	pthread_mutex_t lock; /* over the queue */
	pthread_cond_t moved;
	struct transfer_job *queue, **queue_end;
	size_t queued;
	pthread_t threads[TRANSFER_THREADS];
	unsigned started;
	_Atomic int64_t look_at; /* ticks, when images are to be looked at */
};

/* Whether a message asks for a transfer: looks at its question alone. */
bool transfer_wanted(const uint8_t *message, size_t size);

/* Answers a question for a transfer, whose octets MESSAGE has, on a connection of the calling thread's own, which
 * is registered for RCU and offline. The worker is its own, too. */
void transfer_answer(struct transfer_server *, struct worker *, const struct channel *, const struct address *client,
	const uint8_t *message, size_t size);

/* Starts the threads, which sign for VALIDITY seconds, and end within a quarter of a second of *stop but for what they send; stop waits for
 * them. */
int transfer_start(struct transfer_server *, int64_t validity, size_t journals, struct error *);
void transfer_stop(struct transfer_server *);

/* Takes the connection over, with the message that was read from it, and closes it in the end. Any thread. When
 * there are too many, a stranger's is closed, be it this one; KNOWN: it is a secondary's. */
void transfer_submit(struct transfer_server *, int fd, const struct address *client, const uint8_t *message,
	size_t size, bool known);

#endif
