/* SPDX-License-Identifier: BSD-2-Clause */
/* All that steering decides from, read from the registry in one picture. */
#ifndef MODEL_FLEET_H
#define MODEL_FLEET_H

#include "model/model.h"

/* Arrays in the order of their keys. Rows and texts belong to the arena that it was filled from. */
struct fleet {
	struct relay *relays;
	struct observation *observations; /* by relay, then observer */
	struct release *releases;
	struct pool *pools;
	struct rule *rules; /* by pool, then relay */
	int64_t now; /* the date at which it is looked at: brownouts end, weights ramp up; 0: neither */
	size_t relay_count, observation_count, release_count, pool_count, rule_count;
};

#endif
