/* SPDX-License-Identifier: BSD-2-Clause */
/* Fetching a zone from a name server. */
#ifndef TOOLS_ZONE_AXFR_H
#define TOOLS_ZONE_AXFR_H

#include "tools/command.h"
#include "tools/zone_records.h"

/* Reads the zone ORIGIN, in normal form, from a name server at FROM, an address with or without a port, by AXFR
 * (RFC 5936) signed with the registry's key of this name; KEY NULL: with none. REFUSED for what the server says or does
 * wrong. Free the records whatever the outcome. */
int zone_axfr(struct command *, const char *from, const char *key, const char *origin, struct zone_records *,
	struct error *);

#endif
