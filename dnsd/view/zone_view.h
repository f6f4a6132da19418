/* SPDX-License-Identifier: BSD-2-Clause */
/* A zone's static data, rendered for answers: built once, immutable, shared by the snapshots that hold it. */
#ifndef DNSD_VIEW_ZONE_VIEW_H
#define DNSD_VIEW_ZONE_VIEW_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "dnsd/store/node.h"
#include "dnsd/sign/signing_keys.h"
#include "dnsd/store/name_table.h"
#include "lib/arena.h"
#include "lib/error.h"
#include "model/model.h"
#include "lib/name.h"
#include "zone/content.h"

/* The SOA RR as it is copied into a denial: the names in its RDATA are compressed against the owner and each other. A
 * compression pointer must be adjusted to where the RR stands in the message: it is AT octets behind the RR's
 * beginning, and leads to TO octets behind the owner's name, or, WITHIN, behind the RR's own beginning. */
struct short_soa {
	uint16_t size;
	struct short_soa_pointer {
		uint16_t at, to;
		bool within;
	} pointer[2]; /* all zero if not used: that is the pointer of the RR's owner */
	uint8_t rr[RR_FIXED + SOA_RDATA_MOST];
};

struct zone_view {
	struct name name;
	uint64_t hash; /* hash_name of it */
	size_t usage;  /* where its pools are counted in usage banks */
	uint8_t labels;
	bool has_cuts;      /* it has delegations or DNAMEs: names below them are occluded */
	uint64_t cut_starts[8]; /* [n], bit c: the first label of some cut or DNAME has n octets modulo 8 and begins with c modulo 64 */
	bool has_wildcards;
	bool owns_auth;     /* it has records at or below auth.ZONE, so that these names are not PageKite's */
	uint32_t ttl, negative_ttl; /* of the SOA in an answer and in a denial (RFC 2308) */
	uint16_t soa_size;  /* of its RDATA; the serial stands 20 octets before the end */
	uint8_t soa[SOA_RDATA_MOST];
	struct short_soa short_soa; /* the SOA as it is copied into denials */
	struct name_table names; /* never changed once built */
	const struct node *apex;
	struct arena arena;
	size_t records, refused; /* refused: rows that could not be served */
	unsigned holders;        /* snapshots that hold it; loader thread only */
	_Atomic bool changed;    /* secondaries are to be told: set by the loader, cleared by the notifier */
	int64_t signed_;         /* enum zone_signed */
	bool keys_stuck;         /* its key files could not be read the last time; loader thread only */
	int64_t keys_said;       /* ticks: when the log last said so; loader thread only */
	struct signing_keys *_Atomic keys; /* NULL: it is not signed. Swapped by the loader, read under RCU */
	_Atomic bool pools_asked; /* somebody asked for a pool in this signed zone with DO */
};

/* Builds a zone: begin, then each record in the order of owners and types, then end or cancel. */
struct zone_builder;

/* FAILED when memory is out; REFUSED for a zone row that cannot be served. */
int zone_build_begin(const struct zone *, struct zone_builder **, struct error *);

/* REFUSED: the record cannot be served; it is counted and left out, and the zone is built without it. */
int zone_build_record(struct zone_builder *, const struct record *, struct error *);

/* Both free the builder, whatever the outcome. The zone is the caller's, to be freed with zone_view_free. */
int zone_build_end(struct zone_builder *, struct zone_view **, struct error *);
void zone_build_cancel(struct zone_builder *);

void zone_view_free(struct zone_view *);

static inline const struct signing_keys *zone_keys(const struct zone_view *zone)
{
	return atomic_load_explicit(&zone->keys, memory_order_consume);
}

/* Whether a delegation or DNAME may stand at a name that begins with this label. Mostly not: this saves the search. */
static inline bool zone_may_cut(const struct zone_view *zone, const uint8_t *label)
{
	return (zone->cut_starts[label[0] & 7] >> (label[1] & 63) & 1) != 0;
}

#endif
