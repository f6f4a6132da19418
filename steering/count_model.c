/* SPDX-License-Identifier: BSD-2-Clause */
/* The model's filter over its settings of noise, and draws of its future. */
#include "steering/count_model.h"

#include <math.h>
#include <stdbool.h>

enum {
	WEEK = 7,
	WINDOW = 10,       /* days to each side that make a day's mean, while weekdays are measured */
	WEEKDAY_ROUNDS = 3,
	NEWTON = 8,
};

static const double pi = 3.14159265358979;

/* The first means that all members ask every day; it is not 0, for the filter needs some noise. */
static const double countings[] = { 0.03, 0.25, 0.5, 0.75, 1 };
/* Sketches count networks with an error of 2 to 3 % (lib/sketch.h), so no setting has less spread. */
static const double spreads[] = { 0.0003, 0.004, 0.03, 0.12 };
static const double drifts[] = { 0, 0.01, 0.03, 0.08, 0.2, 0.5 };

/* Prior odds of the simplest settings: other networks each day, the same networks every day, and no drift. Found by
 * tests/truth/forecast.py. */
static const double others_each_day = 60, same_every_day = 10, no_drift = 25;

/* The prior of the pace: its mean is 0, and this standard deviation is a half-life of a week. */
static const double pace_before = 0.1;
static const double leaving_least = 0.001; /* a day: where nobody has left yet, somebody still may */
/* The prior of a weekday's factor: it weighs as much as this many counts with the factor 1. */
static const double weekday_before = 30;

static double random_uniform(uint64_t *dice)
{
	*dice ^= *dice << 13;
	*dice ^= *dice >> 7;
	*dice ^= *dice << 17;
	return ((double)(*dice >> 11) + 0.5) * 0x1p-53;
}

static double random_normal(uint64_t *dice)
{
	return sqrt(-2 * log(random_uniform(dice))) * cos(2 * pi * random_uniform(dice));
}

static int weekday_of(int64_t day)
{
	return (int)(((day % WEEK) + WEEK) % WEEK);
}

/* The mean count of the days around one, corrected for their weekdays' factors. */
static double mean_around(const struct count_point *points, size_t count, size_t at, const double *factors)
{
	double sum = 0, weight = 0;
	size_t from = at;
	while (from > 0 && points[at].day - points[from - 1].day <= WINDOW)
		from--;
	for (size_t i = from; i < count && points[i].day - points[at].day <= WINDOW; i++) {
		sum += points[i].count;
		weight += factors[weekday_of(points[i].day)];
	}
	return sum / weight;
}

static void measure_weekdays(const struct count_point *points, size_t count, double *factors)
{
	for (int d = 0; d < WEEK; d++)
		factors[d] = 1;
	for (int round = 0; round < WEEKDAY_ROUNDS; round++) {
		double seen[WEEK] = { 0 }, expected[WEEK] = { 0 };
		for (size_t i = 0; i < count; i++) {
			seen[weekday_of(points[i].day)] += points[i].count;
			expected[weekday_of(points[i].day)] += mean_around(points, count, i, factors);
		}
		for (int d = 0; d < WEEK; d++)
			factors[d] = (seen[d] + weekday_before) / (expected[d] + weekday_before);
	}
}

static double variance(const struct count_setting *s, double mean)
{
	return s->counting * mean + s->spread * mean * mean;
}

/* Half of the quasi-likelihood's deviance: how far a count is from its mean, measured by the variance. It is the
 * integral of (m - count) / variance(m) over m from the count to the mean. */
static double half_deviance(const struct count_setting *s, double count, double mean)
{
	double c = s->counting, k = s->spread, end = log(c + k * mean), begin = log(c + k * count);
	double logs = count <= 0 ? 0 : count / c * ((log(count) - begin) - (log(mean) - end));
	return logs + (end - begin) / k;
}

/* Predicts the next day, in which each member leaves with probability LEAVING. */
static void pass_day(struct count_setting *s, double leaving)
{
	double level = fmax(exp(s->x), 0.3);
	s->x -= s->pace;
	s->var_x += s->var_pace - 2 * s->cov + (1 - s->counting) * leaving / level + s->drift * s->drift;
	s->cov -= s->var_pace;
}

/* Takes in a count whose mean is exp(x) times FACTOR. Returns the log of how likely it was. */
static double see(struct count_setting *s, double count, double factor)
{
	double x = s->x, information = 0;
	for (int i = 0; i < NEWTON; i++) {
		double mean = factor * exp(x), noise = s->counting + s->spread * mean;
		information = mean / noise;
		double step = ((count - mean) / noise - (x - s->x) / s->var_x) / (information + 1 / s->var_x);
		x += fmin(fmax(step, -1), 1);
	}
	double moved = x - s->x, posterior = 1 / (information + 1 / s->var_x), gain = s->cov / s->var_x;
	double likely = -half_deviance(s, count, factor * exp(x)) - 0.5 * log(2 * pi * variance(s, count + 1.0 / 6))
		- 0.5 * moved * moved / s->var_x + 0.5 * log(posterior / s->var_x);
	s->x = x;
	s->pace += gain * moved;
	s->var_pace -= gain * gain * (s->var_x - posterior);
	s->cov = gain * posterior;
	s->var_x = posterior;
	return likely;
}

/* The log of how likely the setting makes all counts, when each member leaves in a day with probability LEAVING. */
static double filter(struct count_setting *s, const struct count_point *points, size_t count, const double *factors,
	double leaving)
{
	double likely = 0;
	s->x = log(mean_around(points, count, 0, factors) + 0.3);
	s->pace = 0;
	s->var_x = 1;
	s->cov = 0;
	s->var_pace = pace_before * pace_before;
	for (size_t i = 0; i < count; i++) {
		for (int64_t day = i == 0 ? points[0].day : points[i - 1].day; day < points[i].day; day++)
			pass_day(s, leaving);
		likely += see(s, points[i].count, factors[weekday_of(points[i].day)]);
	}
	return likely;
}

/* The log of the setting's prior. */
static double simplicity(const struct count_setting *s)
{
	return (s->counting == 1 ? log(others_each_day) : s->counting == countings[0] ? log(same_every_day) : 0)
		+ (s->drift > 0 ? 0 : log(no_drift));
}

void count_model_fit(const struct count_point *points, size_t count, struct count_model *m)
{
	double most = -INFINITY, sum = 0;
	struct count_setting *s = m->settings;
	measure_weekdays(points, count, m->weekday);
	for (size_t c = 0; c < sizeof countings / sizeof countings[0]; c++)
		for (size_t k = 0; k < sizeof spreads / sizeof spreads[0]; k++)
			for (size_t d = 0; d < sizeof drifts / sizeof drifts[0]; d++, s++) {
				*s = (struct count_setting){ .counting = countings[c], .spread = spreads[k],
					.drift = drifts[d] };
				/* twice: the first pass finds the pace, from which the second knows how many leave a day */
				filter(s, points, count, m->weekday, leaving_least);
				s->weight = filter(s, points, count, m->weekday, fmax(s->pace, leaving_least))
					+ simplicity(s);
				most = fmax(most, s->weight);
			}
	for (s = m->settings; s < m->settings + COUNT_MODEL_SETTINGS; s++)
		sum += s->weight = exp(s->weight - most);
	for (s = m->settings; s < m->settings + COUNT_MODEL_SETTINGS; s++)
		s->weight /= sum;
}

double count_model_falls(const struct count_model *m, double least)
{
	double falls = 0;
	for (const struct count_setting *s = m->settings; s < m->settings + COUNT_MODEL_SETTINGS; s++)
		falls += s->weight * 0.5 * erfc((least - s->pace) / sqrt(2 * s->var_pace));
	return falls;
}

void count_model_draw(const struct count_model *m, uint64_t *dice, struct count_world *world)
{
	const struct count_setting *s = m->settings, *last = m->settings + COUNT_MODEL_SETTINGS - 1;
	double rest = random_uniform(dice);
	while (s < last && (rest -= s->weight) > 0)
		s++;
	double a = random_normal(dice), b = random_normal(dice), gain = s->cov / s->var_x;
	world->counting = s->counting;
	world->drift = s->drift;
	world->x = s->x + sqrt(s->var_x) * a;
	world->pace = s->pace + gain * (world->x - s->x) + sqrt(fmax(0, s->var_pace - gain * s->cov)) * b;
}

double count_world_under_one(const struct count_world *world, double most)
{
	if (world->x <= 0)
		return 0;
	return world->pace * most < world->x ? most + 1 : world->x / world->pace;
}

/* Draws how many of COUNT are left when each stays with probability STAYS; by a normal variate when there are many. */
static double survivors(double count, double stays, uint64_t *dice)
{
	if (count > 200) {
		double left = count * stays + sqrt(count * stays * (1 - stays)) * random_normal(dice);
		return fmin(count, fmax(0, round(left)));
	}
	double left = 0;
	for (int i = 0; i < (int)count; i++)
		left += random_uniform(dice) < stays;
	return left;
}

int64_t count_world_silent(const struct count_world *world, const struct count_model *m, int64_t last, int64_t most,
	uint64_t *dice)
{
	/* Poisson counts have no lasting members. Else each member asks on a day with the probability that makes the
	 * counting noise what the setting says. */
	double asks = world->counting == countings[0] ? 1 : 1 - world->counting, level = exp(world->x);
	bool population = asks > 0;
	double alive = population ? round(level / asks) : level, stays = exp(-fmax(world->pace, 0));
	for (int64_t day = 1; day <= most; day++) {
		double factor = m->weekday[weekday_of(last + day)];
		alive = population ? survivors(alive, stays, dice) : alive * exp(-world->pace);
		double silence = asks == 1 ? alive < 0.5
			: population       ? pow(fmax(0, 1 - asks * factor), alive)
					   : exp(-alive * factor);
		if (random_uniform(dice) < silence)
			return day;
	}
	return most + 1;
}
