/* SPDX-License-Identifier: BSD-2-Clause */
/* What is done now and then: a table of chores, and leases, which are looked at each time. */
#include "updater/housekeeping.h"

#include "lib/clock.h"
#include "lib/log.h"
#include "registry/serial.h"
#include "steering/steering.h"
#include "updater/batch.h"
#include "updater/census.h"
#include "updater/lease_rows.h"
#include "updater/shrink.h"

enum {
	EACH = 200,                      /* milliseconds between looks */
	SECOND = 1000, HOUR = 3600 * SECOND,
	PATIENCE = 50,                   /* milliseconds, with other writers: requests do not wait for this */
	READER_LIVES = 7 * 24 * 60 * 60, /* seconds that the log is kept for a reader not heard of */
};

/* dnsd never writes the registry: how far it has read is noted for it. */
static bool has_read_on(const struct housekeeping *k)
{
	return k->updater->bell.heard.revision != k->noted_revision;
}

static int note_reader(struct housekeeping *k, struct error *e)
{
	struct transaction *t = &k->updater->transaction;
	struct reader reader = { "dnsd", k->updater->bell.heard.revision, clock_date() };
	k->noted_revision = reader.revision;
	t->wrote = true;
	return registry_put(t->registry, &reader_kind, &reader, e);
}

static int prune(struct housekeeping *k, struct error *e)
{
	const struct settings *s = &k->updater->settings;
	struct transaction *t = &k->updater->transaction;
	int64_t date = clock_date(), keep = s->log_days * 86400, oldest;
	int outcome = registry_oldest(t->registry, &oldest, e);
	if (outcome != DONE)
		return outcome;
	int64_t before = horizon_move(&k->log_horizon, date - keep, oldest, clock_ticks(), keep);
	int64_t readers_since = before < date - keep ? INT64_MIN : date - READER_LIVES; /* nobody dies of a clock */
	outcome = registry_prune(t->registry, before, s->log_rows, readers_since, e);
	t->wrote = outcome == DONE;
	return outcome == UNCHANGED ? DONE : outcome;
}

/* Secondaries ask for what is new by the serial, which is the revision. */
static bool serial_is_wanted(const struct housekeeping *k)
{
	return k->updater->bell.serial_wanted;
}

static int move_serial(struct housekeeping *k, struct error *e)
{
	struct transaction *t = &k->updater->transaction;
	int outcome = transaction_act(t, NULL, "windsock-updater", "signatures or keys of zones are new", e);
	return outcome == DONE ? registry_note(t->registry, registry_signatures_note, e) : outcome;
}

static void serial_is_moved(struct housekeeping *k)
{
	k->updater->bell.serial_wanted = false;
}

/* The registry went back, from a backup say: dnsd serves it with serials that lead on, which are not its revisions. */
static bool was_just_opened(const struct housekeeping *k)
{
	return k->updater->access.unmended;
}

static bool serial_leads(const struct housekeeping *k)
{
	const struct bell *b = &k->updater->bell;
	return b->heard_at != 0 && b->heard.serial != b->heard.revision;
}

static int mend_serials(struct housekeeping *k, struct error *e)
{
	struct transaction *t = &k->updater->transaction;
	struct error said;
	int outcome = transaction_act(t, NULL, "windsock-updater", "the registry's revision goes on past what was served", e);
	if (outcome == DONE)
		outcome = serial_mend(t->registry, &said, e);
	t->wrote = outcome == DONE;
	if (outcome == DONE)
		log_warning("%s", said.text);
	return outcome == UNCHANGED ? DONE : outcome;
}

static void serials_are_mended(struct housekeeping *k)
{
	k->updater->access.unmended = false;
}

static int shrink(struct housekeeping *k, struct error *e)
{
	return shrink_pools(&k->updater->transaction, k->updater->settings.telemetry, e);
}

static int admit(struct housekeeping *k, struct error *e)
{
	return admission_run(&k->updater->admission, &k->updater->transaction, e);
}

static int count_clients(struct housekeeping *k, struct error *e)
{
	return census_take(&k->updater->transaction, k->updater->settings.telemetry, e);
}

static void ask_dnsd(struct housekeeping *k)
{
	batch_ask(k->updater, clock_ticks());
}

/* Each that has work has a transaction of its own for it. */
static const struct chore {
	const char *doing;                           /* for the log, when it fails */
	int64_t every;                               /* milliseconds between its turns */
	bool (*wanted)(const struct housekeeping *); /* NULL: always */
	int (*work)(struct housekeeping *, struct error *); /* NULL: it needs no registry, and .done is all there is to do */
	void (*done)(struct housekeeping *);         /* once the work is committed; NULL: nothing more */
} chores[HOUSEKEEPING_CHORES] = {
	{ "asking dnsd how it is", 5 * SECOND, NULL, NULL, ask_dnsd },
	{ "raising the revision past what was served", 0, was_just_opened, mend_serials, serials_are_mended },
	{ "raising the revision past what was served", 5 * SECOND, serial_leads, mend_serials, serials_are_mended },
	{ "noting how far dnsd is", 60 * SECOND, has_read_on, note_reader, NULL },
	{ "taking a step of a pool's schedule", 5 * SECOND, NULL, shrink, NULL },
	{ "giving service to relays that passed their tests", 5 * SECOND, NULL, admit, NULL },
	{ "writing how many clients releases have", HOUR, NULL, count_clients, NULL },
	{ "moving the serial", 5 * SECOND, serial_is_wanted, move_serial, serial_is_moved },
	{ "pruning the change log", SECOND, NULL, prune, NULL }, /* often, so that each time it is little */
};

/* The work that batch_own is given. */
struct job {
	struct housekeeping *keeping;
	int (*work)(struct housekeeping *, struct error *);
};

static int do_job(void *context, struct error *e)
{
	const struct job *job = context;
	return job->work(job->keeping, e);
}

/* True once it is done. Another writer is no trouble: it is done the next time. */
static bool own(struct housekeeping *k, int (*work)(struct housekeeping *, struct error *), const char *doing)
{
	struct updater *u = k->updater;
	struct job job = { k, work };
	struct error e;
	if (u->access.registry == NULL)
		return false;
	registry_patience(u->access.registry, PATIENCE);
	int outcome = batch_own(u, do_job, &job, &e);
	registry_patience(u->access.registry, ACCESS_PATIENCE);
	if (outcome == DONE || outcome == UNCHANGED)
		return outcome == DONE;
	fail_within(&e, outcome, "%s", doing);
	access_shut(&u->access, &e);
	return false;
}

static int write_expired(struct housekeeping *k, struct error *e)
{
	return lease_rows_expire(k->updater, e);
}

static void keep_leases(struct housekeeping *k, int64_t now)
{
	struct updater *u = k->updater;
	struct error e;
	if (u->leases.stale && lease_rows_load(u, &e) != DONE) {
		access_shut(&u->access, &e);
		return;
	}
	if (lease_expired(&u->leases, now) == NULL)
		return;
	if (!own(k, write_expired, "writing that leases ran out"))
		return;
	for (struct lease *lease; (lease = lease_expired(&u->leases, now)) != NULL;)
		lease_drop(&u->leases, lease->relay);
}

static void do_chores(struct housekeeping *k, bool open, int64_t now)
{
	for (size_t i = 0; i < HOUSEKEEPING_CHORES; i++) {
		const struct chore *chore = &chores[i];
		if (now < k->next[i] || (chore->work != NULL && !open) || (chore->wanted != NULL && !chore->wanted(k)))
			continue;
		k->next[i] = now + chore->every;
		bool well = chore->work == NULL || own(k, chore->work, chore->doing);
		if (well && chore->done != NULL)
			chore->done(k);
	}
}

void housekeeping_run(struct housekeeping *k, int64_t now)
{
	struct updater *u = k->updater;
	if (now < k->looked + EACH)
		return;
	k->looked = now;
	int64_t today = steering_day(clock_date());
	sessions_store(&u->sessions, u->settings.telemetry, u->settings.registry, today, now);
	tls_uses_store(&u->tls_uses, u->settings.telemetry, u->settings.registry, today, now);
	bool open = batch_open(u);
	if (open)
		keep_leases(k, now);
	do_chores(k, open, now);
}
