/* SPDX-License-Identifier: BSD-2-Clause */
#include "steering/forecast.h"

#include <math.h>
#include <stdbool.h>

/* Least squares of y = log(networks + 1) over x = days from today, which are not above 0. */
struct line {
	double count, mean_x, mean_y, sxx; /* sxx: sum of squared distances from mean_x */
	double slope, error;               /* error: standard deviation of the residuals */
};

/* The normal distribution: 80 % are within normal_80 of its middle, 95 % below normal_95. */
static const double normal_80 = 1.281552, normal_95 = 1.644854;

/* Student's quantile from the normal one (Abramowitz and Stegun 26.7.5); good for ten degrees and more. */
static double student(double z, double degrees)
{
	double cube = z * z * z, fifth = cube * z * z;
	return z + (cube + z) / (4 * degrees) + (5 * fifth + 16 * cube + 3 * z) / (96 * degrees * degrees);
}

static double level(const struct forecast_point *point)
{
	return log(point->networks + 1);
}

static struct line fit(const struct forecast_point *points, size_t count, int64_t today)
{
	struct line line = { .count = (double)count };
	double sxy = 0, squares = 0;
	for (size_t i = 0; i < count; i++) {
		line.mean_x += (double)(points[i].day - today) / line.count;
		line.mean_y += level(&points[i]) / line.count;
	}
	for (size_t i = 0; i < count; i++) {
		double x = (double)(points[i].day - today) - line.mean_x;
		line.sxx += x * x;
		sxy += x * (level(&points[i]) - line.mean_y);
	}
	line.slope = sxy / line.sxx;
	for (size_t i = 0; i < count; i++) {
		double x = (double)(points[i].day - today) - line.mean_x;
		double residual = level(&points[i]) - line.mean_y - line.slope * x;
		squares += residual * residual;
	}
	line.error = sqrt(squares / (line.count - 2));
	return line;
}

static double at(const struct line *line, double x)
{
	return line->mean_y + line->slope * (x - line->mean_x);
}

/* How far a day's level may be from the line. */
static double margin(const struct line *line, double x)
{
	double distance = x - line->mean_x;
	return student(normal_80, line->count - 2) * line->error
		* sqrt(1 + 1 / line->count + distance * distance / line->sxx);
}

/* Surely below zero, and not so little that its end is beyond all horizons and its half-life of no use. */
static bool declines(const struct line *line)
{
	double error = line->error / sqrt(line->sxx);
	return line->slope < -log(2) / FORECAST_HORIZON
		&& line->slope < -student(normal_95, line->count - 2) * error;
}

/* The first day from today on whose level, or one end of its interval, is below one network; 0: none within
 * the horizon. SIDE: -1 for the lower end, 0, or 1 for the upper. */
static int64_t first_under_one(const struct line *line, int side, int64_t today)
{
	for (int x = 0; x <= FORECAST_HORIZON; x++)
		if (at(line, x) + side * margin(line, x) < log(2))
			return today + x;
	return 0;
}

static double mean_of_week(const struct forecast_point *points, size_t count)
{
	size_t days = count < 7 ? count : 7;
	double sum = 0;
	for (size_t i = count - days; i < count; i++)
		sum += points[i].networks;
	return days == 0 ? 0 : sum / (double)days;
}

void forecast_fit(const struct forecast_point *points, size_t count, int64_t today, struct forecast *f)
{
	*f = (struct forecast){ .last = count > 0 ? points[count - 1].day : 0 };
	while (count > 0 && points[count - 1].day >= today)
		count--;
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
	struct line line = fit(points, count, today);
	f->verdict = declines(&line) ? FORECAST_DECLINES : FORECAST_STEADY;
	if (f->verdict == FORECAST_STEADY)
		return;
	f->now = fmax(0, exp(at(&line, 0)) - 1);
	f->half_life = -log(2) / line.slope;
	f->under_one = first_under_one(&line, 0, today);
	f->early = first_under_one(&line, -1, today);
	f->late = first_under_one(&line, 1, today);
}

const char *forecast_word(enum forecast_verdict verdict)
{
	static const char *const words[] = { [FORECAST_FEW] = "too few days", [FORECAST_SILENT] = "silent",
		[FORECAST_STEADY] = "not declining", [FORECAST_DECLINES] = "declining" };
	return words[verdict];
}
