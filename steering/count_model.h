/* SPDX-License-Identifier: BSD-2-Clause */
/* A model of the daily counts of a population that may be dying out: a level that falls at a pace, seen through
 * counting noise. It knows how sure it is of both. Pure.
 *
 * The level is exp(x). From day to day, x moves by the pace and by chance: each member of a finite population leaves
 * or stays, and causes common to all (a step, a season, a campaign) make x drift. A day's count is the level times
 * its weekday's factor, with noise. How strong each kind of noise is, is not known: a Kalman filter tries a list of
 * settings, and each setting is weighted by how likely it makes the counts. The filter finds the mode of each day's
 * count by Newton's method, for a count may be zero. */
#ifndef STEERING_COUNT_MODEL_H
#define STEERING_COUNT_MODEL_H

#include <stddef.h>
#include <stdint.h>

struct count_point {
	int64_t day;
	double count;
};

enum { COUNT_MODEL_SETTINGS = 5 * 4 * 6 };

/* One setting, and what it makes of the counts: the last day's x and the pace, about jointly normal. */
struct count_setting {
	double counting; /* 1: each day's count is a Poisson variate; near 0: all members ask every day */
	double spread;   /* any other noise, as the variance of a factor on each day's count */
	double drift;    /* the standard deviation by which x drifts in a day */
	double weight;   /* how likely the setting is; the sum of all is 1 */
	double x, pace, var_x, cov, var_pace; /* pace is above 0 where the level falls */
};

struct count_model {
	double weekday[7]; /* factors by day modulo 7, about 1 in the mean */
	struct count_setting settings[COUNT_MODEL_SETTINGS];
};

/* Fits the model to at least one point, in ascending order of days; days may be missing. */
void count_model_fit(const struct count_point *, size_t count, struct count_model *);

/* How likely it is that the pace is above LEAST. */
double count_model_falls(const struct count_model *, double least);

/* One possible truth, drawn from the model. DICE is the random generator's state, not 0, and moves on. */
struct count_world {
	double x, pace, counting, drift;
};
void count_model_draw(const struct count_model *, uint64_t *dice, struct count_world *);

/* Days from the last point until the level is below one; more than MOST where that takes longer. */
double count_world_under_one(const struct count_world *, double most);

/* Days from the last point, whose day is LAST, until the first day on which nobody asks, drawn with DICE; MOST + 1
 * where that takes longer. */
int64_t count_world_silent(const struct count_world *, const struct count_model *, int64_t last, int64_t most,
	uint64_t *dice);

#endif
