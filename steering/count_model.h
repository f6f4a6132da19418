/* SPDX-License-Identifier: BSD-2-Clause */
/* Counts of a population that may be dying out, as a model that knows how sure it is: a level that moves by
 * a pace, seen through counting noise. Pure.
 *
 * The level is exp(x); from day to day, x moves by the pace, and by chance: each of a finite population leaves
 * or stays, and what lies behind all of them (a step, a season, a campaign) drifts. The count of a day is
 * about the level times its weekday's factor, more or less spread. How much of each is not known: all of a
 * list of settings are tried by a Kalman filter (the mode of each day's count is found by Newton's way, for
 * counts may be zero), and each counts by how likely it makes what was seen. */
#ifndef STEERING_COUNT_MODEL_H
#define STEERING_COUNT_MODEL_H

#include <stddef.h>
#include <stdint.h>

struct count_point {
	int64_t day;
	double count;
};

enum { COUNT_MODEL_SETTINGS = 5 * 4 * 6 };

/* One setting, and what it makes of the counts: x (of the last day) and pace are about normal together. */
struct count_setting {
	double counting; /* 1: each day's count is Poisson's; near 0: those that are alive ask every day */
	double spread;   /* what comes beside, as the variance of a factor on each day */
	double drift;    /* the standard deviation by which chance moves x in a day */
	double weight;   /* how likely it is; all together 1 */
	double x, pace, var_x, cov, var_pace; /* pace is above 0 where the level falls */
};

struct count_model {
	double weekday[7]; /* factors by day modulo 7, about 1 in the mean */
	struct count_setting settings[COUNT_MODEL_SETTINGS];
};

/* From points in ascending order of their days, of which there must be one; days may be missing. */
void count_model_fit(const struct count_point *, size_t count, struct count_model *);

/* How likely it is that the pace is above LEAST. */
double count_model_falls(const struct count_model *, double least);

/* One of the worlds that may be, chosen by DICE (any number but 0, which moves on). */
struct count_world {
	double x, pace, counting, drift;
};
void count_model_draw(const struct count_model *, uint64_t *dice, struct count_world *);

/* Days after the last one until the level is below one; above MOST: not until then. */
double count_world_under_one(const struct count_world *, double most);

/* Days after the last one until the first on which nobody asks, as chance (DICE) will have it; MOST + 1: not
 * until then. LAST is the last day, for its weekday. */
int64_t count_world_silent(const struct count_world *, const struct count_model *, int64_t last, int64_t most,
	uint64_t *dice);

#endif
