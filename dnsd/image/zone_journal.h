/* SPDX-License-Identifier: BSD-2-Clause */
/* What changed in a zone from serial to serial, RR by RR, as IXFR sends it (RFC 1995 section 4). The oldest
 * go first when there is no more room. */
#ifndef DNSD_IMAGE_ZONE_JOURNAL_H
#define DNSD_IMAGE_ZONE_JOURNAL_H

#include <stdbool.h>

#include "wire/canonical.h"
#include "zone/rr.h"

/* RFC 1982: whether the serial A is behind B. */
static inline bool serial_behind(uint32_t a, uint32_t b)
{
	return a != b && b - a < UINT32_C(1) << 31;
}

/* From FROM to TO. Either list begins with the SOA of its serial. */
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

/* Takes the lists over, which are empty then. A difference larger than all room empties the journal; so does
 * one that does not begin where the last one ended. False when memory is out. */
bool zone_journal_add(struct zone_journal *, uint32_t from, uint32_t to, struct rr_list *removed,
	struct rr_list *added);

/* All differences from a serial on. ABSENT when there is none that begins with it. */
int zone_journal_walk(const struct zone_journal *, uint32_t from, zone_rr_taker *take, void *context,
	struct error *);

/* Takes the oldest difference out, if there is one. */
void zone_journal_shorten(struct zone_journal *);

void zone_journal_free(struct zone_journal *);

#endif
