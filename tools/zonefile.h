/* SPDX-License-Identifier: BSD-2-Clause */
/* Zone files (RFC 1035 section 5), read by libzscanner, which is fuzzed and streams. */
#ifndef TOOLS_ZONEFILE_H
#define TOOLS_ZONEFILE_H

#include "lib/error.h"
#include "lib/model.h"

struct zonefile_record {
	struct record row;
	size_t line;
};

/* What a zone file holds, sorted by record_compare, each record once. */
struct zonefile {
	struct arena arena;
	struct zone zone; /* of the SOA; its name is the origin */
	bool has_soa;
	uint32_t serial;
	struct zonefile_record *records;
	size_t count, room;
	size_t skipped;    /* DNSSEC records: zones are signed here or not at all */
	size_t differing;  /* RRsets whose TTLs differ: the lowest is taken (RFC 2181 section 5.2) */
};

/* Reads FILE ("-" for standard input) as the zone ORIGIN, in normal form. REFUSED cites FILE:LINE.
 * Free it whatever the outcome. */
int zonefile_read(const char *path, const char *origin, struct zonefile *, struct error *);
void zonefile_free(struct zonefile *);

/* By owner, type and RDATA: the order of the registry's rows of a zone. */
int record_compare(const struct record *, const struct record *);

#endif
