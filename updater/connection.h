/* SPDX-License-Identifier: BSD-2-Clause */
/* A connection of HTTP/1.1 (RFC 9112), over TCP or TLS, from its first octet to its last: a request is read as it comes,
 * dispatched, and answered. Between http.c, which has them all, and the exchanges. One thread. */
#ifndef UPDATER_CONNECTION_H
#define UPDATER_CONNECTION_H

#include <sys/epoll.h>
#include <time.h>

#include "updater/channel.h"
#include "updater/crowd.h"
#include "updater/handshakes.h"
#include "updater/head.h"
#include "updater/tls_port.h"
#include "updater/updater.h"

/* Where it stands. */
enum stage {
	STAGE_SHAKING, /* TLS is being agreed upon */
	STAGE_IDLE,    /* no octet of a request yet */
	STAGE_HEAD,
	STAGE_BODY,
	STAGE_WAITING, /* for the batch */
	STAGE_SLOWED,  /* its credentials were wrong, as others of its source: the reply waits */
	STAGE_REPLY,
	STAGE_CLOSING, /* all is said; what it still sends is read, or it might lose the reply (RFC 9112 section 9.6) */
	STAGES
};

/* What the epoll set knows. */
enum watched_kind { WATCHED_CONNECTION, WATCHED_LISTENER, WATCHED_HANDSHAKES };
struct watched {
	int fd; /* -1: closed */
	enum watched_kind kind;
};

struct listener {
	struct watched watched; /* first */
	bool paused;            /* for want of descriptors, until the next sweep */
	bool secure;            /* it takes TLS, as PORT says */
	struct tls_port port;
};

enum { LISTEN_MOST = 16, CONNECTION_REPLY_HEAD = 1024 };

struct connection {
	struct watched watched; /* first, for the epoll set leads here */
	struct crowd_place place;
	struct channel channel;
	struct handshake handshake;
	struct exchange exchange;
	struct http *http;
	struct connection *dead; /* the next that is closed */
	enum stage stage;
	bool ended;        /* it sends no more */
	int64_t due;       /* ticks: when a reply that waits goes out */
	char *in;          /* the head, its octets as they came, and what came behind */
	size_t room, filled, seen, taken;
	struct head head;
	char *body;        /* REQUEST_BODY + 1 octets, once a request had one */
	size_t body_size;
	char *decoded;     /* the arguments, of the target and then of the body */
	bool without_body, close; /* the reply */
	size_t out_size, sent;
	char out[CONNECTION_REPLY_HEAD];
};

/* All connections, and where newcomers are listened for. */
struct http {
	struct updater *updater;
	struct listener listeners[LISTEN_MOST];
	size_t count, descriptors;
	bool shared;  /* another process may listen at addresses that overlap with ours */
	bool leaving; /* a successor takes what comes: no connection is kept for another request */
	int epoll;
	struct crowd crowd;
	struct connection *dead;
	struct certificates certificates; /* where something listens for TLS, as the next */
	struct handshakes handshakes;
	struct watched shaken;
	char date[40]; /* the Date header's value, and of when it is */
	time_t date_at;
	int64_t swept; /* ticks of the last look at all of them */
};

/* Edge-triggered: whatever is there is read until there is no more. */
#define CONNECTION_EVENTS ((uint32_t)(EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET))

static inline struct connection *connection_of_place(struct crowd_place *p)
{
	return (struct connection *)(void *)((char *)p - offsetof(struct connection, place));
}

/* Begins: FD is accepted, the place has its client. SESSION is NULL for plain HTTP, and the connection's from now on. */
void connection_begin(struct connection *, struct http *, int fd, SSL *session);

/* A handshake has gone as far as it goes with what had come. */
void connection_shaken(struct handshake *);

/* As far as it goes with what has come; it may be closed then. */
void connection_go_on(struct connection *);

/* Its time has come, NOW in ticks: a reply that had to wait goes out, or who is too slow is told so and let go. */
void connection_look(struct connection *, int64_t now);

/* Closes it; its memory stays until connection_bury. */
void connection_close(struct connection *);

/* Frees what was closed: no event of this turn may lead to it any more. */
void connection_bury(struct http *);

#endif
