/* SPDX-License-Identifier: BSD-2-Clause */
/* One request and its reply, and the route that leads it to its handler. */
#ifndef UPDATER_EXCHANGE_H
#define UPDATER_EXCHANGE_H

#include <stdint.h>

#include "lib/arena.h"
#include "lib/error.h"
#include "updater/request.h"

struct updater;
struct exchange;

/* Does what was asked and leaves the reply in the exchange. DONE, however the asker is answered;
 * FAILED when the registry itself failed, for that gives up all that is done at once. Any other outcome refuses
 * this request alone: what it has written is taken back, and the reply is what it left, or the route's of trouble. */
typedef int handler(struct updater *, struct exchange *, struct error *);

enum api { API_DYNDNS, API_KITE, API_RELAYS, API_READ, API_ACME, API_UPDATE };

/* What a handler finds when it is called. */
enum needs {
	NEEDS_NOTHING,  /* the registry may be shut */
	NEEDS_REGISTRY, /* it is open, or the handler is not called */
	NEEDS_BATCH,    /* a transaction is open (updater/batch.h) */
};

struct route {
	const char *path; /* one ending in '/' has a name behind */
	enum method method;
	enum api api;
	enum needs needs;
	handler *handle;
	void (*trouble)(struct exchange *); /* makes the reply when the registry cannot be had or the source asks too
	                                     * often; NULL: as updater/reply.h has it */
};

struct reply {
	int status;
	const char *type;
	const char *body; /* the exchange's arena's, or static */
	size_t size;
	const char *authenticate, *allow, *location; /* headers; NULL for none */
	int retry; /* Retry-After, seconds; 0 for none */
	bool close;
};

/* Why a request was refused (updater/refusal_log.h). */
struct refusal {
	char why[160], host[80], account[64];
	size_t more;
};

/* Lives in its connection (updater/connection.h), or by itself (updater/forwarded.c). */
struct exchange {
	struct request request;
	struct reply reply;
	struct arena arena; /* dies with the reply */
	const struct route *route;
	bool over;    /* its source asks too often: what it asks for is done only if its credentials are right */
	bool right, wrong; /* its credentials were looked at, and are so */
	struct refusal refusal;
	int64_t wait; /* milliseconds that the reply to wrong ones is to wait */
	void (*resume)(struct exchange *); /* sends the reply of one that was in the batch */
	struct exchange *next; /* in the batch */
	int64_t revision;      /* that dnsd must serve before the reply goes out */
	int64_t deadline;      /* ticks: when it goes out anyway */
};

/* Makes it ready for another request: no reply, no route, nothing found out; the arena stays. */
void exchange_begin(struct exchange *);

/* The name behind its route's path, in lower case; NAME has room for 64. False when it is none that an object of ours
 * could have. */
bool exchange_name(const struct exchange *, char *name);

#endif
