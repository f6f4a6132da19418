/* SPDX-License-Identifier: BSD-2-Clause */
/* A zone's differences from serial to serial, as IXFR sends them (RFC 1995 section 4). When there is no more room, the
 * oldest are removed. */
#ifndef DNSD_IMAGE_ZONE_JOURNAL_H
#define DNSD_IMAGE_ZONE_JOURNAL_H

#include <stdbool.h>

#include "wire/canonical.h"
#include "zone/rr.h"

/* Whether the serial A is less than B (RFC 1982). */
static inline bool serial_behind(uint32_t a, uint32_t b)
{
	return a != b && b - a < UINT32_C(1) << 31;
}

/* One difference. Each list begins with the SOA: `removed` with that of serial FROM, `added` with that of TO. */
struct difference {
	struct difference *next;
	uint32_t from, to;
	struct rr_list removed, added;
};

/* Zero-initialise it, but for MOST. */
struct zone_journal {
	struct difference *oldest, *newest;
	size_t size, most; /* octets of RRs */
};

/* Adds a difference, and takes over the lists, which are empty then. A difference that is larger than all room empties the
 * journal; so does one that does not begin where the last one ended. False when memory is out. */
bool zone_journal_add(struct zone_journal *, uint32_t from, uint32_t to, struct rr_list *removed,
	struct rr_list *added);

/* Gives all differences since a serial to TAKE. ABSENT when none begins with that serial. */
int zone_journal_walk(const struct zone_journal *, uint32_t from, zone_rr_taker *take, void *context,
	struct error *);

/* Takes the oldest difference out, if there is one. */
void zone_journal_shorten(struct zone_journal *);

void zone_journal_free(struct zone_journal *);

#endif
