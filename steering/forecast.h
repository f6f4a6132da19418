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
	FORECAST_DAYS_MOST = 120,   /* the newest: an older pace is another story */
	FORECAST_SILENCE = 7,       /* days without a question after which no trend is of interest */
	FORECAST_HORIZON = 10 * 365, /* days: what lies beyond is no date */
	FORECAST_YEAR = 364, /* days, of which each is the same day of the week as today */
};

enum forecast_verdict {
	FORECAST_FEW,      /* fewer than FORECAST_DAYS_LEAST days with data */
	FORECAST_SILENT,   /* nobody asked of late */
	FORECAST_STEADY,   /* it grows, or stays, or does neither for sure, or was not more a year ago */
	FORECAST_DECLINES,
};

/* Days: the middle, and the ends of the 80 % prediction interval; 0: beyond the horizon. */
struct forecast_date {
	int64_t likely, early, late;
};

struct forecast {
	enum forecast_verdict verdict;
	size_t days;      /* that it is made of */
	int64_t last;     /* on which somebody asked; 0: none */
	double now;       /* networks a day */
	double half_life; /* days; FORECAST_DECLINES only, as what follows */
	struct forecast_date under_one; /* when fewer than one network a day is to be expected */
	struct forecast_date silent;    /* the first day on which nobody asks, by chance or because nobody is left */
};

/* From the distinct networks of days, in ascending order; days may be missing, and a day without a question is a zero.
 * TODAY's is left out, for the day is not over. */
void forecast_fit(const struct count_point *, size_t count, int64_t today, struct forecast *);

/* FEW, SILENT, ... in words, for tables and JSON. */
const char *forecast_word(enum forecast_verdict);

#endif
