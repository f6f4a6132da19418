/* SPDX-License-Identifier: BSD-2-Clause */
/* Group commit. Requests that write are queued; each turn of the loop takes what is there into one
 * transaction, makes it durable, tells dnsd, and answers when dnsd serves it: meanwhile the next ones
 * gather, so batches grow with the load by themselves. */
#ifndef UPDATER_BATCH_H
#define UPDATER_BATCH_H

#include "updater/updater.h"

void batch_start(struct updater *);

/* Queues a request whose connection is suspended. */
void batch_add(struct updater *, struct exchange *);

/* What a handler has changed of a host in the open transaction: dnsd is told with the revision. */
void batch_moved(struct updater *, const struct host *);

/* Its connection is gone. What is committed stays committed. */
void batch_forget(struct updater *, struct exchange *);

/* Takes back the registry's connection from a commit under way, waiting for it if WAIT says so. */
void batch_settle(struct updater *, bool wait, int64_t now);

/* Commits what is queued and sends the replies that are due. True if any went out. */
bool batch_run(struct updater *, int64_t now);

/* Asks dnsd how far it is, without waiting for the answer. */
void batch_ask(struct updater *, int64_t now);

/* What dnsd said on the doorbell's socket; true if replies went out. */
bool batch_hear(struct updater *, int64_t now);

/* Milliseconds until batch_run has something to do though nothing happens; MOST if that is later. */
int64_t batch_timeout(const struct updater *, int64_t now, int64_t most);

/* Runs a handler of ours, no request's, in a transaction of its own. UNCHANGED when none can be had now, for
 * another writer has it: nothing is wrong then. */
int batch_own(struct updater *, int (*work)(struct updater *, struct error *), struct error *);

#endif
