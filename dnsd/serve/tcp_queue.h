/* SPDX-License-Identifier: BSD-2-Clause */
/* Which TCP connections there are, what each waits for and since when; so, whose time is up and who
 * gives way to a newcomer. No sockets, no clock: times are milliseconds of any one clock. */
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
	int64_t wait[TCP_SERVED]; /* milliseconds at most, however much comes and goes meanwhile */
};

/* A connection's place; the first member of whatever is in the queue. */
struct tcp_place {
	struct tcp_place *older, *newer; /* of those that wait for the same */
	struct tcp_place *next, **link;  /* of those whose client has the same hash */
	struct address client;
	bool known; /* a secondary's (dnsd/serve/peers.h): it gives way to no stranger. Yours to set */
	int64_t since;
	enum tcp_wait wait;
};

enum { TCP_CLIENTS = 4096 };

/* Zeros but for the settings. Its lists are ordered by since: entries are only added behind. */
struct tcp_queue {
	const struct tcp_settings *settings;
	struct tcp_place *oldest[TCP_WAITS], *newest[TCP_WAITS];
	struct tcp_place *client[TCP_CLIENTS];
	int64_t count;
};

/* NOW never goes back from one call to the next. A new connection is idle. */
void tcp_queue_add(struct tcp_queue *, struct tcp_place *, const struct address *client, bool known, int64_t now);
void tcp_queue_remove(struct tcp_queue *, struct tcp_place *);

/* From now on it waits for this; its time begins anew, though it be what it waited for before. */
void tcp_queue_move(struct tcp_queue *, struct tcp_place *, enum tcp_wait, int64_t now);

/* One whose time is up, or NULL. */
struct tcp_place *tcp_queue_expired(const struct tcp_queue *, int64_t now);

/* Of all, who has waited longest, whatever for; NULL when there is none. */
struct tcp_place *tcp_queue_oldest(const struct tcp_queue *);

/* Who gives way to a newcomer where there is no room for all, NULL if nobody does: of the strangers that have waited
 * longest, one whose client has the most places, so that he who has many does not put out who has one. An honest
 * client's wait begins anew with each message. Where there are no strangers, a secondary that waits gives way to a
 * secondary. */
struct tcp_place *tcp_queue_victim(const struct tcp_queue *, bool known);

/* Whether there is a place for a newcomer of this client: *VICTIM is who must give way to it first, or NULL. One of its own
 * where they have as many as they may. */
bool tcp_queue_room(const struct tcp_queue *, const struct address *client, bool known, struct tcp_place **victim);

#endif
