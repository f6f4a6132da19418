/* SPDX-License-Identifier: BSD-2-Clause */
/* When will nobody ask for a pool any more? The distinct networks of each day are taken as counts of a
 * population that may be dying out (steering/count_model.h). Pure, as all of steering: today is an argument. */
#ifndef STEERING_FORECAST_H
#define STEERING_FORECAST_H

#include <stddef.h>
#include <stdint.h>

#include "steering/count_model.h"

enum {
	FORECAST_DAYS_LEAST = 14,   /* two of each day of the week */
	FORECAST_DAYS_MOST = 120,   /* the newest are used: an older pace says little of today's */
	FORECAST_SILENCE = 7,       /* after more days without a query, a pool is silent and has no trend */
	FORECAST_HORIZON = 10 * 365, /* days: later dates are not told */
	FORECAST_YEAR = 364, /* days: a year ago, on the same day of the week */
};

enum forecast_verdict {
	FORECAST_FEW,      /* fewer than FORECAST_DAYS_LEAST days with data */
	FORECAST_SILENT,   /* nobody has asked for longer than FORECAST_SILENCE */
	FORECAST_STEADY,   /* it does not surely decline, or it falls as it does each year at this season */
	FORECAST_DECLINES,
};

/* Days since 1970: the median, and the ends of the 80 % prediction interval; 0: beyond the horizon. */
struct forecast_date {
	int64_t likely, early, late;
};

struct forecast {
	enum forecast_verdict verdict;
	size_t days;      /* how many days' counts it is made of */
	int64_t last;     /* the last day on which somebody asked; 0: none */
	double now;       /* networks a day at present */
	double half_life; /* in days; this and what follows only with FORECAST_DECLINES */
	struct forecast_date under_one; /* when the level falls below one network a day */
	struct forecast_date silent;    /* the first day on which nobody asks, by chance or because nobody is left */
};

/* Makes a forecast from each day's distinct networks, in ascending order of days. A day without a query is a zero; days
 * without data may be missing. TODAY's count is left out, for the day is not over. Days are since 1970. */
void forecast_fit(const struct count_point *, size_t count, int64_t today, struct forecast *);

/* FEW, SILENT, ... in words, for tables and JSON. */
const char *forecast_word(enum forecast_verdict);

#endif
