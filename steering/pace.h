/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether one group of client networks asks more often than another: by how often each part of both asks, for a few
 * networks ask far more than others, and by how much the mean of a group is off nobody knows but from its parts. Pure. */
#ifndef STEERING_PACE_H
#define STEERING_PACE_H

#include <stdbool.h>
#include <stddef.h>

/* A part of a group, as chance divides it. */
struct pace_part {
	double networks, questions;
};

/* How many times as often the first group asks, for each of its networks, as the second one; and where that is truly, but for
 * one case in a hundred that it is less than LOW, and one that it is more than HIGH. Of parts of which some networks ask. */
struct pace {
	double ratio, low, high;
	bool known; /* whether both groups have enough parts in which somebody asked to tell LOW and HIGH */
};

struct pace pace_compare(const struct pace_part *these, const struct pace_part *others, size_t parts);

#endif
