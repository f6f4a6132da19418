/* SPDX-License-Identifier: BSD-2-Clause */
/* An RR that a callback is given, a list of RRs in memory, and an RRset. */
#ifndef ZONE_RR_H
#define ZONE_RR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"
#include "lib/name.h"
#include "wire/canonical.h"

/* One RR. Lives until the callback returns. */
struct zone_rr {
	const struct name *owner;
	uint16_t type, length;
	uint32_t ttl;
	const uint8_t *rdata;
};
typedef int zone_rr_taker(const struct zone_rr *, void *context, struct error *);

struct zone_rrset {
	struct name owner; /* lower case */
	uint16_t type;
	uint32_t ttl;
	struct rdatas rdatas;
};

/* RRs one behind the other in memory. Zero-initialise it; the owner frees its octets. */
struct rr_list {
	uint8_t *octets;
	size_t size, room;
};

/* False when memory is out. */
bool rr_list_add(struct rr_list *, const struct zone_rr *);

/* Reads the RR at *AT and moves *AT behind it; false behind the last. The RDATA is the list's, the owner is written to
 * OWNER. */
bool rr_list_next(const struct rr_list *, size_t *at, struct zone_rr *, struct name *owner);

/* Gives each RR to TAKE. */
int rr_list_walk(const struct rr_list *, zone_rr_taker *take, void *context, struct error *);

#endif
