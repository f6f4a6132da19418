/* SPDX-License-Identifier: BSD-2-Clause */
/* The collector's thread: a bank is taken from each worker, added up by day, and stored. */
#include "dnsd/collect.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <urcu-qsbr.h>

#include "lib/array.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "registry/telemetry.h"

enum {
	PATIENCE = 2000,  /* milliseconds, with others who write the file */
	LEDGERS_MOST = 7, /* days that are kept while nothing can be stored */
};

/* What was counted of a pool, or in a zone, on one day. Others may have stored a part of it, such as an earlier
 * process: `before`, and the networks, are what the file had when we last wrote to it. */
struct tally {
	int64_t before, more; /* queries: stored, and not yet */
	bool fresh;           /* something is not stored yet */
	struct sketch networks;
};

struct unknown_tally {
	char label[USAGE_LABEL];
	int64_t more;
};

/* All counts of a day. Slot 0 of the zones counts, too: it is for all zones that have no slot of their own. */
struct ledger {
	struct ledger *next; /* the day before */
	int64_t day, last;   /* last: date of the newest counts */
	struct tally *tally[USAGE_SLOTS], *zone[USAGE_ZONES];
	struct unknown_tally unknown[TELEMETRY_UNKNOWN];
	size_t unknown_count;
	int64_t unknown_others;
};

/* Ledgers. */

static void free_ledgers(struct ledger *ledger)
{
	while (ledger != NULL) {
		struct ledger *next = ledger->next;
		for (unsigned slot = 0; slot < USAGE_SLOTS; slot++)
			free(ledger->tally[slot]);
		for (unsigned slot = 0; slot < USAGE_ZONES; slot++)
			free(ledger->zone[slot]);
		free(ledger);
		ledger = next;
	}
}

static bool is_fresh(const struct tally *tally)
{
	return tally != NULL && tally->fresh;
}

static bool has_fresh(const struct ledger *ledger)
{
	for (unsigned slot = 1; slot < usage_slots(); slot++)
		if (is_fresh(ledger->tally[slot]))
			return true;
	for (unsigned slot = 0; slot < usage_zone_slots(); slot++)
		if (is_fresh(ledger->zone[slot]))
			return true;
	for (size_t i = 0; i < ledger->unknown_count; i++)
		if (ledger->unknown[i].more > 0)
			return true;
	return ledger->unknown_others > 0;
}

/* Gives up the oldest day, when so many days could not be stored. */
static void drop_oldest(struct collector *c)
{
	int count = 0;
	for (struct ledger **at = &c->ledger; *at != NULL; at = &(*at)->next)
		if (++count >= LEDGERS_MOST) {
			log_warning("counts of a day are lost: they could not be stored for too long");
			free_ledgers(*at);
			*at = NULL;
			return;
		}
}

/* The ledger of today; NULL when memory is out. */
static struct ledger *open_ledger(struct collector *c)
{
	int64_t now = clock_date(), day = steering_day(now);
	if (c->ledger == NULL || c->ledger->day != day) {
		struct ledger *fresh = calloc(1, sizeof *fresh);
		if (fresh == NULL)
			return NULL;
		drop_oldest(c);
		fresh->day = day;
		fresh->next = c->ledger;
		c->ledger = fresh;
		for (unsigned slot = 0; slot < USAGE_SLOTS && fresh->next != NULL; slot++) {
			atomic_store_explicit(&usage_today(slot)->queries, 0, memory_order_relaxed);
			atomic_store_explicit(&usage_today(slot)->networks, 0, memory_order_relaxed);
		}
	}
	c->ledger->last = now;
	return c->ledger;
}

/* Collecting. Counts for which there is no memory are lost. */

static void add_usage(struct tally **at, const struct usage *usage)
{
	if (*at == NULL)
		*at = calloc(1, sizeof **at);
	struct tally *tally = *at;
	if (tally == NULL)
		return;
	tally->more += (int64_t)usage->queries;
	tally->fresh = true;
	usage_networks(usage, &tally->networks);
}

static void add_unknown(struct ledger *ledger, const struct usage_unknown *unknown)
{
	size_t i = 0;
	while (i < ledger->unknown_count && strcmp(ledger->unknown[i].label, unknown->label) != 0)
		i++;
	if (i == TELEMETRY_UNKNOWN) {
		ledger->unknown_others += (int64_t)unknown->queries;
		return;
	}
	if (i == ledger->unknown_count) {
		memcpy(ledger->unknown[i].label, unknown->label, USAGE_LABEL);
		ledger->unknown_count++;
	}
	ledger->unknown[i].more += (int64_t)unknown->queries;
}

/* Takes what stands in COUNT places, and leaves them empty; TALLIES may be NULL. */
static void drain_places(struct usage *places, unsigned count, struct tally **tallies)
{
	for (unsigned i = 0; i < count; i++) {
		if (places[i].queries == 0)
			continue;
		if (tallies != NULL)
			add_usage(&tallies[i], &places[i]);
		memset(&places[i], 0, sizeof places[i]);
	}
}

/* Takes all that a bank has, and leaves it empty. */
static void drain(struct ledger *ledger, struct usage_bank *bank)
{
	drain_places(bank->pool, 1, NULL);
	drain_places(bank->pool + 1, usage_slots() - 1, ledger->tally + 1);
	drain_places(bank->zone, usage_zone_slots(), ledger->zone);
	for (int i = 0; i < USAGE_UNKNOWN; i++)
		if (bank->unknown[i].queries > 0)
			add_unknown(ledger, &bank->unknown[i]);
	ledger->unknown_others += (int64_t)bank->unknown_others;
	memset(bank->unknown, 0, sizeof bank->unknown);
	bank->unknown_others = 0;
}

static void collect(struct collector *c)
{
	struct ledger *ledger = open_ledger(c);
	for (size_t i = 0; i < c->count && ledger != NULL; i++) {
		struct usage_bank *full = c->workers[i]->usage;
		atomic_store_explicit(&c->workers[i]->usage, c->spare, memory_order_release);
		synchronize_rcu();
		drain(ledger, full);
		c->spare = full;
	}
}

/* Storing. */

/* Adds what is new to the stored day, whose sums come back. */
static int store_tally(struct tally *tally, struct telemetry_use *use, struct telemetry *t, struct error *e)
{
	use->queries = tally->more;
	use->networks = tally->networks;
	int outcome = telemetry_add_use(t, use, e);
	if (outcome == DONE) {
		tally->before = use->queries - tally->more;
		tally->networks = use->networks;
	}
	return outcome;
}

static int store_uses(struct collector *c, struct ledger *ledger, struct telemetry *t, struct error *e)
{
	struct telemetry_use use = { .node = c->node, .day = ledger->day };
	int outcome = DONE;
	for (unsigned slot = 1; slot < usage_slots() && outcome == DONE; slot++) {
		use.pool = usage_label(slot);
		if (is_fresh(ledger->tally[slot]))
			outcome = store_tally(ledger->tally[slot], &use, t, e);
	}
	use.pool = NULL;
	for (unsigned slot = 0; slot < usage_zone_slots() && outcome == DONE; slot++) {
		use.zone = usage_zone(slot);
		if (is_fresh(ledger->zone[slot]))
			outcome = store_tally(ledger->zone[slot], &use, t, e);
	}
	return outcome;
}

static int store_unknown(struct collector *c, struct ledger *ledger, struct telemetry *t, struct error *e)
{
	struct telemetry_unknown unknown = { .node = c->node, .label = "", .day = ledger->day,
		.last = ledger->last, .queries = ledger->unknown_others };
	int outcome = unknown.queries > 0 ? telemetry_add_unknown(t, &unknown, e) : DONE;
	for (size_t i = 0; i < ledger->unknown_count && outcome == DONE; i++) {
		unknown.label = ledger->unknown[i].label;
		unknown.queries = ledger->unknown[i].more;
		if (unknown.queries > 0)
			outcome = telemetry_add_unknown(t, &unknown, e);
	}
	return outcome;
}

static int store_all(struct collector *c, struct telemetry *t, struct error *e)
{
	int outcome = telemetry_begin(t, e);
	for (struct ledger *ledger = c->ledger; ledger != NULL && outcome == DONE; ledger = ledger->next) {
		outcome = store_uses(c, ledger, t, e);
		if (outcome == DONE)
			outcome = store_unknown(c, ledger, t, e);
	}
	if (outcome == DONE && c->pruned != c->ledger->day)
		outcome = telemetry_prune(t, c->ledger->day, e);
	return outcome == DONE ? telemetry_commit(t, e) : outcome;
}

static void settle_tallies(struct tally **tallies, unsigned count)
{
	for (unsigned slot = 0; slot < count; slot++) {
		struct tally *tally = tallies[slot];
		if (!is_fresh(tally))
			continue;
		tally->before += tally->more;
		tally->more = 0;
		tally->fresh = false;
	}
}

/* Called when all is stored: only today's ledger is needed any more. */
static void settle(struct collector *c)
{
	struct ledger *ledger = c->ledger;
	free_ledgers(ledger->next);
	ledger->next = NULL;
	settle_tallies(ledger->tally, usage_slots());
	settle_tallies(ledger->zone, usage_zone_slots());
	for (size_t i = 0; i < ledger->unknown_count; i++)
		ledger->unknown[i].more = 0;
	ledger->unknown_others = 0;
	c->pruned = ledger->day;
}

static void say(struct collector *c, int outcome, const struct error *e)
{
	if (outcome == DONE && c->trouble[0] != '\0')
		log_notice("what clients ask for is stored again file=\"%s\"", c->path);
	else if (outcome != DONE && strcmp(c->trouble, e->text) != 0)
		log_warning("what clients ask for cannot be stored; it is kept, and answers go on why=\"%s\"",
			e->text);
	snprintf(c->trouble, sizeof c->trouble, "%s", outcome == DONE ? "" : e->text);
}

/* Stores what is new. The file is opened each time, for it may have been moved away. */
static void store(struct collector *c)
{
	struct telemetry *t = NULL;
	struct error e = { "" };
	bool fresh = false;
	for (const struct ledger *ledger = c->ledger; ledger != NULL; ledger = ledger->next)
		fresh |= has_fresh(ledger);
	if (c->path == NULL || !fresh)
		return;
	int outcome = telemetry_open(c->path, c->registry, PATIENCE, &t, &e);
	if (outcome == DONE)
		outcome = store_all(c, t, &e);
	if (outcome == DONE)
		settle(c);
	telemetry_close(t);
	say(c, outcome, &e);
}

/* Hands figures of the day to _status; places that did not change keep those that they had. */
static void publish(const struct ledger *ledger, const bool *changed)
{
	for (unsigned slot = 1; slot < usage_slots(); slot++) {
		const struct tally *tally = ledger->tally[slot];
		struct usage_today *today = usage_today(slot);
		if (tally == NULL || !changed[slot])
			continue;
		atomic_store_explicit(&today->queries, (uint64_t)(tally->before + tally->more),
			memory_order_relaxed);
		atomic_store_explicit(&today->networks, (uint64_t)lround(sketch_estimate(&tally->networks)),
			memory_order_relaxed);
	}
}

static void turn(struct collector *c)
{
	static bool changed[USAGE_SLOTS];
	collect(c);
	if (c->ledger == NULL)
		return;
	for (unsigned slot = 1; slot < USAGE_SLOTS; slot++)
		changed[slot] = is_fresh(c->ledger->tally[slot]);
	store(c);
	publish(c->ledger, changed);
}

/* Reads what the file has of today, for _status tells the whole day, whoever counted it. */
static void recall(const struct collector *c)
{
	struct telemetry_files files = { .count = 1 };
	int64_t today = steering_day(clock_date());
	if (c->path == NULL || telemetry_look(c->path, PATIENCE, &files.file[0], NULL) != DONE)
		return;
	for (unsigned slot = 1; slot < usage_slots(); slot++) {
		struct telemetry_day day;
		if (telemetry_total(&files, usage_label(slot), today, today, &day, NULL) != DONE)
			continue;
		atomic_store_explicit(&usage_today(slot)->queries, (uint64_t)day.queries, memory_order_relaxed);
		atomic_store_explicit(&usage_today(slot)->networks, (uint64_t)lround(day.networks), memory_order_relaxed);
	}
	telemetry_close(files.file[0]);
}

/* The thread. */

static void *run(void *context)
{
	struct collector *c = context;
	struct pollfd stop = { .fd = c->stop, .events = POLLIN };
	recall(c);
	while (poll(&stop, 1, (int)(c->interval * 1000)) <= 0)
		turn(c);
	return NULL;
}

int collector_add(struct collector *c, struct worker *worker, struct error *e)
{
	worker->usage = usage_bank_new();
	if (worker->usage == NULL || !array_room(&c->workers, &c->room, c->count + 1, sizeof *c->workers))
		return fail(e, FAILED, "out of memory");
	c->workers[c->count++] = worker;
	return DONE;
}

int collector_start(struct collector *c, struct error *e)
{
	c->spare = usage_bank_new();
	if (c->spare == NULL)
		return fail(e, FAILED, "out of memory");
	c->stop = eventfd(0, EFD_CLOEXEC);
	if (c->stop < 0)
		return fail(e, FAILED, "eventfd: %s", strerror(errno));
	int code = pthread_create(&c->thread, NULL, run, c);
	return code == 0 ? DONE : fail(e, FAILED, "starting a thread: %s", strerror(code));
}

void collector_stop(struct collector *c)
{
	const uint64_t one = 1;
	if (write(c->stop, &one, sizeof one) != (ssize_t)sizeof one)
		return;
	pthread_join(c->thread, NULL);
	turn(c);
	close(c->stop);
	free_ledgers(c->ledger);
	for (size_t i = 0; i < c->count; i++)
		usage_bank_free(c->workers[i]->usage);
	usage_bank_free(c->spare);
	free(c->workers);
}
