/* SPDX-License-Identifier: BSD-2-Clause */
/* The registry's open transaction: who does what in it, whether anything was written, and which hosts it changed. Many
 * requests share one (updater/batch.h), each in a part that can be taken back. */
#ifndef UPDATER_TRANSACTION_H
#define UPDATER_TRANSACTION_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/address.h"
#include "link/host_changes.h"
#include "registry/registry.h"
#include "updater/exchange.h"

/* Zero-initialise it. */
struct transaction {
	struct registry *registry; /* in which it is open */
	char actor[64], from[ADDRESS_TEXT];
	const char *verb;  /* with these two, its last act; NULL: none yet */
	bool wrote;        /* something: it is to be committed */
	bool parted;       /* the request in hand has written, and so has a part of its own */
	int64_t revision_before, revision; /* when it began, and with what was written in it */
	struct host_changes hosts;         /* that it changed, for dnsd */
};

/* How things stood before a request. */
struct transaction_mark {
	bool wrote, broken;
	size_t count, size;
};

/* Opens one, in which nothing was done yet. Where another writer has the lock, it is not opened, and *BUSY is true
 * beside the outcome, FAILED. */
int transaction_begin(struct transaction *, struct registry *, bool *busy, struct error *);

/* Names who does what follows, unless the last act was the same; from then on the transaction counts as writing, and
 * the request as a part of it that can be taken back. VERB lives as long as the transaction. The exchange is NULL for
 * what we do by ourselves. */
int transaction_act(struct transaction *, const struct exchange *, const char *actor, const char *verb,
	struct error *);

/* Notes that a host was written so, for dnsd to be told with the revision; copied. */
void transaction_host(struct transaction *, const struct host *);

/* How things stand before a request is handled; for transaction_end_part. */
struct transaction_mark transaction_mark(const struct transaction *);

/* Ends the part of the request in hand, if it has written: what it wrote stays (WELL), or is taken back as if it had
 * never been. FAILED when the registry can do neither: then all of the transaction is to be given up. */
int transaction_end_part(struct transaction *, const struct transaction_mark *before, bool well, struct error *);

/* Reads the revision that is to be committed into `revision`. */
int transaction_finish(struct transaction *, struct error *);

#endif
