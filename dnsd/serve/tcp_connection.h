/* SPDX-License-Identifier: BSD-2-Clause */
/* One TCP connection: octets in, messages, answers, octets out, in the order of the queries. What it
 * holds is bounded: one message, and the answers of one go, beyond which it is not read. */
#ifndef DNSD_SERVE_TCP_CONNECTION_H
#define DNSD_SERVE_TCP_CONNECTION_H

#include "dnsd/answer/answer.h"
#include "dnsd/serve/tcp_queue.h"

enum {
	TCP_MESSAGE = MESSAGE_MOST,
	TCP_ANSWERS = 16 << 10, /* sent in one go: what is more waits until these are taken */
	TCP_SCRATCH = TCP_ANSWERS + 2 + TCP_MESSAGE + SCAN_BEHIND,
};

struct tcp_connection {
	struct tcp_place place;
	int fd;
	uint8_t *input; /* two octets of length and a message, as far as it came */
	size_t have, room;
	struct forward_job *job; /* an UPDATE under way: nothing more is read before its answer; NULL for none */
	uint8_t *unsent; /* answers that the socket did not take; NULL for none */
	size_t unsent_size, unsent_at;
};

/* Makes a connection of a descriptor, in no queue yet; NULL when memory is out. */
struct tcp_connection *tcp_connection_new(int fd);

/* Closes the descriptor, too. */
void tcp_connection_free(struct tcp_connection *);

/* What becomes of a connection. */
enum tcp_fate {
	TCP_OVER,
	TCP_STAYS,
	TCP_TRANSFERS, /* the first message of its input asks for a zone, and all before it are answered */
};

/* That message. */
const uint8_t *tcp_connection_message(const struct tcp_connection *, size_t *size);

/* Frees all but the descriptor, which is somebody else's now. */
void tcp_connection_release(struct tcp_connection *);

/* The socket is ready: for answers that wait, or else for reading. Moves the connection in the
 * queue to what it waits for now. SCRATCH is of TCP_SCRATCH octets. Call it in a read-side section. */
enum tcp_fate tcp_connection_serve(struct tcp_connection *, struct tcp_queue *, struct worker *,
	uint8_t *scratch, int64_t now);

/* The answer to its UPDATE is there: it is sent, and what came meanwhile is answered. */
enum tcp_fate tcp_connection_resume(struct tcp_connection *, struct tcp_queue *, struct worker *,
	uint8_t *scratch, int64_t now);

#endif
