/* SPDX-License-Identifier: BSD-2-Clause */
/* The records of a zone that comes from elsewhere, from a file or by a transfer: each one is looked at, and all
 * together make a zone that can be served, or are refused with the place of what is wrong. */
#ifndef TOOLS_ZONE_RECORDS_H
#define TOOLS_ZONE_RECORDS_H

#include "lib/error.h"
#include "model/model.h"
#include "lib/name.h"

struct zone_record {
	struct record row;
	size_t place;
};

/* Sorted by record_compare once it ended, each record once. */
struct zone_records {
	struct arena arena;
	struct zone zone; /* of the SOA; its name is the origin */
	bool has_soa;
	uint32_t serial;
	struct zone_record *records;
	size_t count, room;
	size_t skipped;    /* DNSSEC records: zones are signed here or not at all */
	size_t left_out;   /* TTLs that neither the record nor a $TTL said */
	size_t differing;  /* RRsets whose TTLs differ: the lowest is taken (RFC 2181 section 5.2) */
	/* tools/zone_records.c's */
	struct name origin;
	const char *source, *owner_copy;
	bool is_file;
};

/* A record as it comes. */
struct zone_rr_read {
	struct name owner; /* in lower case */
	uint16_t type, class;
	uint32_t ttl;
	struct blob rdata; /* uncompressed */
	size_t place;      /* the line, or the record's number */
};

/* ORIGIN in normal form. SOURCE, which is cited, lives as long. Free it whatever the outcome. */
int zone_records_begin(struct zone_records *, const char *source, bool is_file, const char *origin, struct error *);

/* REFUSED cites the place. */
int zone_records_take(struct zone_records *, const struct zone_rr_read *, struct error *);

/* Fails with OUTCOME, citing the place of a record. */
int zone_records_refuse(const struct zone_records *, const struct zone_record *, int outcome, const char *what,
	struct error *);

/* Sorts what came, and looks at it as a whole. */
int zone_records_end(struct zone_records *, struct error *);

void zone_records_free(struct zone_records *);

/* By owner, type and RDATA's canonical form: 0 for two that are the same record to DNS. */
int record_compare(const struct record *, const struct record *);

#endif
