/* SPDX-License-Identifier: BSD-2-Clause */
/* The keys with which messages are signed (RFC 8945), opened. Part of a snapshot. */
#ifndef DNSD_KEY_RING_H
#define DNSD_KEY_RING_H

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

/* All keys of the registry that can be opened; *refused counts the others, and the first is explained in *WHY.
 * KEYS NULL: none can be. FAILED when the registry or memory fails. */
int key_ring_load(struct registry *, const struct keys *, struct arena *, struct key_ring *, size_t *refused,
	struct error *why);

/* NULL if there is none of that name. Any thread. */
const struct ring_key *key_ring_find(const struct key_ring *, const struct name *);

/* Overwrites what is secret. */
void key_ring_forget(struct key_ring *);

#endif
