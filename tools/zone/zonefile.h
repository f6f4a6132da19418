/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads zone files (RFC 1035 section 5), as BIND and NSD do. */
#ifndef TOOLS_ZONEFILE_H
#define TOOLS_ZONEFILE_H

#include "tools/zone/zone_records.h"

/* Reads FILE ("-" for standard input) as the zone ORIGIN, in normal form. REFUSED cites FILE:LINE.
 * Free the records whatever the outcome. */
int zonefile_read(const char *path, const char *origin, struct zone_records *, struct error *);

#endif
