/* SPDX-License-Identifier: BSD-2-Clause */
/* Days' counts made ready for the model, and its draws read as dates. */
#include "steering/forecast.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

enum {
	WORLDS = 500,    /* of which the quantiles are taken */
	SEASON = 14,     /* days to each side of a date */
	SEASON_LEAST = 7,
};

static const double hardly_more = 1.3; /* in a year: a half-life of more than two years and a half */

/* A pool declines if it falls, with this probability, fast enough to halve within the horizon. */
static const double sure = 0.99;

static bool declines(const struct count_model *m)
{
	return count_model_falls(m, log(2) / FORECAST_HORIZON) > sure;
}

/* The mean count of the days within SEASON days of DAY; 0 when fewer than SEASON_LEAST are there. */
static double mean_near(const struct count_point *points, size_t count, int64_t day)
{
	double sum = 0;
	int days = 0;
	for (size_t i = 0; i < count; i++)
		if (llabs(points[i].day - day) <= SEASON) {
			sum += points[i].count;
			days++;
		}
	return days < SEASON_LEAST ? 0 : sum / days;
}

/* Whether a fall is the season's: a year ago there were hardly more. */
static bool is_season(const struct count_point *points, size_t count, int64_t today)
{
	double last_year = mean_near(points, count, today - SEASON - FORECAST_YEAR);
	return last_year > 0 && last_year < hardly_more * mean_near(points, count, today - SEASON);
}

static int ascending(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;
	return (a > b) - (a < b);
}

static int64_t day_at(const double *sorted, double part, int64_t last, int64_t today)
{
	double days = sorted[(size_t)(part * (WORLDS - 1))];
	int64_t day = last + (int64_t)ceil(days);
	return days > FORECAST_HORIZON ? 0 : day < today ? today : day;
}

static struct forecast_date date(double *days, int64_t last, int64_t today)
{
	qsort(days, WORLDS, sizeof *days, ascending);
	return (struct forecast_date){ day_at(days, 0.5, last, today), day_at(days, 0.1, last, today),
		day_at(days, 0.9, last, today) };
}

static double middle_pace(double *paces)
{
	qsort(paces, WORLDS, sizeof *paces, ascending);
	return paces[WORLDS / 2];
}

/* Draws possible worlds and takes quantiles of them. The seed is fixed, so that equal counts make equal forecasts. */
static void look_ahead(const struct count_model *m, int64_t last, int64_t today, struct forecast *f)
{
	double paces[WORLDS], levels[WORLDS], under[WORLDS], silent[WORLDS];
	uint64_t dice = UINT64_C(0x9e3779b97f4a7c15);
	for (int i = 0; i < WORLDS; i++) {
		struct count_world world;
		count_model_draw(m, &dice, &world);
		paces[i] = world.pace;
		levels[i] = exp(world.x - world.pace * (double)(today - last));
		under[i] = count_world_under_one(&world, FORECAST_HORIZON);
		silent[i] = (double)count_world_silent(&world, m, last, FORECAST_HORIZON, &dice);
	}
	qsort(levels, WORLDS, sizeof *levels, ascending);
	f->now = levels[WORLDS / 2];
	f->half_life = log(2) / middle_pace(paces);
	f->under_one = date(under, last, today);
	f->silent = date(silent, last, today);
}

static double mean_of_week(const struct count_point *points, size_t count)
{
	size_t days = count < 7 ? count : 7;
	double sum = 0;
	for (size_t i = count - days; i < count; i++)
		sum += points[i].count;
	return days == 0 ? 0 : sum / (double)days;
}

static int64_t last_asked(const struct count_point *points, size_t count)
{
	while (count > 0 && points[count - 1].count <= 0)
		count--;
	return count > 0 ? points[count - 1].day : 0;
}

void forecast_fit(const struct count_point *points, size_t count, int64_t today, struct forecast *f)
{
	*f = (struct forecast){ .last = last_asked(points, count) };
	while (count > 0 && points[count - 1].day >= today)
		count--;
	const struct count_point *all = points;
	size_t all_count = count;
	if (count > FORECAST_DAYS_MOST) {
		points += count - FORECAST_DAYS_MOST;
		count = FORECAST_DAYS_MOST;
	}
	f->days = count;
	f->now = mean_of_week(points, count);
	if (f->last != 0 && f->last < today - FORECAST_SILENCE) {
		f->verdict = FORECAST_SILENT;
		f->now = 0;
	}
	if (f->verdict == FORECAST_SILENT || count < FORECAST_DAYS_LEAST)
		return;
	struct count_model model;
	count_model_fit(points, count, &model);
	f->verdict = declines(&model) && !is_season(all, all_count, today) ? FORECAST_DECLINES
		: FORECAST_STEADY;
	if (f->verdict == FORECAST_DECLINES)
		look_ahead(&model, points[count - 1].day, today, f);
}

const char *forecast_word(enum forecast_verdict verdict)
{
	static const char *const words[] = { [FORECAST_FEW] = "too few days", [FORECAST_SILENT] = "silent",
		[FORECAST_STEADY] = "not declining", [FORECAST_DECLINES] = "declining" };
	return words[verdict];
}
