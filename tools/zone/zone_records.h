/* SPDX-License-Identifier: BSD-2-Clause */
/* The records of a zone that comes from a file or by a transfer. Each is checked alone, and then all together; an error
 * cites its place: a line or a record's number. */
#ifndef TOOLS_ZONE_RECORDS_H
#define TOOLS_ZONE_RECORDS_H

#include "lib/error.h"
#include "model/model.h"
#include "lib/name.h"

struct zone_record {
	struct record row;
	size_t place;
};

/* After zone_records_end, they are sorted by record_compare, and each record is there once. */
struct zone_records {
	struct arena arena;
	struct zone zone; /* the values of the SOA; the name is the origin */
	bool has_soa;
	uint32_t serial;
	struct zone_record *records;
	size_t count, room;
	size_t skipped;    /* DNSSEC records left out: windsock signs a zone itself */
	size_t left_out;   /* records whose TTL neither they nor a $TTL state */
	size_t differing;  /* RRsets whose TTLs differ: the lowest is taken (RFC 2181 section 5.2) */
	/* private to tools/zone/zone_records.c */
	struct name origin;
	const char *source, *owner_copy;
	bool is_file;
};

/* A record as it was read. */
struct zone_rr_read {
	struct name owner; /* in lower case */
	uint16_t type, class;
	uint32_t ttl;
	struct blob rdata; /* uncompressed */
	size_t place;      /* the line, or the record's number */
};

/* Begins a zone; ORIGIN is in normal form. SOURCE is borrowed, and
 * cited in errors; NULL: there is no place to cite. Free the records whatever the outcome. */
int zone_records_begin(struct zone_records *, const char *source, bool is_file, const char *origin, struct error *);

/* Adds a record, which is copied. REFUSED cites the place. */
int zone_records_take(struct zone_records *, const struct zone_rr_read *, struct error *);

/* Fails with OUTCOME, citing the place of a record. */
int zone_records_refuse(const struct zone_records *, const struct zone_record *, int outcome, const char *what,
	struct error *);

/* Sorts all records and checks them together. REFUSED cites the place. */
int zone_records_end(struct zone_records *, struct error *);

void zone_records_free(struct zone_records *);

/* Orders by owner, type and canonical form of RDATA; 0 for two records that DNS takes for the same. */
int record_compare(const struct record *, const struct record *);

#endif
