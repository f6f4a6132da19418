/* SPDX-License-Identifier: BSD-2-Clause */
/* A zone's static data as it is answered: built once, immutable, shared by the snapshots that hold
 * it. */
#ifndef DNSD_VIEW_ZONE_VIEW_H
#define DNSD_VIEW_ZONE_VIEW_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "dnsd/store/node.h"
#include "dnsd/sign/signing_keys.h"
#include "dnsd/store/table.h"
#include "lib/arena.h"
#include "lib/error.h"
#include "model/model.h"
#include "lib/name.h"
#include "zone/content.h"

/* The SOA as it is copied into an answer: its names are compressed as far as its own owner and its other name go. Where
 * it has pointers, and to what they lead: so many octets behind where the owner stands, or behind its own beginning. */
struct short_soa {
	uint16_t size;
	struct short_soa_pointer {
		uint16_t at, to;
		bool within; /* it leads to its own beginning */
	} pointer[2]; /* those that are not used are the owner's own */
	uint8_t rr[RR_FIXED + SOA_RDATA_MOST];
};

struct zone_view {
	struct name name;
	uint64_t hash; /* hash_name of it */
	uint8_t labels;
	bool has_cuts;      /* delegations or DNAMEs: names below them are occluded */
	uint64_t cut_starts[8]; /* [n], bit c: there is one whose first label has n octets modulo 8, and begins with c modulo 64 */
	bool has_wildcards;
	bool owns_auth;     /* records at or below auth.ZONE: it is not PageKite's then */
	uint32_t ttl, negative_ttl; /* of the SOA in an answer and in a denial (RFC 2308) */
	uint16_t soa_size;  /* of its RDATA; the serial stands 20 octets before the end */
	uint8_t soa[SOA_RDATA_MOST];
	struct short_soa short_soa; /* the same, as it is in denials */
	struct table names; /* never changed once built */
	const struct node *apex;
	struct arena arena;
	size_t records, refused; /* refused: rows that could not be served */
	unsigned holders;        /* snapshots that hold it; loader thread only */
	_Atomic bool changed;    /* secondaries are to be told: set by the loader, cleared by the notifier */
	int64_t signed_;         /* enum zone_signed */
	bool keys_stuck;         /* they could not be read anew; loader thread only, as is: */
	int64_t keys_said;       /* ticks, when the log said so */
	struct signing_keys *_Atomic keys; /* NULL: it is not signed. Swapped by the loader, read under RCU */
	_Atomic bool pools_asked; /* of a signed zone: somebody asked for a pool with DO */
};

/* Building: begin, then each record in the order of owners, then end. */
struct zone_builder;

/* FAILED when memory is out; REFUSED for a zone row that cannot be served. */
int zone_build_begin(const struct zone *, struct zone_builder **, struct error *);

/* REFUSED rows are counted, left out, and explained; the zone goes on without them. */
int zone_build_record(struct zone_builder *, const struct record *, struct error *);

/* Takes the builder apart, whatever the outcome. */
int zone_build_end(struct zone_builder *, struct zone_view **, struct error *);
void zone_build_cancel(struct zone_builder *);

void zone_view_free(struct zone_view *);

static inline const struct signing_keys *zone_keys(const struct zone_view *zone)
{
	return atomic_load_explicit(&zone->keys, memory_order_consume);
}

/* Whether a delegation or DNAME may stand at a name that begins with this label: mostly not, and then none is looked for. */
static inline bool zone_may_cut(const struct zone_view *zone, const uint8_t *label)
{
	return (zone->cut_starts[label[0] & 7] >> (label[1] & 63) & 1) != 0;
}

/* Where the name that an additional lookup is made for begins in RDATA (NS, MX, SRV), or -1. */
static inline int rdata_target(uint16_t type)
{
	return type == TYPE_NS ? 0 : type == TYPE_MX ? 2 : type == TYPE_SRV ? 6 : -1;
}

#endif
