/* SPDX-License-Identifier: BSD-2-Clause */
/* What was transferred of pools with which serial: their members are computed, so that the change log does not
 * tell. All secondaries get the same with the same serial. Any thread. */
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
		unsigned *holders; /* of the octets; NULL: the page is empty */
		struct rr_list pools;
	} pages[POOL_LEDGER];
	size_t next;
};

/* A copy of what went with a serial, to be freed; false where that is not known, or memory is out. */
bool pool_ledger_find(struct pool_ledger *, uint32_t serial, struct rr_list *copy);

/* Keeps a copy. That there is no memory for it costs a difference later, no more. */
void pool_ledger_keep(struct pool_ledger *, uint32_t serial, const struct rr_list *pools);

void pool_ledger_free(struct pool_ledger *);

#endif
