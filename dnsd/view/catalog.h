/* SPDX-License-Identifier: BSD-2-Clause */
/* The catalog zone (RFC 9432): a list of all our zones, from which secondaries take up new ones and drop old ones
 * by themselves. Only who may transfer gets to see it. */
#ifndef DNSD_VIEW_CATALOG_H
#define DNSD_VIEW_CATALOG_H

#include "zone/rr.h"
#include "dnsd/view/zone_view.h"
#include "registry/registry.h"

/* What it is as a zone. */
struct zone catalog_row(const char *name);

/* Its apex, as it is answered. */
int catalog_view(const char *name, struct zone_view **, struct error *);

/* Gives all RRs but the SOA to TAKE. A zone's member node is named by a hash of its name, which stays as long as
 * the zone (section 4.1). Call it in a frozen picture of the registry. */
int catalog_walk(struct registry *, const char *name, zone_rr_taker *take, void *context, struct error *);

#endif
