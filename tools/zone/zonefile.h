/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads zone files (RFC 1035 section 5), as BIND and NSD do. */
#ifndef TOOLS_ZONEFILE_H
#define TOOLS_ZONEFILE_H

#include "tools/zone/zone_records.h"

/* Reads FILE ("-" for standard input) as the zone ORIGIN, in normal form. REFUSED cites FILE:LINE.
 * Free the records whatever the outcome. */
int zonefile_read(const char *path, const char *origin, struct zone_records *, struct error *);

/* A record whose parts were typed as words. */
struct zonefile_typed {
	const char *owner; /* in normal form */
	const char *type;  /* a mnemonic, or TYPE1234 */
	const char *const *data; /* the words of its RDATA; names are whole, with or without the final dot */
	int count;
	uint32_t ttl;
};

/* Reads it into a zone of its own, whose origin is in normal form. A word with blanks, or of TXT, is one <character-string>.
 * REFUSED says what is wrong, and names no place. Free the records whatever the outcome. */
int zonefile_read_typed(const struct zonefile_typed *, const char *origin, struct zone_records *, struct error *);

#endif
