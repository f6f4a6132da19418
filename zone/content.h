/* SPDX-License-Identifier: BSD-2-Clause */
/* A zone as it is transferred: its static records, the hosts in it, and each pool with all of its current
 * members, in which a secondary cannot choose. What is computed from the question (versions that nobody defined,
 * PageKite's authentication, evidence) stays with us. All in a frozen picture of the registry. */
#ifndef ZONE_CONTENT_H
#define ZONE_CONTENT_H

#include "registry/registry.h"
#include "wire/record.h"
#include "zone/rr.h"

/* The SOA's RDATA of a zone with this serial; RDATA has room for SOA_RDATA_MOST. REFUSED for a
 * row that cannot be served. */
int zone_content_soa(const struct zone *, uint32_t serial, uint8_t *rdata, uint16_t *size, struct error *);

/* The addresses of all pools, the same in every zone: their owners are the labels alone. NOW is a date. */
int zone_content_pools(struct registry *, int64_t now, struct rr_list *pools, struct error *);

/* Gives all RRs but the SOA to TAKE, each RRset's together, the apex's first. Rows that cannot be served are left out, as answers
 * leave them out. */
int zone_content_walk(struct registry *, const struct zone *, const struct rr_list *pools, zone_rr_taker *take,
	void *context, struct error *);

#endif
