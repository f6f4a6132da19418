/* SPDX-License-Identifier: BSD-2-Clause */
/* Collects the RRs of a transfer: the whole zone (RFC 5936), differences since a serial (RFC 1995), or the SOA alone. */
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
	uint32_t offset;   /* serial = revision + offset */
	bool has_serial;   /* it is an IXFR, */
	uint32_t serial;   /* by a secondary that has this serial */
};

/* Fills the stream from a frozen picture of the registry, which is released before it returns. *INCREMENTAL: the stream has
 * differences. ABSENT when there is no such zone; REFUSED when its row cannot be served; HARMFUL when what could be sent
 * must not be, as a signed zone without keys. */
int transfer_fill(struct transfer_source *, const struct transfer_wish *, struct stream *, bool *incremental,
	struct error *);

#endif
