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
	struct tsig_key key; /* that signs what it is told */
};

/* Those of the registry whose keys are in the ring; the others are refused as keys are. */
int secondaries_load(struct registry *, const struct key_ring *, struct arena *, struct secondary_view **,
	size_t *count, size_t *refused, struct error *why);

/* All keys of the registry that can be opened; *refused counts the others, and the first is explained in *WHY.
 * KEYS NULL: none can be. FAILED when the registry or memory fails. */
int key_ring_load(struct registry *, const struct keys *, struct arena *, struct key_ring *, size_t *refused,
	struct error *why);

/* Whether any of them may transfer zones. */
bool key_ring_transfers(const struct key_ring *);

/* NULL if there is none of that name. Any thread. */
const struct ring_key *key_ring_find(const struct key_ring *, const struct name *);

/* Overwrite what is secret. */
void key_ring_forget(struct key_ring *);
void secondaries_forget(struct secondary_view *, size_t count);

#endif
