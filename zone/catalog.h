/* SPDX-License-Identifier: BSD-2-Clause */
/* The catalog zone (RFC 9432): a list of all our zones, from which secondaries take up new ones and drop old ones
 * by themselves. No row of the registry says it: it is made of all zones' rows. */
#ifndef ZONE_CATALOG_H
#define ZONE_CATALOG_H

#include "registry/registry.h"
#include "zone/rr.h"

/* What it is as a zone, and its NS: rows as the registry would have them. NAME lives as long as they do. */
struct zone catalog_row(const char *name);
struct record catalog_ns(const char *name);

/* Gives all RRs but the SOA to TAKE. A zone's member node is named by a hash of its name, which stays as long as
 * the zone (section 4.1). Call it in a frozen picture of the registry. */
int catalog_walk(struct registry *, const char *name, zone_rr_taker *take, void *context, struct error *);

#endif
