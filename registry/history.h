/* SPDX-License-Identifier: BSD-2-Clause */
/* The fleet as it was: the present one, from which the change log is undone. */
#ifndef REGISTRY_HISTORY_H
#define REGISTRY_HISTORY_H

#include "model/fleet.h"
#include "registry/registry.h"

/* The fleet at a date, and the revision that was in force then. Call it inside freeze or begin, with the
 * fleet of registry_fleet, whose rows are borrowed. ABSENT when the change log does not reach back so far.
 *
 * The log does not hold when a prober last spoke: one that speaks now counts as having spoken then. Nor when a
 * relay's state changed, which is taken from the log's dates. */
int registry_fleet_at(struct registry *, const struct fleet *now, int64_t date, struct arena *,
	struct fleet *then, int64_t *revision, struct error *);

/* The same, after a revision: for what happened within one second. DATE is that revision's. */
int registry_fleet_after(struct registry *, const struct fleet *now, int64_t revision, int64_t date, struct arena *,
	struct fleet *then, struct error *);

#endif
