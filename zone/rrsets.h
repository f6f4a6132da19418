/* SPDX-License-Identifier: BSD-2-Clause */
/* A zone's content (zone/content.h) as RRsets, for signing. Call these in a frozen picture of the registry. */
#ifndef ZONE_RRSETS_H
#define ZONE_RRSETS_H

#include "registry/registry.h"
#include "zone/rr.h"

typedef int zone_rrset_taker(const struct zone_rrset *, void *context, struct error *);

/* Each RRset of which something was removed or added since a revision (zone/difference.h), as it is now;
 * without RDATAs when there is none any more. */
int zone_content_changed(struct registry *, const struct zone *, int64_t after, const struct rr_list *former,
	const struct rr_list *pools, zone_rrset_taker *take, void *context, struct error *);

/* All RRsets of the zone but the SOA. */
int zone_content_rrsets(struct registry *, const struct zone *, const struct rr_list *pools, zone_rrset_taker *take,
	void *context, struct error *);

#endif
