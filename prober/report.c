/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing observations, and who else observes. */
#include "prober/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/array.h"
#include "lib/log.h"

static int begin(struct registry *r, const char *observer, struct error *e)
{
	const struct act act = { .actor = observer, .origin = "windsock-prober", .verb = "observe" };
	int outcome = registry_begin(r, e);
	return outcome == DONE ? registry_act(r, &act, e) : outcome;
}

static int end(struct registry *r, int outcome, struct error *e)
{
	if (outcome == DONE)
		outcome = registry_commit(r, e);
	if (outcome != DONE)
		registry_rollback(r);
	return outcome;
}

/* Writes rows. Those of a relay that was removed meanwhile are passed over, for they would refer to nothing. */
static int write_rows(struct roster *roster, struct registry *r, int64_t date, struct error *e)
{
	char pings[PINGS_TEXT];
	int outcome = begin(r, roster->observer, e);
	for (size_t i = 0; i < roster->count && outcome == DONE; i++) {
		const struct watch *w = &roster->charges[i]->watch;
		if (!watch_due(w, date))
			continue;
		struct observation row = watch_row(w, roster->observer, date, pings);
		row.heard = row.at < roster->heard ? roster->heard : row.at;
		outcome = registry_put(r, &observation_kind, &row, e);
		if (outcome == REFUSED)
			outcome = DONE;
	}
	return end(r, outcome, e);
}

int report_write(struct roster *roster, struct registry *r, int64_t date, struct error *e)
{
	size_t first = 0;
	while (first < roster->count && !watch_due(&roster->charges[first]->watch, date))
		first++;
	if (first == roster->count)
		return DONE;
	int outcome = write_rows(roster, r, date, e);
	for (size_t i = first; i < roster->count && outcome == DONE; i++) {
		struct watch *w = &roster->charges[i]->watch;
		if (!watch_due(w, date))
			continue;
		w->written = w->seen < date ? w->seen : date;
		w->changed = false;
	}
	return outcome;
}

static bool of_witness(const struct observation *o, const char *ours)
{
	return strcmp(o->observer, "lease") != 0 && strcmp(o->observer, ours) != 0;
}

static struct witness *witness_of(struct witnesses *w, const char *name)
{
	for (size_t i = 0; i < w->count; i++)
		if (strcmp(w->list[i].name, name) == 0)
			return &w->list[i];
	if (!array_room(&w->list, &w->room, w->count + 1, sizeof *w->list))
		return NULL;
	w->list[w->count] = (struct witness){ .newest = -1 };
	snprintf(w->list[w->count].name, sizeof w->list[w->count].name, "%s", name);
	return &w->list[w->count++];
}

/* Logs that a prober's clock is another one: its rows are at most a minute old when it writes them, and we look
 * often. */
static void tell_skew(struct witness *w, int64_t date, int64_t ticks)
{
	enum { TOLERANCE = 120, AGAIN = 3600 * 1000 };
	int64_t ahead = w->newest - date;
	if (llabs(ahead) <= TOLERANCE || (w->told_at != 0 && ticks - w->told_at < AGAIN))
		return;
	w->told_at = ticks;
	log_warning("the clock of prober %s is %lld s %s ours observer=%s", w->name, llabs(ahead),
		ahead > 0 ? "ahead of" : "behind", w->name);
}

/* Notes another prober's newest row. Its dates are only compared with each other, for its clock is its own. */
static int hear(struct witnesses *w, const char *ours, const struct fleet *fleet, int64_t ticks, int64_t date,
	struct error *e)
{
	for (size_t i = 0; i < fleet->observation_count; i++) {
		const struct observation *o = &fleet->observations[i];
		if (!of_witness(o, ours))
			continue;
		struct witness *witness = witness_of(w, o->observer);
		if (witness == NULL)
			return fail(e, FAILED, "out of memory");
		if (o->at > witness->newest) {
			bool known = witness->newest >= 0;
			witness->newest = o->at;
			witness->moved_at = ticks;
			witness->moving = known;
		}
	}
	for (size_t i = 0; i < w->count; i++)
		if (w->list[i].moving && w->list[i].moved_at == ticks)
			tell_skew(&w->list[i], date, ticks);
	return DONE;
}

/* FLEET's observations are in the order of relays, so ours stand beside the others'. */
static bool we_see(const struct fleet *fleet, const char *ours, const char *relay)
{
	size_t low = 0, high = fleet->observation_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct observation *o = &fleet->observations[middle];
		int order = strcmp(relay, o->relay);
		order = order != 0 ? order : strcmp(ours, o->observer);
		if (order == 0)
			return o->health != HEALTH_UNKNOWN;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

static bool silent(const struct witnesses *w, const struct fleet *fleet, const char *ours,
	const struct observation *o, int64_t ticks, int64_t patience)
{
	if (!of_witness(o, ours) || o->health == HEALTH_UNKNOWN || !we_see(fleet, ours, o->relay))
		return false;
	for (size_t i = 0; i < w->count; i++)
		if (strcmp(w->list[i].name, o->observer) == 0)
			return ticks - w->list[i].moved_at >= patience;
	return false;
}

/* Makes the last word of a silent prober "unknown", unless it has spoken since, which is only sure inside the
 * transaction; *SILENCED counts those. */
static int silence(struct registry *r, const struct observation *o, size_t *silenced, struct error *e)
{
	struct arena arena = { 0 };
	struct observation now;
	int outcome = registry_get(r, &observation_kind, o, &arena, &now, e);
	if (outcome == DONE && now.at == o->at) {
		char reason[200];
		snprintf(reason, sizeof reason, "prober %s was not heard from any more; it last said: %s",
			o->observer, o->health == HEALTH_UP ? "up" : "down");
		now.health = HEALTH_UNKNOWN;
		now.reason = reason;
		outcome = registry_set(r, &observation_kind, &now, e);
		*silenced += outcome == DONE;
	}
	arena_free(&arena);
	return outcome == ABSENT ? DONE : outcome;
}

int report_witnesses(struct witnesses *w, struct roster *roster, struct registry *r,
	const struct fleet *fleet, int64_t ticks, int64_t patience, int64_t date, struct error *e)
{
	size_t count = 0, silenced = 0; /* count: of those that seem silent */
	const char *name = "";
	int outcome = hear(w, roster->observer, fleet, ticks, date, e);
	for (size_t i = 0; i < fleet->observation_count && outcome == DONE; i++) {
		const struct observation *o = &fleet->observations[i];
		if (!silent(w, fleet, roster->observer, o, ticks, patience))
			continue;
		if (count++ == 0)
			outcome = begin(r, roster->observer, e);
		size_t before = silenced;
		if (outcome == DONE)
			outcome = silence(r, o, &silenced, e);
		name = silenced > before ? o->observer : name;
	}
	if (count > 0)
		outcome = end(r, outcome, e);
	if (silenced > 0 && outcome == DONE)
		log_warning("prober %s was not heard from any more: what it said of %zu relay%s counts no longer",
			name, silenced, silenced == 1 ? "" : "s");
	return outcome;
}
