/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows of the registry as RRs of a zone: hosts, static records, and pools with all of their members. What meets at a
 * name is resolved as answers do it (dnsd/answer/lookup.c): a pool's label owns its addresses, a host comes next,
 * static data last; of what cannot stand side by side (zone/form.h), as much is given as can. */
#ifndef ZONE_ROWS_H
#define ZONE_ROWS_H

#include "registry/registry.h"
#include "zone/rr.h"

struct zone_rows {
	struct registry *registry;
	const struct zone *zone;
	zone_rr_taker *take;
	void *context;
	/* the following are zone/rows.c's */
	struct name apex;
	struct arena arena;
	struct name *below; /* our zones below this one, whose names are not this one's */
	size_t below_count, below_room;
	struct pool *pools; /* for their labels */
	size_t pool_count;
	bool whole;         /* all DNAMEs' owners are known; else they are asked for */
	struct name *renaming;
	size_t renaming_count, renaming_room;
	struct arena gathered; /* a name's records */
	struct record *records;
	size_t record_count, record_room;
};

/* Set the first four members before. WHOLE: all rows of the zone will be given, so that it is worth while to read all
 * DNAMEs first. Call it in a frozen picture, and zone_rows_end whatever the outcome. */
int zone_rows_begin(struct zone_rows *, bool whole, struct error *);
void zone_rows_end(struct zone_rows *);

/* Give TAKE the RRs that come of a row: none for rows of other zones and for those that cannot be served. A name's
 * records are gathered, and given when the first record of another name comes, or by zone_rows_flush. */
int zone_rows_host(struct zone_rows *, const struct host *, struct error *);
int zone_rows_record(struct zone_rows *, const struct record *, struct error *);
int zone_rows_flush(struct zone_rows *, struct error *);

/* The same for one RR of a pool, whose owner is the label alone. */
int zone_rows_pool(struct zone_rows *, const struct zone_rr *, struct error *);

/* Each of a list's addresses as an RR: those of IPv4, then those of IPv6. */
int take_addresses(zone_rr_taker *, void *context, const struct name *owner, int64_t ttl, const char *addresses,
	struct error *);

/* Whether the name is a pool's label in front of the apex. */
bool zone_rows_is_pool(const struct zone_rows *, const struct name *);

/* What the name is, apart from its records (zone/form.h). Whether it is a host is looked up only if HOST, or for a
 * wildcard: that costs a query. */
int zone_rows_form(const struct zone_rows *, const struct name *, bool host, unsigned *form, struct error *);

#endif
