/* SPDX-License-Identifier: BSD-2-Clause */
/* A pool's life: freeze, thaw, shrink, retire, revive, brownout. */
#include <string.h>

#include "lib/clock.h"
#include "steering/effect.h"
#include "steering/label.h"
#include "steering/schedule.h"
#include "tools/pool/pool.h"
#include "tools/telemetry.h"

/* What all these verbs begin with: the pool that was named, and the fleet. */
struct life {
	struct pool row;
	struct fleet fleet;
	struct offer *offers;
	struct membership m; /* the pool's at present */
};

static int begin(struct command *c, struct life *l, struct error *e)
{
	int outcome = pool_named(c, &l->row, e);
	if (outcome == DONE)
		outcome = fetch(c, &pool_kind, &l->row, &l->row, e);
	if (outcome == DONE)
		outcome = pool_load(c, &l->fleet, &l->offers, e);
	if (outcome == DONE)
		outcome = steering_pool(&l->fleet, l->offers, &l->row, &c->arena, &l->m, e);
	return outcome;
}

static int refuse_state(const struct life *l, struct error *e)
{
	static const char *const states[] = { "open", "frozen", "shrinking", "retired" };
	return fail(e, REFUSED, "pool %s is %s%s", l->row.label, states[l->row.state],
		l->row.state == POOL_RETIRED ? ": 'windsock pool revive' opens it again" : "");
}

/* Writes the roster: the names of relays that are members now, or that only the pool's size keeps out. */
static int make_roster(struct command *c, struct life *l, struct error *e)
{
	struct text out = { 0 };
	text_add(&out, "");
	for (size_t i = 0; i < l->m.count; i++)
		if (l->m.seats[i].in || l->m.seats[i].reason == REASON_SIZE)
			text_addf(&out, "%s%s", out.length == 0 ? "" : " ", l->m.seats[i].offer->relay->name);
	int outcome = out.bytes == NULL ? fail(e, FAILED, "out of memory")
					: set_field(c, &pool_kind, &l->row, "roster", out.bytes, e);
	text_free(&out);
	return outcome;
}

int pool_freeze(struct command *c, struct error *e)
{
	struct life l;
	int outcome = options_done(c, e);
	if (outcome == DONE)
		outcome = begin(c, &l, e);
	if (outcome == DONE && l.row.state != POOL_OPEN)
		outcome = refuse_state(&l, e);
	if (outcome == DONE)
		outcome = make_roster(c, &l, e);
	if (outcome != DONE)
		return outcome;
	l.row.state = POOL_FROZEN;
	outcome = set_row(c, &pool_kind, &l.row, "frozen", e);
	if (outcome == DONE)
		say(c, "its members stay: %s", *l.row.roster == '\0' ? "none" : l.row.roster);
	return outcome;
}

int pool_thaw(struct command *c, struct error *e)
{
	struct life l;
	int outcome = options_done(c, e);
	if (outcome == DONE)
		outcome = begin(c, &l, e);
	if (outcome == DONE && l.row.state != POOL_FROZEN && l.row.state != POOL_SHRINKING)
		outcome = refuse_state(&l, e);
	if (outcome != DONE)
		return outcome;
	schedule_end(&l.row);
	l.row.state = POOL_OPEN;
	return set_row(c, &pool_kind, &l.row, "open again", e);
}

static int take_number(struct command *c, struct life *l, const char *name, const char *field, bool needed,
	struct error *e)
{
	const char *text = option(c, name);
	if (text == NULL)
		return needed ? fail(e, REFUSED, "--%s is needed: see 'windsock pool %s --help'", name,
			c->verb->name) : ABSENT;
	return set_field(c, &pool_kind, &l->row, field, text, e);
}

/* Reads and checks the schedule that the options ask for. */
static int take_schedule(struct command *c, struct life *l, struct error *e)
{
	struct pool *row = &l->row;
	int64_t now = clock_date();
	int outcome = take_number(c, l, "to", "shrink_to", true, e);
	if (outcome == DONE)
		outcome = take_number(c, l, "by", "shrink_by", true, e);
	int given = outcome == DONE ? take_number(c, l, "from", "shrink_from", false, e) : outcome;
	if (given != DONE && given != ABSENT)
		return given;
	if (outcome != DONE)
		return outcome;
	if (given == ABSENT)
		row->shrink_from = (int64_t)l->m.members;
	if (row->shrink_by <= now)
		return fail(e, REFUSED, "--by must be later than now");
	if (row->shrink_to < row->least || row->shrink_to < 1)
		return fail(e, REFUSED, "--to %lld: the pool wants %lld members at least; 'windsock pool retire' "
			"ends one", (long long)row->shrink_to, (long long)row->least);
	if (row->shrink_from <= row->shrink_to)
		return fail(e, REFUSED, "it has %lld members: that is no more than --to %lld",
			(long long)row->shrink_from, (long long)row->shrink_to);
	return DONE;
}

int pool_shrink(struct command *c, struct error *e)
{
	struct life l;
	int outcome = begin(c, &l, e);
	if (outcome == DONE && l.row.state == POOL_RETIRED)
		outcome = refuse_state(&l, e);
	if (outcome == DONE)
		outcome = take_schedule(c, &l, e);
	if (outcome == DONE)
		outcome = options_done(c, e);
	if (outcome == DONE && l.row.state == POOL_OPEN)
		outcome = make_roster(c, &l, e);
	if (outcome != DONE)
		return outcome;
	schedule_begin(&l.row, clock_date());
	outcome = set_row(c, &pool_kind, &l.row, "shrinking", e);
	if (outcome == DONE)
		say(c, "from %lld members to %lld; each step is checked, and taken by windsock-updater",
			(long long)l.row.shrink_from, (long long)l.row.shrink_to);
	return outcome;
}

/* Sets the successor, which must be there. */
static int take_successor(struct command *c, struct life *l, const char *name, struct error *e)
{
	const char *text = option(c, name);
	struct pool other;
	if (text == NULL)
		return DONE;
	int outcome = set_field(c, &pool_kind, &l->row, "successor", text, e);
	if (outcome == DONE && strcmp(l->row.successor, l->row.label) == 0)
		outcome = fail(e, REFUSED, "a pool cannot follow itself");
	if (outcome == DONE)
		outcome = fetch(c, &pool_kind, &(struct pool){ .label = l->row.successor }, &other, e);
	return outcome;
}

/* Opens what the name servers have counted. Files that cannot be read are no error, except one that was named and does not
 * exist. */
static int take_telemetry(struct command *c, struct telemetry_files *files, struct error *e)
{
	struct error why = { "" };
	int outcome = telemetry_take(c, files, &why);
	if (outcome == ABSENT)
		return fail(e, ABSENT, "%s", why.text);
	if (outcome != DONE)
		note("%s", why.text);
	return DONE;
}

/* Says how many networks asked for the pool lately, from whatever releases, if they are still answered. If they are not,
 * that is a harm, which the plan tells. */
static void tell_who_asks(struct command *c, const struct pool *row, const struct telemetry_files *files)
{
	struct telemetry_day total;
	struct error why = { "" };
	int64_t today = telemetry_today();
	int outcome = telemetry_total(files, row->label, today - ASKED_DAYS, today, &total, &why);
	if (outcome == FAILED)
		note("%s", why.text);
	if (outcome == DONE && row->tombstone != TOMBSTONE_EMPTY)
		note("about %.0f networks asked for %s in the last %d days, the last on %s", total.networks, row->label,
			ASKED_DAYS, telemetry_date(c, total.day));
}

int pool_retire(struct command *c, struct error *e)
{
	struct telemetry_files files = { .count = 0 };
	struct life l;
	int outcome = begin(c, &l, e);
	if (outcome == DONE && l.row.state == POOL_RETIRED)
		outcome = refuse_state(&l, e);
	if (outcome == DONE)
		outcome = take_successor(c, &l, "successor", e);
	const char *tombstone = outcome == DONE ? option(c, "tombstone") : NULL;
	if (outcome == DONE && tombstone == NULL)
		tombstone = *l.row.successor != '\0' ? "successor" : "members";
	if (outcome == DONE)
		outcome = set_field(c, &pool_kind, &l.row, "tombstone", tombstone, e);
	if (outcome == DONE)
		outcome = take_telemetry(c, &files, e);
	if (outcome == DONE)
		outcome = options_done(c, e);
	if (outcome == DONE && l.row.tombstone == TOMBSTONE_SUCCESSOR && *l.row.successor == '\0')
		outcome = fail(e, REFUSED, "--tombstone successor needs --successor LABEL");
	if (outcome == DONE)
		tell_who_asks(c, &l.row, &files);
	telemetry_drop(&files);
	if (outcome != DONE)
		return outcome;
	l.row.state = POOL_RETIRED;
	l.row.brownout = 0;
	return set_row(c, &pool_kind, &l.row, "retired", e);
}

int pool_revive(struct command *c, struct error *e)
{
	struct life l;
	int outcome = options_done(c, e);
	if (outcome == DONE)
		outcome = begin(c, &l, e);
	if (outcome == DONE && l.row.state != POOL_RETIRED)
		outcome = fail(e, REFUSED, "pool %s is not retired", l.row.label);
	if (outcome != DONE)
		return outcome;
	l.row.state = POOL_OPEN;
	l.row.tombstone = TOMBSTONE_MEMBERS;
	schedule_end(&l.row);
	return set_row(c, &pool_kind, &l.row, "open again", e);
}

static int end_brownout(struct command *c, struct life *l, struct error *e)
{
	int outcome = options_done(c, e);
	if (outcome == DONE && (l->row.brownout == 0 || l->row.brownout_until <= l->fleet.now))
		outcome = fail(e, REFUSED, "pool %s has no brownout", l->row.label);
	if (outcome != DONE)
		return outcome;
	l->row.brownout_until = clock_date(); /* the rest is kept, for the report */
	return set_row(c, &pool_kind, &l->row, "whole again", e);
}

int pool_brownout(struct command *c, struct error *e)
{
	struct life l;
	int64_t seconds = 0;
	int outcome = begin(c, &l, e);
	if (outcome == DONE && option_flag(c, "end"))
		return end_brownout(c, &l, e);
	if (outcome == DONE && option_flag(c, "report"))
		return pool_brownout_report(c, &l.row, l.fleet.now, e);
	if (outcome == DONE)
		outcome = take_successor(c, &l, "to", e);
	if (outcome == DONE)
		outcome = take_number(c, &l, "percent", "brownout", true, e);
	const char *length = outcome == DONE ? option(c, "for") : NULL;
	if (outcome == DONE && (length == NULL || !text_duration(length, &seconds)))
		outcome = fail(e, REFUSED, "--for wants how long, as 30m, 2h or 1d");
	if (outcome == DONE)
		outcome = options_done(c, e);
	if (outcome == DONE && *l.row.successor == '\0')
		outcome = fail(e, REFUSED, "--to LABEL: which pool's answer shall they get?");
	if (outcome == DONE && l.row.state == POOL_RETIRED)
		outcome = refuse_state(&l, e);
	if (outcome != DONE)
		return outcome;
	l.row.brownout_from = clock_date();
	l.row.brownout_until = l.row.brownout_from + seconds;
	outcome = set_row(c, &pool_kind, &l.row, "browned out", e);
	if (outcome == DONE)
		say(c, "%lld %% of client networks get the answer of %s; it ends by itself. Who came back:\n"
		       "  windsock pool brownout %s --report", (long long)l.row.brownout, l.row.successor,
			l.row.label);
	return outcome;
}
