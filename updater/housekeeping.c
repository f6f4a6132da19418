/* SPDX-License-Identifier: BSD-2-Clause */
#include "updater/housekeeping.h"

#include "lib/clock.h"
#include "lib/log.h"
#include "registry/serial.h"
#include "steering/steering.h"
#include "updater/admission.h"
#include "updater/batch.h"
#include "updater/census.h"
#include "updater/door.h"
#include "updater/http.h"
#include "updater/shrink.h"

enum {
	EACH = 200,                     /* milliseconds between looks */
	ASK_EACH = 5 * 1000,            /* of asking dnsd how it is */
	NOTE_EACH = 60 * 1000,          /* of writing how far dnsd is */
	SHRINK_EACH = 5 * 1000,         /* of looking at the schedules of pools */
	ADMIT_EACH = 5 * 1000,          /* of looking at relays that are tested */
	COUNT_EACH = 3600 * 1000,       /* of counting clients by release */
	MOVE_EACH = 5 * 1000,           /* of moving the serial for signatures */
	PRUNE_EACH = 1000,              /* often, so that each time it is little */
	PATIENCE = 50,                  /* with other writers: requests do not wait for this */
	READER_LIVES = 7 * 24 * 60 * 60, /* seconds that the log is kept for a reader not heard of */
};

/* dnsd never writes the registry: how far it has read is noted for it. */
static int note_reader(struct updater *u, struct error *e)
{
	struct reader reader = { "dnsd", u->heard.revision, clock_date() };
	u->wrote = true;
	return registry_put(u->registry, &reader_kind, &reader, e);
}

static int prune(struct updater *u, struct error *e)
{
	int64_t date = clock_date(), keep = u->settings.log_days * 86400, oldest;
	int outcome = registry_oldest(u->registry, &oldest, e);
	if (outcome != DONE)
		return outcome;
	int64_t before = horizon_move(&u->log_horizon, date - keep, oldest, clock_ticks(), keep);
	int64_t readers_since = before < date - keep ? INT64_MIN : date - READER_LIVES; /* nobody dies of a clock */
	outcome = registry_prune(u->registry, before, u->settings.log_rows, readers_since, e);
	u->wrote = outcome == DONE;
	return outcome == UNCHANGED ? DONE : outcome;
}

/* Secondaries ask for what is new by the serial, which is the revision. */
static int move_serial(struct updater *u, struct error *e)
{
	int outcome = door_act(u, NULL, "windsock-updater", "signatures or keys of zones are new", e);
	u->wrote = true;
	return outcome == DONE ? registry_note(u->registry, "signatures", e) : outcome;
}

/* The registry went back, from a backup say: dnsd serves it with serials that lead on, which are not its revisions. */
static int mend_serials(struct updater *u, struct error *e)
{
	struct error said;
	int outcome = door_act(u, NULL, "windsock-updater", "the registry's revision goes on past what was served", e);
	if (outcome == DONE)
		outcome = serial_mend(u->registry, &said, e);
	u->wrote = outcome == DONE;
	if (outcome == DONE)
		log_warning("%s", said.text);
	return outcome == UNCHANGED ? DONE : outcome;
}

/* True once it is done. Another writer is no trouble: it is done the next time. */
static bool own(struct updater *u, int (*work)(struct updater *, struct error *), const char *doing)
{
	struct error e;
	if (u->registry == NULL)
		return false;
	registry_patience(u->registry, PATIENCE);
	int outcome = batch_own(u, work, &e);
	registry_patience(u->registry, DOOR_PATIENCE);
	if (outcome == DONE || outcome == UNCHANGED)
		return outcome == DONE;
	fail_within(&e, outcome, "%s", doing);
	door_shut(u, &e);
	return false;
}

static void keep_leases(struct updater *u, int64_t now)
{
	struct error e;
	if (u->leases.stale && lease_load(u, &e) != DONE) {
		door_shut(u, &e);
		return;
	}
	if (lease_expired(&u->leases, now) == NULL)
		return;
	if (!own(u, lease_expire, "writing that leases ran out"))
		return;
	for (struct lease *lease; (lease = lease_expired(&u->leases, now)) != NULL;)
		lease_drop(&u->leases, lease->relay);
}

void housekeeping_run(struct updater *u, int64_t now)
{
	if (now < u->housekeeping)
		return;
	u->housekeeping = now + EACH;
	http_sweep(u->http, now);
	if (now >= u->belled + ASK_EACH) {
		u->belled = now;
		batch_ask(u, now);
	}
	sessions_store(&u->sessions, u->settings.telemetry, u->settings.registry, steering_day(clock_date()), now);
	if (!door_open(u))
		return;
	keep_leases(u, now);
	if (u->unmended || (u->heard_at != 0 && u->heard.serial != u->heard.revision && now >= u->serial_moved + MOVE_EACH)) {
		u->serial_moved = now;
		u->unmended = !own(u, mend_serials, "raising the revision past what was served");
	}
	if (now >= u->noted + NOTE_EACH && u->heard.revision != u->noted_revision) {
		u->noted = now;
		u->noted_revision = u->heard.revision;
		own(u, note_reader, "noting how far dnsd is");
	}
	if (now >= u->shrunk + SHRINK_EACH) {
		u->shrunk = now;
		own(u, shrink_pools, "taking a step of a pool's schedule");
	}
	if (now >= u->admitted + ADMIT_EACH) {
		u->admitted = now;
		own(u, admission_run, "giving service to relays that passed their tests");
	}
	if (now >= u->counted + COUNT_EACH || u->counted == 0) {
		u->counted = now;
		own(u, census_take, "writing how many clients releases have");
	}
	if (u->serial_wanted && now >= u->serial_moved + MOVE_EACH) {
		u->serial_moved = now;
		u->serial_wanted = !own(u, move_serial, "moving the serial");
	}
	if (now >= u->pruned + PRUNE_EACH) {
		u->pruned = now;
		own(u, prune, "pruning the change log");
	}
}
