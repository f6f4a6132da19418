/* SPDX-License-Identifier: BSD-2-Clause */
/* Remembers which pool RRs were transferred with which serial, for the change log cannot tell: pools' members are computed.
 * So all secondaries get the same with the same serial. Any thread. */
#ifndef DNSD_IMAGE_POOL_LEDGER_H
#define DNSD_IMAGE_POOL_LEDGER_H

#include <pthread.h>

#include "dnsd/image/zone_journal.h"

enum { POOL_LEDGER = 256 /* serials */ };

/* Zero-initialise it. */
struct pool_ledger {
	pthread_mutex_t lock;
	struct ledger_page {
		uint32_t serial;
		unsigned *holders; /* counts the pages that share the octets; NULL: the page is empty */
		struct rr_list pools;
	} pages[POOL_LEDGER];
	size_t next;
};

/* Copies the pools of a serial; the caller frees the copy. False when they are not known, or memory is out. */
bool pool_ledger_find(struct pool_ledger *, uint32_t serial, struct rr_list *copy);

/* Keeps a copy. If there is no memory for it, nothing is kept, and a later IXFR gets the whole zone. */
void pool_ledger_keep(struct pool_ledger *, uint32_t serial, const struct rr_list *pools);

void pool_ledger_free(struct pool_ledger *);

#endif
