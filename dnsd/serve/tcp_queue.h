/* SPDX-License-Identifier: BSD-2-Clause */
/* All TCP connections, what each waits for and since when; from this follows which one's time is up and which one gives
 * way to a newcomer. No sockets, no clock: times are milliseconds of the caller's clock. */
#ifndef DNSD_SERVE_TCP_QUEUE_H
#define DNSD_SERVE_TCP_QUEUE_H

#include "lib/address.h"

enum tcp_wait {
	TCP_IDLE,    /* for a message to begin */
	TCP_READING, /* for the rest of a message */
	TCP_WRITING, /* for the client to take its answers */
	TCP_SERVED,  /* for us: a transfer, or a thread. Its time is never up */
	TCP_WAITS
};

struct tcp_settings {
	int64_t connections; /* at most */
	int64_t per_client;  /* of one IPv4 address or IPv6 /64; twice as many of a /56, four times of a /48 */
	int64_t wait[TCP_SERVED]; /* most milliseconds of each kind of waiting, even if some octets come or go meanwhile: the
	                            * options tcp-idle, tcp-message, tcp-answers */
};

/* A connection's place; the first member of whatever is in the queue. */
struct tcp_place {
	struct tcp_place *older, *newer; /* list of connections that wait for the same */
	struct tcp_place *next, **link;  /* list of connections whose clients have the same hash */
	struct address client;
	bool known; /* a secondary's (dnsd/serve/peers.h), which gives way to no stranger. The caller may change it */
	int64_t since;
	enum tcp_wait wait;
};

enum { TCP_CLIENTS = 4096 };

/* Initialise it to zeros, and set the settings. Its lists are in the order of `since`, for entries are added at the end. */
struct tcp_queue {
	const struct tcp_settings *settings;
	struct tcp_place *oldest[TCP_WAITS], *newest[TCP_WAITS];
	struct tcp_place *client[TCP_CLIENTS];
	int64_t count;
};

/* Adds a connection, which is TCP_IDLE; removes one. NOW never goes back from one call to the next. */
void tcp_queue_add(struct tcp_queue *, struct tcp_place *, const struct address *client, bool known, int64_t now);
void tcp_queue_remove(struct tcp_queue *, struct tcp_place *);

/* Notes what a connection waits for from now on. Its time begins anew, even if it waited for the same before. */
void tcp_queue_move(struct tcp_queue *, struct tcp_place *, enum tcp_wait, int64_t now);

/* A connection whose time is up, or NULL. */
struct tcp_place *tcp_queue_expired(const struct tcp_queue *, int64_t now);

/* The connection that has waited longest, no matter for what; NULL when there is none. */
struct tcp_place *tcp_queue_oldest(const struct tcp_queue *);

/* The connection that gives way to a newcomer when all places are taken; NULL if none does. It is one of the strangers'
 * that have waited longest, and of these one whose client has the most places, so that a client with many does not
 * displace one with a single place. Waiting begins anew with each message, which protects honest clients. Where there
 * are no strangers, a waiting secondary gives way to a secondary. */
struct tcp_place *tcp_queue_victim(const struct tcp_queue *, bool known);

/* Whether there is a place for a newcomer of this client. *VICTIM is the connection that must be closed first, or NULL;
 * it is the client's own if the client has as many as it may. */
bool tcp_queue_room(const struct tcp_queue *, const struct address *client, bool known, struct tcp_place **victim);

#endif
