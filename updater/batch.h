/* SPDX-License-Identifier: BSD-2-Clause */
/* Group commit. Requests that write are queued; each turn of the loop takes what is there into one
 * transaction, makes it durable, tells dnsd, and answers when dnsd serves it: meanwhile the next ones
 * gather, so batches grow with the load by themselves. */
#ifndef UPDATER_BATCH_H
#define UPDATER_BATCH_H

#include "updater/committer.h"
#include "updater/updater.h"

/* An exchange stands in one of three lists, by its .next. */
struct batch {
	struct exchange *queue, **queue_end;
	size_t queued;
	struct committer committer;
	struct exchange *flight; /* what the committer has in hand; NULL: the registry is the loop's */
	int64_t flight_started;  /* microseconds */
	struct exchange *waiting, **waiting_end; /* committed; until dnsd serves it */
};

/* Makes it the updater's, which it outlives. The committer is started by itself. */
void batch_start(struct updater *, struct batch *);

/* Queues a request, whose .resume is called once it has its reply. */
void batch_add(struct updater *, struct exchange *);

/* Its connection is gone. What is committed stays committed. */
void batch_forget(struct updater *, struct exchange *);

/* Whether no request is in it. */
bool batch_is_empty(const struct updater *);

/* Takes the registry back from a commit under way, waiting for it if WAIT says so. */
void batch_settle(struct updater *, bool wait, int64_t now);

/* The one way to the registry: takes it back from a commit under way, opens it if it is shut, and has all who keep
 * something of it know that it is another, or was written by others. True if it stands open. */
bool batch_open(struct updater *);

/* Commits what is queued and sends the replies that are due. True if any went out. */
bool batch_run(struct updater *, int64_t now);

/* Asks dnsd how far it is, without waiting for the answer. */
void batch_ask(struct updater *, int64_t now);

/* What dnsd said on the doorbell's socket; true if replies went out. */
bool batch_hear(struct updater *, int64_t now);

/* Milliseconds until batch_run has something to do though nothing happens; MOST if that is later. */
int64_t batch_timeout(const struct updater *, int64_t now, int64_t most);

/* Does work of ours, no request's, in a transaction of its own. UNCHANGED when none can be had now, for
 * another writer has it: nothing is wrong then. The registry is open and not lent. */
int batch_own(struct updater *, int (*work)(void *context, struct error *), void *context, struct error *);

#endif
