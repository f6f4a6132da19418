/* SPDX-License-Identifier: BSD-2-Clause */
/* `windsock forecast`: when nobody will ask for a pool, or speak a version of TLS, any more. */
#include <math.h>

#include "steering/forecast.h"
#include "tools/registry/registry_verbs.h"
#include "tools/table.h"
#include "tools/telemetry.h"

struct report {
	struct command *command;
	struct telemetry_files files;
	int64_t first, today;
	bool watched[TELEMETRY_DAYS + 1]; /* by day, from `first` to today: something was counted */
	const char *what; /* what is forecast: "pool" or "tls" */
	struct table_print table;
	json_t *array;
};

/* Makes a point of each watched day since the first query for the pool; a watched day without one counts 0. Days on which
 * no name server counted are left out. */
static size_t points_of(struct report *r, const struct telemetry_day *days, size_t count, struct count_point *points)
{
	size_t made = 0, i = 0;
	for (int64_t day = count == 0 ? r->today : days[0].day; day <= r->today; day++) {
		bool asked = i < count && days[i].day == day;
		if (asked || r->watched[day - r->first])
			points[made++] = (struct count_point){ day, asked ? days[i].networks : 0 };
		i += asked;
	}
	return made;
}

static int compute(struct report *r, const char *pool, struct forecast *f, struct error *e)
{
	struct arena scratch = { 0 };
	struct telemetry_day *days;
	size_t count;
	int outcome = telemetry_days(&r->files, pool, r->first, r->today, &scratch, &days, &count, e);
	struct count_point *points = arena_take(&scratch, (TELEMETRY_DAYS + 1) * sizeof *points);
	if (outcome == DONE && points == NULL)
		outcome = fail(e, FAILED, "out of memory");
	if (outcome == DONE)
		forecast_fit(points, points_of(r, days, count, points), r->today, f);
	arena_free(&scratch);
	return outcome;
}

static const char *date(struct report *r, int64_t day)
{
	return day == 0 ? "later than in ten years" : telemetry_date(r->command, day);
}

/* "2027-01-12 to 2027-05-20", or less where an end is beyond the horizon. */
static const char *interval(struct report *r, const struct forecast_date *d)
{
	return arena_format(&r->command->arena, "%s to %s", date(r, d->early), date(r, d->late));
}

/* "on 2027-02-20 (80 %: 2027-01-12 to 2027-05-20)" */
static const char *when(struct report *r, const struct forecast_date *d)
{
	return arena_format(&r->command->arena, "%s%s (80 %%: %s)", d->likely == 0 ? "" : "on ", date(r, d->likely),
		interval(r, d));
}

/* 61 networks, 1 network, 0.4 networks. */
static const char *networks(struct report *r, double count)
{
	if (count >= 9.95 || count == round(count))
		return arena_format(&r->command->arena, "%.0f network%s", count, lround(count) == 1 ? "" : "s");
	return arena_format(&r->command->arena, "%.1f networks", count);
}

static const char *days(struct report *r, double count)
{
	return arena_format(&r->command->arena, "%.0f d", count);
}

static void say_one(struct report *r, const char *pool, const struct forecast *f)
{
	switch (f->verdict) {
	case FORECAST_FEW:
		fprintf(r->command->out, "%s: too few days (%zu of %d)\n", pool, f->days, FORECAST_DAYS_LEAST);
		break;
	case FORECAST_SILENT:
		fprintf(r->command->out, "%s: nobody asked since %s\n", pool, date(r, f->last));
		break;
	case FORECAST_STEADY:
		fprintf(r->command->out, "%s: %s a day, not declining\n", pool, networks(r, f->now));
		break;
	case FORECAST_DECLINES:
		fprintf(r->command->out, "%s: %s a day now, half-life %s, under 1 %s, first silent day %s\n", pool, networks(r, f->now),
			days(r, f->half_life), when(r, &f->under_one), when(r, &f->silent));
		break;
	}
}

static void list_one(struct report *r, const char *pool, const struct forecast *f)
{
	bool declines = f->verdict == FORECAST_DECLINES;
	table_cell(&r->table, pool);
	table_cell(&r->table, f->days == 0 ? "-" : arena_format(&r->command->arena, "%.0f", f->now));
	table_cell(&r->table, f->last == 0 ? "-" : date(r, f->last));
	table_cell(&r->table, forecast_word(f->verdict));
	table_cell(&r->table, declines ? days(r, f->half_life) : "-");
	table_cell(&r->table, declines ? date(r, f->under_one.likely) : "-");
	table_cell(&r->table, declines ? interval(r, &f->under_one) : "-");
	table_cell(&r->table, declines ? date(r, f->silent.likely) : "-");
	table_cell(&r->table, declines ? interval(r, &f->silent) : "-");
}

static json_t *day_json(struct report *r, int64_t day)
{
	return day == 0 ? json_null() : json_string(telemetry_date(r->command, day));
}

static json_t *as_json(struct report *r, const char *pool, const struct forecast *f)
{
	bool declines = f->verdict == FORECAST_DECLINES;
	return json_pack("{s:s, s:s, s:I, s:f, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", r->what, pool, "verdict",
		forecast_word(f->verdict), "days", (json_int_t)f->days, "networks", round(f->now * 10) / 10,
		"last_asked", day_json(r, f->last), "half_life", declines ? json_real(f->half_life) : json_null(),
		"under_one", day_json(r, f->under_one.likely), "early", day_json(r, f->under_one.early), "late",
		day_json(r, f->under_one.late), "silent", day_json(r, f->silent.likely), "silent_early",
		day_json(r, f->silent.early), "silent_late", day_json(r, f->silent.late));
}

static int report_one(struct report *r, const char *label, struct error *e)
{
	struct forecast f;
	struct pool pool;
	int outcome = set_field(r->command, &pool_kind, &pool, "label", label, e);
	if (outcome == DONE)
		outcome = fetch(r->command, &pool_kind, &pool, &pool, e);
	if (outcome == DONE)
		outcome = compute(r, pool.label, &f, e);
	if (outcome == DONE && r->command->json)
		print_json(r->command, as_json(r, pool.label, &f));
	else if (outcome == DONE)
		say_one(r, pool.label, &f);
	return outcome;
}

/* NAME is what is shown, and KEY that under which it is counted. */
static int report_row(struct report *r, const char *name, const char *key, struct error *e)
{
	struct forecast f;
	int outcome = compute(r, key, &f, e);
	if (outcome == DONE && r->array != NULL)
		json_array_append_new(r->array, as_json(r, name, &f));
	else if (outcome == DONE)
		list_one(r, name, &f);
	return outcome;
}

static int report_pool(const void *row, void *context, struct error *e)
{
	const struct pool *pool = row;
	return report_row(context, pool->label, pool->label, e);
}

static int each_version(struct report *r, struct error *e)
{
	char key[TELEMETRY_TLS], name[TLS_TEXT];
	int outcome = DONE;
	for (unsigned version = 1; version < TLS_VERSIONS && outcome == DONE; version++) { /* nobody speaks SSLv3 here */
		telemetry_tls(version, key);
		tls_write((tls_set)(1u << version), name);
		outcome = report_row(r, name, key, e);
	}
	return outcome;
}

static int report_all(struct report *r, bool tls, struct error *e)
{
	struct command *c = r->command;
	r->array = c->json ? json_array() : NULL;
	r->table = (struct table_print){ .columns = 9, .heads = { r->what, "networks", tls ? "last spoken" : "last asked", "trend",
		"half-life", "under 1", "80 %", "silent", "80 %" } };
	int outcome = tls ? each_version(r, e) : registry_each(c->registry, &pool_kind, NULL, report_pool, r, e);
	if (outcome == DONE && c->json)
		print_json(c, r->array);
	else if (outcome == DONE)
		table_end(c, &r->table);
	else
		text_free(&r->table.cells);
	return outcome;
}

int verb_forecast(struct command *c, struct error *e)
{
	struct report r = { .command = c, .today = telemetry_today() };
	r.first = r.today - TELEMETRY_DAYS;
	bool tls = option_flag(c, "tls");
	r.what = tls ? "tls" : "pool";
	int outcome = telemetry_take(c, &r.files, e);
	if (outcome == DONE)
		outcome = tls ? telemetry_watched_tls(&r.files, r.first, r.today, r.watched, e)
			: telemetry_watched(&r.files, r.first, r.today, r.watched, e);
	if (outcome == DONE)
		outcome = options_done(c, e);
	if (outcome == DONE && tls && c->word_count > 0)
		outcome = fail(e, REFUSED, "forecast --tls is of all versions: '%s' is too much", c->words[0]);
	if (outcome == DONE)
		outcome = c->word_count > 0 ? report_one(&r, c->words[0], e) : report_all(&r, tls, e);
	if (outcome == DONE && r.files.count == 0)
		note("there is no telemetry yet: %s makes %s.telemetry", tls ? "windsock-updater" : "windsock-dnsd", c->registry_path);
	telemetry_drop(&r.files);
	return outcome;
}
