/* SPDX-License-Identifier: BSD-2-Clause */
/* The keys with which messages are signed (RFC 8945), opened. Part of a snapshot. */
#ifndef DNSD_VIEW_KEY_RING_H
#define DNSD_VIEW_KEY_RING_H

#include <sys/socket.h>

#include "lib/arena.h"
#include "lib/secret.h"
#include "registry/registry.h"
#include "wire/tsig.h"

struct ring_key {
	struct tsig_key tsig;
	bool transfer; /* may transfer zones */
	struct tsig_key former; /* the same with the secret before, which is good, too, */
	int64_t former_until;   /* before this date */
};

struct key_ring {
	struct ring_key *keys; /* in the order of their names as text */
	size_t count;
};

/* A name server that is told when zones change. */
struct secondary_view {
	struct sockaddr_storage endpoint;
	socklen_t size;
	bool has_key;
	struct tsig_key key; /* signs the NOTIFYs that it is sent */
};

/* All secondaries of the registry whose keys, if they have one, are in the ring. The list is the arena's. *REFUSED, *WHY
 * and outcomes are as with key_ring_load. */
int secondaries_load(struct registry *, const struct key_ring *, struct arena *, struct secondary_view **,
	size_t *count, size_t *refused, struct error *why);

/* Opens all TSIG keys of the registry by KEYS; without KEYS, none can be opened. The ring's keys are the arena's.
 * *REFUSED counts those that cannot be opened, and *WHY explains the first of them. FAILED when the registry or memory
 * fails. */
int key_ring_load(struct registry *, const struct keys *, struct arena *, struct key_ring *, size_t *refused,
	struct error *why);

/* Whether any key may transfer zones. */
bool key_ring_transfers(const struct key_ring *);

/* The key of that name, the ring's; NULL if there is none. Any thread. */
const struct ring_key *key_ring_find(const struct key_ring *, const struct name *);

/* Overwrites the secrets in memory. */
void key_ring_forget(struct key_ring *);
void secondaries_forget(struct secondary_view *, size_t count);

#endif
