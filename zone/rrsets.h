/* SPDX-License-Identifier: BSD-2-Clause */
/* A zone's content (zone/content.h) as RRsets, for signing. Call these in a frozen picture of the registry. */
#ifndef ZONE_RRSETS_H
#define ZONE_RRSETS_H

#include "registry/registry.h"
#include "zone/rr.h"

typedef int zone_rrset_taker(const struct zone_rrset *, void *context, struct error *);

/* Gives TAKE, as it is now, each RRset that lost or gained an RR since the revision AFTER (zone/difference.h, which
 * says what FORMER is); without RDATAs when it is gone. ABSENT where the change log does not tell. */
int zone_content_changed(struct registry *, const struct zone *, int64_t after, const struct rr_list *former,
	const struct rr_list *pools, zone_rrset_taker *take, void *context, struct error *);

/* All RRsets of the zone but the SOA. */
int zone_content_rrsets(struct registry *, const struct zone *, const struct rr_list *pools, zone_rrset_taker *take,
	void *context, struct error *);

#endif
