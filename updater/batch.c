/* SPDX-License-Identifier: BSD-2-Clause */
/* Group commit: the queue, one transaction for what is in it, and the wait for dnsd. */
#include "updater/batch.h"

#include <time.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "updater/reply.h"

enum {
	BATCH_MOST = 256,    /* requests in a transaction: keeps the last one's wait short */
	ACKNOWLEDGED = 500,  /* milliseconds that a reply waits for dnsd at most */
	BATCH_ASIDE = 4,     /* requests from which on another thread commits; fewer are faster here */
};

void batch_start(struct updater *u, struct batch *b)
{
	*b = (struct batch){ 0 };
	b->queue_end = &b->queue;
	b->waiting_end = &b->waiting;
	u->batch = b;
	bell_start(&u->bell);
}

void batch_add(struct updater *u, struct exchange *x)
{
	struct batch *b = u->batch;
	x->next = NULL;
	*b->queue_end = x;
	b->queue_end = &x->next;
	b->queued++;
}

static bool unlink_from(struct exchange **list, struct exchange ***end, struct exchange *x)
{
	for (; *list != NULL; list = &(*list)->next)
		if (*list == x) {
			*list = x->next;
			if (x->next == NULL)
				*end = list;
			return true;
		}
	return false;
}

void batch_forget(struct updater *u, struct exchange *x)
{
	struct batch *b = u->batch;
	struct exchange **flight_end;
	if (unlink_from(&b->queue, &b->queue_end, x))
		b->queued--;
	else if (!unlink_from(&b->flight, &flight_end, x))
		unlink_from(&b->waiting, &b->waiting_end, x);
}

bool batch_is_empty(const struct updater *u)
{
	return u->batch->queue == NULL && !u->access.lent && u->batch->waiting == NULL;
}

/* dnsd. */

static bool ring(struct updater *u, const struct transaction *committed, int64_t now)
{
	return bell_ring(&u->bell, u->settings.registry, committed, u->transaction.revision, now);
}

void batch_ask(struct updater *u, int64_t now)
{
	if (u->batch->waiting == NULL)
		ring(u, NULL, now);
}

/* Sends the replies that wait for no more than a revision, or for longer than they may. */
static bool release(struct updater *u, int64_t revision, int64_t now)
{
	struct batch *b = u->batch;
	bool any = false;
	while (b->waiting != NULL && (b->waiting->revision <= revision || b->waiting->deadline <= now)) {
		struct exchange *x = b->waiting;
		u->counters.unacknowledged += x->revision > revision;
		b->waiting = x->next;
		if (b->waiting == NULL)
			b->waiting_end = &b->waiting;
		x->resume(x);
		any = true;
	}
	return any;
}

bool batch_hear(struct updater *u, int64_t now)
{
	bell_hear(&u->bell, now);
	return release(u, bell_served(&u->bell), now);
}

/* The registry. */

/* Lets those who keep something of the registry know that it was opened anew or written by others. */
static void take_note(struct updater *u)
{
	if (u->access.opened) {
		lease_unwritten(&u->leases);
		u->bell.heard_at = 0;
	}
	if (u->access.news)
		u->leases.stale = true;
	u->access.opened = u->access.news = false;
}

bool batch_open(struct updater *u)
{
	batch_settle(u, true, clock_ticks());
	bool open = access_open(&u->access, u->settings.registry, u->settings.key);
	take_note(u);
	return open;
}

/* One transaction. */

/* Handles one request of the transaction. FAILED gives up all of it; a request that is refused while it writes leaves
 * nothing behind, and the others go on. */
static int handle_one(struct updater *u, struct exchange *x, struct error *e)
{
	const struct transaction_mark before = transaction_mark(&u->transaction);
	int outcome = x->route->handle(u, x, e);
	if (outcome > 0 && x->reply.status == 0) {
		log_warning("an update was refused by the registry: %s", e->text);
		reply_trouble(x);
	}
	return outcome < 0 ? outcome : transaction_end_part(&u->transaction, &before, outcome == DONE, e);
}

static int handle_all(struct updater *u, struct exchange *first, struct error *e)
{
	int outcome = DONE;
	for (struct exchange *x = first; x != NULL && outcome == DONE; x = x->next)
		outcome = handle_one(u, x, e);
	return outcome;
}

static int64_t micros(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void count_commit(struct updater *u, int64_t started)
{
	u->counters.commits++;
	u->counters.commit_micros += (uint64_t)(micros() - started);
}

static int commit(struct updater *u, struct error *e)
{
	int64_t started = micros();
	int outcome = registry_commit(u->access.registry, e);
	count_commit(u, started);
	return outcome;
}

/* Looks whether others have written, now that the transaction is open and nobody else can. */
static int look(struct updater *u, struct error *e)
{
	int outcome = access_look(&u->access, e);
	take_note(u);
	return outcome;
}

/* Leaves the transaction open if anything was written: then it is to be committed. */
static int transact(struct updater *u, struct exchange *first, struct error *e)
{
	bool busy;
	int outcome = transaction_begin(&u->transaction, u->access.registry, &busy, e);
	if (outcome == DONE)
		outcome = look(u, e);
	if (outcome == DONE)
		outcome = handle_all(u, first, e);
	if (outcome == DONE && u->transaction.wrote)
		return transaction_finish(&u->transaction, e);
	registry_rollback(u->access.registry);
	return outcome;
}

int batch_own(struct updater *u, int (*work)(void *context, struct error *), void *context, struct error *e)
{
	struct transaction *t = &u->transaction;
	bool busy;
	int outcome = transaction_begin(t, u->access.registry, &busy, e);
	if (busy) {
		registry_rollback(u->access.registry);
		return UNCHANGED;
	}
	if (outcome == DONE)
		outcome = work(context, e);
	if (outcome == DONE && t->wrote)
		outcome = transaction_finish(t, e);
	if (outcome == DONE && t->wrote)
		outcome = commit(u, e);
	if (outcome != DONE || !t->wrote)
		registry_rollback(u->access.registry);
	if (outcome == DONE && t->wrote)
		ring(u, t, clock_ticks());
	return outcome;
}

/* The batches. */

static struct exchange *take_queue(struct batch *b)
{
	struct exchange *first = b->queue, *last = first;
	for (int i = 1; i < BATCH_MOST && last->next != NULL; i++)
		last = last->next;
	b->queue = last->next;
	last->next = NULL;
	if (b->queue == NULL)
		b->queue_end = &b->queue;
	return first;
}

/* Replies of a batch wait until dnsd serves what it wrote, or no longer than they may; where dnsd was not TOLD, not at
 * all. */
static void await(struct updater *u, struct exchange *first, bool told, int64_t now)
{
	struct batch *b = u->batch;
	for (struct exchange *x = first, *next; x != NULL; x = next) {
		next = x->next;
		x->next = NULL;
		x->revision = u->transaction.wrote ? u->transaction.revision : 0;
		x->deadline = told ? now + ACKNOWLEDGED : now;
		*b->waiting_end = x;
		b->waiting_end = &x->next;
	}
}

/* A batch that is through, well or not. */
static void finish(struct updater *u, struct exchange *first, int outcome, const struct error *e,
	int64_t now)
{
	for (struct exchange *x = first; outcome != DONE && x != NULL; x = x->next) {
		arena_free(&x->arena);
		x->reply = (struct reply){ 0 };
		reply_trouble(x);
	}
	if (outcome != DONE) {
		u->counters.commit_failures++;
		if (u->access.registry != NULL) /* only if it is open: access_shut puts off the next try, and requests
		                                 * that keep coming would put it off for ever */
			access_shut(&u->access, e);
		u->transaction.wrote = false;
	}
	await(u, first, u->transaction.wrote && ring(u, &u->transaction, now), now);
}

static size_t count_batch(struct updater *u, const struct exchange *x)
{
	size_t count = 0;
	for (; x != NULL; x = x->next)
		count++;
	u->batch->queued -= count;
	u->counters.batches++;
	u->counters.batch_requests += count;
	return count;
}

static void run_one(struct updater *u, int64_t now)
{
	struct batch *b = u->batch;
	struct exchange *first = take_queue(b);
	struct error e = { "the registry is not open" };
	size_t count = count_batch(u, first);
	u->transaction.wrote = false;
	int outcome = batch_open(u) ? transact(u, first, &e) : FAILED;
	if (outcome == DONE && u->transaction.wrote && count >= BATCH_ASIDE) {
		b->flight = first;
		b->flight_started = micros();
		u->access.lent = true;
		committer_ask(&b->committer, u->access.registry);
		return;
	}
	if (outcome == DONE && u->transaction.wrote)
		outcome = commit(u, &e);
	finish(u, first, outcome, &e, now);
}

void batch_settle(struct updater *u, bool wait, int64_t now)
{
	struct batch *b = u->batch;
	int outcome;
	struct error e;
	struct exchange *first = b->flight;
	if (!u->access.lent || !committer_answer(&b->committer, wait, &outcome, &e))
		return;
	b->flight = NULL;
	u->access.lent = false;
	u->transaction.wrote = true;
	count_commit(u, b->flight_started);
	finish(u, first, outcome, &e, now);
}

bool batch_run(struct updater *u, int64_t now)
{
	struct batch *b = u->batch;
	batch_settle(u, false, now);
	while (b->queue != NULL && !u->access.lent)
		run_one(u, now);
	int64_t served = bell_served(&u->bell);
	bool any = release(u, served, now);
	if (b->waiting != NULL && now >= u->bell.next && !ring(u, NULL, now))
		any |= release(u, served, INT64_MAX); /* dnsd is gone: nobody to wait for */
	return any;
}

int64_t batch_timeout(const struct updater *u, int64_t now, int64_t most)
{
	const struct batch *b = u->batch;
	if (b->queue != NULL && !u->access.lent)
		return 0;
	if (b->waiting == NULL)
		return most;
	int64_t next = b->waiting->deadline < u->bell.next ? b->waiting->deadline : u->bell.next;
	int64_t left = next > now ? next - now : 0;
	return left < most ? left : most;
}
