/* SPDX-License-Identifier: BSD-2-Clause */
/* What was asked for of pools and in zones, by day: over files and nodes at once. */
#include <stdio.h>
#include <stdlib.h>

#include "lib/tls.h"
#include "registry/telemetry_file.h"

struct summing {
	int64_t first;
	struct day_sum {
		int64_t queries;
		struct sketch networks;
	} *sums; /* a day each from FIRST on, or one for all of them */
	bool all;
	int64_t last; /* on which somebody asked */
};

static int sum_day(sqlite3_stmt *row, void *context, struct error *e)
{
	struct summing *summing = context;
	struct sketch networks;
	int64_t day = sqlite3_column_int64(row, 0), queries = sqlite3_column_int64(row, 1);
	struct day_sum *sum = &summing->sums[summing->all ? 0 : day - summing->first];
	(void)e;
	if (queries <= 0)
		return DONE;
	telemetry_sketch(row, 2, &networks);
	sum->queries += queries;
	sketch_merge(&sum->networks, &networks);
	summing->last = day > summing->last ? day : summing->last;
	return DONE;
}

int telemetry_days(const struct telemetry_files *files, const char *pool, int64_t first, int64_t last,
	struct arena *arena, struct telemetry_day **days, size_t *count, struct error *e)
{
	if (first < last - TELEMETRY_DAYS)
		first = last - TELEMETRY_DAYS;
	size_t most = last < first ? 0 : (size_t)(last - first) + 1;
	struct summing summing = { .first = first, .sums = calloc(most + 1, sizeof *summing.sums) };
	*days = arena_take(arena, (most + 1) * sizeof **days);
	*count = 0;
	int outcome = summing.sums == NULL || *days == NULL ? fail(e, FAILED, "out of memory")
		: telemetry_each(files, DAYS, pool, first, last, sum_day, &summing, e);
	for (size_t i = 0; i < most && outcome == DONE; i++)
		if (summing.sums[i].queries > 0)
			(*days)[(*count)++] = (struct telemetry_day){ first + (int64_t)i,
				summing.sums[i].queries, sketch_estimate(&summing.sums[i].networks) };
	free(summing.sums);
	return outcome;
}

struct watching {
	int64_t first;
	bool *watched;
};

static int mark_day(sqlite3_stmt *row, void *context, struct error *e)
{
	struct watching *w = context;
	(void)e;
	w->watched[sqlite3_column_int64(row, 0) - w->first] = true;
	return DONE;
}

static int watched_by(enum telemetry_statement which, const struct telemetry_files *files, int64_t first, int64_t last,
	bool *watched, struct error *e)
{
	struct watching w = { first, watched };
	for (int64_t day = first; day <= last; day++)
		watched[day - first] = false;
	return telemetry_each(files, which, NULL, first, last, mark_day, &w, e);
}

int telemetry_watched(const struct telemetry_files *files, int64_t first, int64_t last, bool *watched, struct error *e)
{
	return watched_by(WATCHED, files, first, last, watched, e);
}

int telemetry_watched_tls(const struct telemetry_files *files, int64_t first, int64_t last, bool *watched, struct error *e)
{
	return watched_by(WATCHED_TLS, files, first, last, watched, e);
}

/* The queries and networks of all days taken together. */
static int total_of(const struct telemetry_files *files, enum telemetry_statement which, const char *name, int64_t first,
	int64_t last, struct telemetry_day *total, struct error *e)
{
	struct day_sum sum = { 0 };
	struct summing summing = { .first = first, .sums = &sum, .all = true };
	int outcome = telemetry_each(files, which, name, first, last, sum_day, &summing, e);
	*total = (struct telemetry_day){ summing.last, sum.queries, sketch_estimate(&sum.networks) };
	return outcome;
}

int telemetry_total(const struct telemetry_files *files, const char *pool, int64_t first, int64_t last,
	struct telemetry_day *total, struct error *e)
{
	int outcome = total_of(files, DAYS, pool, first, last, total, e);
	return outcome == DONE && total->queries == 0 ? fail(e, ABSENT, "nobody asked for %s", pool) : outcome;
}

int telemetry_zone_total(const struct telemetry_files *files, const char *zone, int64_t first, int64_t last,
	struct telemetry_day *total, struct error *e)
{
	int outcome = total_of(files, ZONE_DAYS, zone, first, last, total, e);
	return outcome == DONE && total->queries == 0 ? fail(e, ABSENT, "nobody asked for a pool in %s", zone) : outcome;
}

int telemetry_untold(const struct telemetry_files *files, int64_t first, int64_t last, struct telemetry_day *total,
	struct error *e)
{
	int outcome = total_of(files, UNTOLD, NULL, first, last, total, e);
	return outcome == DONE && total->queries == 0 ? fail(e, ABSENT, "all zones were told apart") : outcome;
}

int telemetry_either(const struct telemetry_files *files, const char *pool, const char *other, int64_t first,
	int64_t last, double *networks, struct error *e)
{
	struct day_sum sum = { 0 };
	struct summing summing = { .first = first, .sums = &sum, .all = true };
	int outcome = telemetry_each(files, DAYS, pool, first, last, sum_day, &summing, e);
	if (outcome == DONE)
		outcome = telemetry_each(files, DAYS, other, first, last, sum_day, &summing, e);
	*networks = sketch_estimate(&sum.networks);
	return outcome;
}

void telemetry_brownout(const char *label, int64_t from, enum telemetry_part part, unsigned lot, char *name)
{
	static const char *const parts[] = { "given", "others", "after" };
	snprintf(name, TELEMETRY_BROWNOUT, "%s %lld %s %u", label, (long long)from, parts[part], lot);
}

void telemetry_tls(unsigned version, char *name)
{
	char text[TLS_TEXT];
	tls_write((tls_set)(1u << version), text);
	snprintf(name, TELEMETRY_TLS, " tls %.8s", text);
}

/* Of the days from FIRST to LAST that have any; -1 when none has. */
static int mean_networks(const struct telemetry_files *files, const char *pool, int64_t first, int64_t last,
	double *mean, struct error *e)
{
	struct arena scratch = { 0 };
	struct telemetry_day *days;
	size_t count;
	int outcome = telemetry_days(files, pool, first, last, &scratch, &days, &count, e);
	*mean = count == 0 ? -1 : 0;
	for (size_t i = 0; i < count; i++)
		*mean += days[i].networks / (double)count;
	arena_free(&scratch);
	return outcome;
}

int telemetry_grew(const struct telemetry_files *files, const char *pool, int64_t since, int64_t today, bool *grew,
	struct error *e)
{
	enum { WEEK = 7 };
	double before, after;
	int64_t first = since + 1 > today - WEEK ? since + 1 : today - WEEK;
	int outcome = mean_networks(files, pool, since - WEEK, since - 1, &before, e);
	if (outcome == DONE)
		outcome = mean_networks(files, pool, first, today - 1, &after, e);
	*grew = outcome == DONE && before >= 0 && after >= 0 && after > before * 1.25 + 2;
	return outcome;
}
