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

/* The same a change at a time, the newest first. Rows and texts of the present fleet are borrowed until the end; what it
 * takes is the fleet's size, however much is undone. */
struct history;
int history_begin(const struct fleet *now, struct history **, struct error *); /* to be ended in any case */
void history_end(struct history *);

/* Undoes a change, which is the newest that was not; one of another kind than the fleet's is passed over. REFUSED when the
 * log holds what nobody can read. */
int history_undo(struct history *, const struct change *, struct error *);

/* How far it is; valid until the next change. When a relay that is gone came into its state is not known. */
struct fleet *history_fleet(struct history *);

#endif
