/* SPDX-License-Identifier: BSD-2-Clause */
/* Fetches a zone from a name server. */
#ifndef TOOLS_ZONE_AXFR_H
#define TOOLS_ZONE_AXFR_H

#include "tools/command.h"
#include "tools/zone/zone_records.h"

/* Reads the zone ORIGIN, in normal form, by AXFR (RFC 5936) from a name server at FROM, an address with or without a port.
 * KEY: the name of the registry's TSIG key to sign with, NULL for none. REFUSED when the server refuses or errs. Free the
 * records whatever the outcome. */
int zone_axfr(struct command *, const char *from, const char *key, const char *origin, struct zone_records *,
	struct error *);

#endif
