/* SPDX-License-Identifier: BSD-2-Clause */
/* Telemetry files found, opened, and merged. */
#include "tools/telemetry.h"

#include <string.h>
#include <time.h>

#include "lib/clock.h"
#include "lib/place.h"
#include "steering/steering.h"

enum { PATIENCE = 2000 /* milliseconds */ };

static int take_file(struct telemetry_files *files, const char *path, struct error *e)
{
	if (files->count == TELEMETRY_FILES)
		return fail(e, REFUSED, "more than %d files of telemetry", TELEMETRY_FILES);
	int outcome = telemetry_look(path, PATIENCE, &files->file[files->count], e);
	files->count += outcome == DONE;
	return outcome;
}

int telemetry_take(struct command *c, struct telemetry_files *files, struct error *e)
{
	bool named = false;
	int outcome = DONE;
	*files = (struct telemetry_files){ .count = 0 };
	for (int i = 0; i < c->option_count && outcome == DONE; i++) {
		if (strcmp(c->options[i].name, "telemetry") != 0)
			continue;
		c->options[i].used = named = true;
		outcome = take_file(files, c->options[i].value, e);
	}
	if (!named) {
		const char *path = place_path(&c->arena, c->registry_path, PLACE_TELEMETRY);
		outcome = path == NULL ? fail(e, FAILED, "out of memory") : take_file(files, path, e);
		if (outcome == ABSENT)
			outcome = DONE;
	}
	if (outcome != DONE)
		telemetry_drop(files);
	return outcome;
}

void telemetry_drop(struct telemetry_files *files)
{
	for (size_t i = 0; i < files->count; i++)
		telemetry_close(files->file[i]);
	files->count = 0;
}

const char *telemetry_asked_in(struct command *c, const char *zone)
{
	struct telemetry_files files;
	struct telemetry_day total;
	struct error why = { "" };
	int64_t today = telemetry_today();
	int outcome = telemetry_take(c, &files, &why);
	bool counts = outcome == DONE && files.count > 0;
	if (counts)
		outcome = telemetry_zone_total(&files, zone, today - ASKED_DAYS, today, &total, &why);
	telemetry_drop(&files);
	const char *text = !counts || outcome < 0
		? arena_format(&c->arena, "who asked for pools in %s is not known: %s", zone,
			outcome == DONE ? "there is no telemetry" : why.text)
		: outcome == ABSENT
		? arena_format(&c->arena, "nobody is known to have asked for pools in %s in the last %d days", zone, ASKED_DAYS)
		: arena_format(&c->arena, "about %.0f networks asked for pools in %s in the last %d days", total.networks, zone,
			ASKED_DAYS);
	return text == NULL ? "?" : text;
}

double telemetry_week(const struct telemetry_files *files, const char *pool)
{
	struct telemetry_day total;
	struct error ignored;
	int64_t today = telemetry_today();
	if (files->count == 0)
		return -1;
	int outcome = telemetry_total(files, pool, today - TELEMETRY_WEEK + 1, today, &total, &ignored);
	return outcome == DONE ? total.networks : outcome == ABSENT ? 0 : -1;
}

int64_t telemetry_today(void)
{
	return steering_day(clock_date());
}

const char *telemetry_date(struct command *c, int64_t day)
{
	struct tm tm;
	time_t at = (time_t)day * 86400;
	char text[32];
	if (gmtime_r(&at, &tm) == NULL || strftime(text, sizeof text, "%Y-%m-%d", &tm) == 0)
		return "?";
	const char *copy = arena_text(&c->arena, text);
	return copy == NULL ? "?" : copy;
}
