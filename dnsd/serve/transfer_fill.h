/* SPDX-License-Identifier: BSD-2-Clause */
/* What a transfer consists of: the whole zone (RFC 5936), what changed since a serial (RFC 1995), or the SOA alone. */
#ifndef DNSD_SERVE_TRANSFER_FILL_H
#define DNSD_SERVE_TRANSFER_FILL_H

#include "dnsd/image/pool_ledger.h"
#include "dnsd/serve/transfer_stream.h"
#include "dnsd/image/zone_image.h"

/* What all transfers share. */
struct transfer_source {
	const char *registry; /* its path */
	struct pool_ledger ledger;
	struct zone_images images;
};

struct transfer_wish {
	struct name apex;
	char zone[NAME_TEXT];
	bool is_catalog;
	uint32_t offset;   /* of serials to revisions */
	bool has_serial;   /* it is an IXFR, of who has this one */
	uint32_t serial;
};

/* Fills the stream from a frozen picture of the registry, which is let go of before. *INCREMENTAL: with differences.
 * ABSENT when there is no such zone; REFUSED for a row that cannot be served; HARMFUL where what could be sent is
 * not to be. */
int transfer_fill(struct transfer_source *, const struct transfer_wish *, struct stream *, bool *incremental,
	struct error *);

#endif
