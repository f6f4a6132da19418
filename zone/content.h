/* SPDX-License-Identifier: BSD-2-Clause */
/* A zone as it is transferred: its static records, its hosts, and each pool with all of its present members, for a
 * secondary cannot choose among them. Answers that depend on who asks for what (undefined versions, PageKite's
 * authentication, evidence) are given by us alone. Everything here is called in a frozen picture of the registry. */
#ifndef ZONE_CONTENT_H
#define ZONE_CONTENT_H

#include "registry/registry.h"
#include "wire/record.h"
#include "zone/rr.h"

/* The SOA's RDATA of a zone with this serial; RDATA has room for SOA_RDATA_MOST. REFUSED for a
 * row that cannot be served. */
int zone_content_soa(const struct zone *, uint32_t serial, uint8_t *rdata, uint16_t *size, struct error *);

/* Fills POOLS with the addresses of all pools, which are the same in every zone: owners are labels alone. NOW is a
 * date. */
int zone_content_pools(struct registry *, int64_t now, struct rr_list *pools, struct error *);

/* Gives all RRs but the SOA to TAKE: those of the apex first, and each RRset's together. Rows that answers leave out,
 * because they cannot be served, are left out here, too. */
int zone_content_walk(struct registry *, const struct zone *, const struct rr_list *pools, zone_rr_taker *take,
	void *context, struct error *);

#endif
