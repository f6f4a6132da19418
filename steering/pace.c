/* SPDX-License-Identifier: BSD-2-Clause */
/* Two groups' means compared by how much their parts differ. */
#include "steering/pace.h"

#include <math.h>

enum { PARTS_LEAST = 4 };

/* The logarithm of a group's questions for each network, and its variance by leaving out one part after another
 * (the jackknife). */
struct mean {
	double log, variance;
	size_t parts; /* in which somebody asked */
};

static struct mean find_mean(const struct pace_part *part, size_t count)
{
	struct mean m = { .parts = 0 };
	double networks = 0, questions = 0, sum = 0, squares = 0;
	for (size_t i = 0; i < count; i++) {
		networks += part[i].networks;
		questions += part[i].questions;
		m.parts += part[i].networks >= 0.5 && part[i].questions > 0;
	}
	if (m.parts < PARTS_LEAST)
		return m;
	m.log = log(questions / networks);
	for (size_t i = 0; i < count; i++) {
		if (part[i].networks < 0.5 || part[i].questions <= 0)
			continue;
		double without = log((questions - part[i].questions) / (networks - part[i].networks)) - m.log;
		sum += without;
		squares += without * without;
	}
	double n = (double)m.parts;
	m.variance = fmax(0, squares - sum * sum / n) * (n - 1) / n;
	return m;
}

/* Student's t that 1 % exceeds, by the normal distribution's and its expansion for many degrees of freedom (Fisher,
 * Cornish 1960): 2 % too small at 3 degrees, right from 5 on. */
static double quantile(double freedom)
{
	const double z = 2.326348, z3 = z * z * z, z5 = z3 * z * z, z7 = z5 * z * z, n = freedom;
	return z + (z3 + z) / (4 * n) + (5 * z5 + 16 * z3 + 3 * z) / (96 * n * n)
		+ (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * n * n * n);
}

/* Welch's: as many degrees of freedom as the groups' variances come to together. */
static double freedom_of(const struct mean *a, const struct mean *b)
{
	double parts = a->variance * a->variance / (double)(a->parts - 1) + b->variance * b->variance / (double)(b->parts - 1);
	double all = a->variance + b->variance, least = PARTS_LEAST - 1;
	return parts > 0 ? fmax(least, all * all / parts) : least;
}

struct pace pace_compare(const struct pace_part *these, const struct pace_part *others, size_t parts)
{
	struct mean a = find_mean(these, parts), b = find_mean(others, parts);
	struct pace pace = { .ratio = 1, .low = 0, .high = INFINITY, .known = a.parts >= PARTS_LEAST && b.parts >= PARTS_LEAST };
	if (!pace.known)
		return pace;
	double off = quantile(freedom_of(&a, &b)) * sqrt(a.variance + b.variance);
	pace.ratio = exp(a.log - b.log);
	pace.low = pace.ratio * exp(-off);
	pace.high = pace.ratio * exp(off);
	return pace;
}
