/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows of the registry as RRs of a zone: hosts, static records, and pools with all of their members. Where names meet,
 * the same of them counts as in answers (dnsd/answer/lookup.c): a pool's label owns its addresses, then a host its own; and of
 * what cannot stand side by side (zone/form.h), as much as can. */
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
	struct name *below; /* zones of ours below this one: what is in them is theirs */
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

/* Set the first four members before. WHOLE for all of a zone, rather than a few names. Call it in a frozen picture, and
 * zone_rows_end whatever the outcome. */
int zone_rows_begin(struct zone_rows *, bool whole, struct error *);
void zone_rows_end(struct zone_rows *);

/* Give the RRs that a row comes to, none perhaps: of rows of other zones, and of those that cannot be served. A name's
 * records come together, and are given once another name's come, or with zone_rows_flush. */
int zone_rows_host(struct zone_rows *, const struct host *, struct error *);
int zone_rows_record(struct zone_rows *, const struct record *, struct error *);
int zone_rows_flush(struct zone_rows *, struct error *);

/* The same of a pool's RR, whose owner is the label alone. */
int zone_rows_pool(struct zone_rows *, const struct zone_rr *, struct error *);

/* Each of a list's addresses as an RR: those of IPv4, then those of IPv6. */
int take_addresses(zone_rr_taker *, void *context, const struct name *owner, int64_t ttl, const char *addresses,
	struct error *);

/* Whether the name is a pool's label in front of the apex. */
bool zone_rows_is_pool(const struct zone_rows *, const struct name *);

/* What the name is, without its records (zone/form.h); whether it is a host only if HOST, or if it is a wildcard. */
int zone_rows_form(const struct zone_rows *, const struct name *, bool host, unsigned *form, struct error *);

#endif
