/* SPDX-License-Identifier: BSD-2-Clause */
/* Relays' leases, in memory and by the clock that only grows: a stopped updater evicts nobody. */
#ifndef UPDATER_LEASE_H
#define UPDATER_LEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"

enum { LEASE_NAME = 64 };
#define LEASE_UNWRITTEN INT64_MIN

struct lease {
	char relay[LEASE_NAME];
	int64_t until;   /* ticks */
	int64_t written; /* ticks: when its observation was last written; LEASE_UNWRITTEN */
};

/* Zero-initialise it. */
struct leases {
	struct lease *list; /* in no order: relays are hundreds */
	size_t count, room;
	bool stale; /* the registry may know of leases that are not here */
};

struct lease *lease_find(struct leases *, const char *relay);

/* Renews or starts one. NULL when memory is out. */
struct lease *lease_renew(struct leases *, const char *relay, int64_t until);
void lease_drop(struct leases *, const char *relay);

/* What was written of them may be lost: the next heartbeats are written again. */
void lease_unwritten(struct leases *);

/* One that ran out; NULL if there is none. */
struct lease *lease_expired(struct leases *, int64_t now);
void lease_free(struct leases *);

#endif
