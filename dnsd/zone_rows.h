/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows of the registry as RRs of a zone: hosts, static records, and pools with all of their members. Where names meet,
 * the same of them counts as in answers (dnsd/lookup.c): a pool's label owns its addresses, then a host its own. */
#ifndef DNSD_ZONE_ROWS_H
#define DNSD_ZONE_ROWS_H

#include "dnsd/zone_journal.h"
#include "registry/registry.h"

struct zone_rows {
	struct registry *registry;
	const struct zone *zone;
	zone_rr_taker *take;
	void *context;
	/* the following are dnsd/zone_rows.c's */
	struct name apex;
	struct arena arena;
	struct name *below; /* zones of ours below this one: what is in them is theirs */
	size_t below_count, below_room;
	struct pool *pools; /* for their labels */
	size_t pool_count;
};

/* Set the first four members before. Call it in a frozen picture, and zone_rows_end whatever the outcome. */
int zone_rows_begin(struct zone_rows *, struct error *);
void zone_rows_end(struct zone_rows *);

/* Give the RRs that a row comes to, none perhaps: of rows of other zones, and of those that cannot be served. */
int zone_rows_host(struct zone_rows *, const struct host *, struct error *);
int zone_rows_record(struct zone_rows *, const struct record *, struct error *);

/* The same of a pool's RR, whose owner is the label alone. */
int zone_rows_pool(struct zone_rows *, const struct zone_rr *, struct error *);

/* Each of a list's addresses as an RR: those of IPv4, then those of IPv6. */
int take_addresses(zone_rr_taker *, void *context, const struct name *owner, int64_t ttl, const char *addresses,
	struct error *);

/* Whether the name is a pool's label in front of the apex. */
bool zone_rows_is_pool(const struct zone_rows *, const struct name *);

/* DONE when there is a host of this name, ABSENT when there is none. */
int zone_rows_find_host(const struct zone_rows *, const struct name *, struct error *);

#endif
