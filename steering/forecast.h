/* SPDX-License-Identifier: BSD-2-Clause */
/* When will nobody ask for a pool any more? An exponential decline is fitted to the distinct networks of
 * each day, if there is one. Pure, as all of steering: today is an argument. */
#ifndef STEERING_FORECAST_H
#define STEERING_FORECAST_H

#include <stddef.h>
#include <stdint.h>

enum {
	FORECAST_DAYS_LEAST = 14,   /* two of each day of the week */
	FORECAST_DAYS_MOST = 120,   /* the newest: an older pace is another story */
	FORECAST_SILENCE = 7,       /* days without a question after which no trend is of interest */
	FORECAST_HORIZON = 10 * 365, /* days: what lies beyond is no date */
};

struct forecast_point {
	int64_t day;
	double networks;
};

enum forecast_verdict {
	FORECAST_FEW,      /* fewer than FORECAST_DAYS_LEAST days with data */
	FORECAST_SILENT,   /* nobody asked of late */
	FORECAST_STEADY,   /* it grows, or stays, or does neither for sure */
	FORECAST_DECLINES,
};

struct forecast {
	enum forecast_verdict verdict;
	size_t days;      /* that it is made of */
	int64_t last;     /* the last day with data; 0: none */
	double now;       /* networks a day */
	double half_life; /* days; FORECAST_DECLINES only, as what follows */
	int64_t under_one, early, late; /* days: the likeliest, and the ends of the 80 % prediction
		interval, of there being less than one network; 0: beyond the horizon */
};

/* From points in ascending order of their days. TODAY's is left out, for the day is not over. */
void forecast_fit(const struct forecast_point *, size_t count, int64_t today, struct forecast *);

/* FEW, SILENT, ... in words, for tables and JSON. */
const char *forecast_word(enum forecast_verdict);

#endif
