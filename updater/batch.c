/* SPDX-License-Identifier: BSD-2-Clause */
#include "updater/batch.h"

#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "updater/door.h"
#include "updater/reply.h"

enum {
	BATCH_MOST = 256,    /* requests in a transaction: keeps the last one's wait short */
	ACKNOWLEDGED = 500,  /* milliseconds that a reply waits for dnsd at most */
	BATCH_ASIDE = 4,     /* requests from which on another thread commits; fewer are faster here */
	RING_AGAIN = 20,     /* milliseconds after which dnsd is asked once more */
};

void batch_start(struct updater *u)
{
	u->queue_end = &u->queue;
	u->waiting_end = &u->waiting;
	u->bell = -1;
}

void batch_add(struct updater *u, struct exchange *x)
{
	x->next = NULL;
	*u->queue_end = x;
	u->queue_end = &x->next;
	u->queued++;
}

void batch_moved(struct updater *u, const struct host *host)
{
	host_changes_add(&u->moved, host);
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
	struct exchange **flight_end;
	if (unlink_from(&u->queue, &u->queue_end, x))
		u->queued--;
	else if (!unlink_from(&u->flight, &flight_end, x))
		unlink_from(&u->waiting, &u->waiting_end, x);
}

/* The doorbell. */

static void hang_up(struct updater *u)
{
	if (u->bell >= 0)
		close(u->bell);
	u->bell = -1;
}

/* Of a commit, says what it changed, if each row of the change log is a host that we know. */
static int ring_once(struct updater *u, bool committed)
{
	const struct host_changes *m = &u->moved;
	if (!committed || m->broken || m->count == 0 || u->revision_before + (int64_t)m->count != u->revision)
		return doorbell_ring(u->bell, u->revision, NULL);
	return doorbell_ring_with(u->bell, u->revision_before, u->revision, m->octets, m->size, NULL);
}

/* Tells dnsd of the newest revision, which was committed just now or is to be told again. False when no dnsd
 * listens. */
static bool ring(struct updater *u, bool committed, int64_t now)
{
	for (int try = 0; try < 2; try++) {
		if (u->bell < 0) {
			u->bell_serial++;
			if (doorbell_open(u->settings.registry, &u->bell, NULL) != DONE) {
				u->bell = -1;
				return false;
			}
		}
		if (ring_once(u, committed) == DONE) {
			u->next_ring = now + RING_AGAIN;
			return true;
		}
		hang_up(u); /* dnsd was started anew: its socket is another */
	}
	return false;
}

void batch_ask(struct updater *u, int64_t now)
{
	if (u->waiting == NULL)
		ring(u, false, now);
}

/* Sends the replies that wait for no more than a revision, or for longer than they may. */
static bool release(struct updater *u, int64_t revision, int64_t now)
{
	bool any = false;
	while (u->waiting != NULL
		&& (u->waiting->revision <= revision || u->waiting->deadline <= now)) {
		struct exchange *x = u->waiting;
		u->counters.unacknowledged += x->revision > revision;
		u->waiting = x->next;
		if (u->waiting == NULL)
			u->waiting_end = &u->waiting;
		x->resume(x);
		any = true;
	}
	return any;
}

bool batch_hear(struct updater *u, int64_t now)
{
	struct doorbell bell;
	int outcome;
	while (u->bell >= 0 && (outcome = doorbell_take(u->bell, &bell)) != UNCHANGED)
		if (outcome == ABSENT) {
			hang_up(u); /* dnsd ended: it is rung for anew */
			u->next_ring = now;
		} else if (outcome == DONE) {
			u->heard = bell;
			u->heard_at = now;
		}
	return release(u, u->heard_at == 0 ? 0 : u->heard.revision, now);
}

/* One transaction. */

/* How things stand before a request. */
struct before {
	bool wrote, broken;
	size_t count, size;
};

/* What a request has written stays, or is taken back as if it had never been. */
static int end_part(struct updater *u, const struct before *before, bool well, struct error *e)
{
	if (!u->parted)
		return DONE;
	u->parted = false;
	if (well)
		return registry_keep(u->registry, e);
	u->wrote = before->wrote;
	u->acting_verb = NULL;
	u->moved.count = before->count;
	u->moved.size = before->size;
	u->moved.broken = before->broken;
	return registry_undo(u->registry, e);
}

/* FAILED when all is to be given up; who is refused in the midst of writing leaves nothing behind. */
static int handle_one(struct updater *u, struct exchange *x, struct error *e)
{
	const struct before before = { u->wrote, u->moved.broken, u->moved.count, u->moved.size };
	int outcome = x->route->handle(u, x, e);
	if (outcome > 0 && x->reply.status == 0) {
		log_warning("an update was refused by the registry: %s", e->text);
		reply_trouble(x);
	}
	return outcome < 0 ? outcome : end_part(u, &before, outcome == DONE, e);
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
	int outcome = registry_commit(u->registry, e);
	count_commit(u, started);
	return outcome;
}

/* A transaction is open, and nothing was done in it yet. */
static int begun(struct updater *u, struct error *e)
{
	u->wrote = u->parted = false;
	u->acting_verb = NULL;
	u->moved.broken = false;
	u->moved.count = u->moved.size = 0;
	return registry_revision(u->registry, &u->revision_before, e);
}

static int begin(struct updater *u, struct error *e)
{
	int outcome = registry_begin(u->registry, e);
	return outcome == DONE ? begun(u, e) : outcome;
}

/* Leaves the transaction open if anything was written: then it is to be committed. */
static int transact(struct updater *u, struct exchange *first, struct error *e)
{
	int outcome = begin(u, e);
	if (outcome == DONE)
		outcome = door_look(u, e);
	if (outcome == DONE)
		outcome = handle_all(u, first, e);
	if (outcome == DONE && u->wrote)
		return registry_revision(u->registry, &u->revision, e);
	registry_rollback(u->registry);
	return outcome;
}

int batch_own(struct updater *u, int (*work)(struct updater *, struct error *), struct error *e)
{
	int outcome = registry_begin(u->registry, e);
	if (outcome != DONE) {
		registry_rollback(u->registry);
		return UNCHANGED;
	}
	outcome = begun(u, e);
	if (outcome == DONE)
		outcome = work(u, e);
	if (outcome == DONE && u->wrote)
		outcome = registry_revision(u->registry, &u->revision, e);
	if (outcome == DONE && u->wrote)
		outcome = commit(u, e);
	if (outcome != DONE || !u->wrote)
		registry_rollback(u->registry);
	if (outcome == DONE && u->wrote)
		ring(u, true, clock_ticks());
	return outcome;
}

/* The batches. */

static struct exchange *take_queue(struct updater *u)
{
	struct exchange *first = u->queue, *last = first;
	for (int i = 1; i < BATCH_MOST && last->next != NULL; i++)
		last = last->next;
	u->queue = last->next;
	last->next = NULL;
	if (u->queue == NULL)
		u->queue_end = &u->queue;
	return first;
}

/* Replies of a committed batch wait for dnsd, if one was told. */
static void await(struct updater *u, struct exchange *first, bool told, int64_t now)
{
	for (struct exchange *x = first, *next; x != NULL; x = next) {
		next = x->next;
		x->next = NULL;
		x->revision = u->wrote ? u->revision : 0;
		x->deadline = told ? now + ACKNOWLEDGED : now;
		*u->waiting_end = x;
		u->waiting_end = &x->next;
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
		if (u->registry != NULL) /* or those who ask meanwhile would put off its opening for ever */
			door_shut(u, e);
		u->wrote = false;
	}
	await(u, first, u->wrote && ring(u, true, now), now);
}

static size_t count_batch(struct updater *u, const struct exchange *x)
{
	size_t count = 0;
	for (; x != NULL; x = x->next)
		count++;
	u->queued -= count;
	u->counters.batches++;
	u->counters.batch_requests += count;
	return count;
}

static void run_one(struct updater *u, int64_t now)
{
	struct exchange *first = take_queue(u);
	struct error e = { "the registry is not open" };
	size_t count = count_batch(u, first);
	u->wrote = false;
	int outcome = door_open(u) ? transact(u, first, &e) : FAILED;
	if (outcome == DONE && u->wrote && count >= BATCH_ASIDE) {
		u->flight = first;
		u->flight_started = micros();
		committer_ask(&u->committer, u->registry);
		return;
	}
	if (outcome == DONE && u->wrote)
		outcome = commit(u, &e);
	finish(u, first, outcome, &e, now);
}

void batch_settle(struct updater *u, bool wait, int64_t now)
{
	int outcome;
	struct error e;
	struct exchange *first = u->flight;
	if (first == NULL || !committer_answer(&u->committer, wait, &outcome, &e))
		return;
	u->flight = NULL;
	u->wrote = true;
	count_commit(u, u->flight_started);
	finish(u, first, outcome, &e, now);
}

bool batch_run(struct updater *u, int64_t now)
{
	batch_settle(u, false, now);
	while (u->queue != NULL && u->flight == NULL)
		run_one(u, now);
	int64_t served = u->heard_at == 0 ? 0 : u->heard.revision;
	bool any = release(u, served, now);
	if (u->waiting != NULL && now >= u->next_ring && !ring(u, false, now))
		any |= release(u, served, INT64_MAX); /* dnsd is gone: nobody to wait for */
	return any;
}

int64_t batch_timeout(const struct updater *u, int64_t now, int64_t most)
{
	if (u->queue != NULL && u->flight == NULL)
		return 0;
	if (u->waiting == NULL)
		return most;
	int64_t next = u->waiting->deadline < u->next_ring ? u->waiting->deadline : u->next_ring;
	int64_t left = next > now ? next - now : 0;
	return left < most ? left : most;
}
