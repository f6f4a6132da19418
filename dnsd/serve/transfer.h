/* SPDX-License-Identifier: BSD-2-Clause */
/* Zone transfers to secondaries (RFC 5936, RFC 1995), in threads of their own. A thread reads a frozen picture of the
 * registry into memory, releases it, and only then sends, so that a slow secondary holds up neither the registry nor
 * other answers. */
#ifndef DNSD_SERVE_TRANSFER_H
#define DNSD_SERVE_TRANSFER_H

#include <pthread.h>

#include "dnsd/answer/answer.h"
#include "dnsd/serve/transfer_channel.h"
#include "dnsd/serve/peers.h"
#include "dnsd/serve/transfer_fill.h"

enum { TRANSFER_THREADS = 4, TRANSFER_QUEUE = 256 };

/* A query for a transfer, and its connection, which this owns. */
struct transfer_job {
	struct transfer_job *next;
	struct address client;
	int fd;
	bool known;
	size_t size;
	uint8_t message[];
};

struct transfer_server {
	struct transfer_source source; /* the caller sets its registry and the images' key_directory */
	struct peers peers; /* the caller calls peers_init */
	struct worker worker; /* the caller sets view and settings; each thread works with a copy */
	struct counters counters;
	const _Atomic bool *stop;
	pthread_mutex_t lock; /* over the queue */
	pthread_cond_t moved;
	struct transfer_job *queue, **queue_end;
	size_t queued, running;
	pthread_t threads[TRANSFER_THREADS];
	unsigned started;
	_Atomic int64_t look_at; /* ticks, when images are to be looked at */
};

/* Whether a message asks for a transfer: looks at its question alone. */
bool transfer_wanted(const uint8_t *message, size_t size);

/* Answers MESSAGE, a query for a transfer, on a connection. Connection and worker are the calling thread's own; the
 * thread is registered for RCU, and offline. */
void transfer_answer(struct transfer_server *, struct worker *, const struct transfer_channel *,
	const struct address *client, const uint8_t *message, size_t size);

/* Starts the threads. Signatures in transfers are valid for VALIDITY seconds, and all journals together take JOURNALS
 * octets at most. After *stop is set, the threads end within a quarter of a second, or when they have sent what they are
 * sending; transfer_stop waits for that. */
int transfer_start(struct transfer_server *, int64_t validity, size_t journals, struct error *);
void transfer_stop(struct transfer_server *);

/* Takes over a connection and the message that was read from it, answers, and closes it. KNOWN: the client is a
 * secondary. When too many wait, a stranger's connection is closed, maybe this one. Any thread. */
void transfer_submit(struct transfer_server *, int fd, const struct address *client, const uint8_t *message,
	size_t size, bool known);

/* Whether transfers wait or are under way. Any thread. */
bool transfer_busy(struct transfer_server *);

#endif
