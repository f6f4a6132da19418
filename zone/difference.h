/* SPDX-License-Identifier: BSD-2-Clause */
/* What became of a zone's content (zone/content.h) since a revision. */
#ifndef ZONE_DIFFERENCE_H
#define ZONE_DIFFERENCE_H

#include "registry/registry.h"
#include "zone/rr.h"

/* What was removed from a zone and added to it since a revision, but for the SOA, when its pools were FORMER; NULL:
 * that is not known. ABSENT where the change log does not tell: then the whole zone is to be sent. */
int zone_content_difference(struct registry *, const struct zone *, int64_t after, const struct rr_list *former,
	const struct rr_list *pools, struct rr_list *removed, struct rr_list *added, struct error *);

#endif
