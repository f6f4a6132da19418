/* SPDX-License-Identifier: BSD-2-Clause */
/* The fleet as it was: the present one, from which the change log is undone. */
#ifndef REGISTRY_HISTORY_H
#define REGISTRY_HISTORY_H

#include "model/fleet.h"
#include "registry/registry.h"

/* Reads the fleet as it was at a date, and the revision that was in force then. Call it inside freeze or begin, with
 * the fleet of registry_fleet, whose rows are borrowed. ABSENT when the change log does not reach back so far. Two
 * things are not in the log: when a prober last spoke, so that one which speaks now counts as having spoken then; and
 * since when a relay has its state, for which the date of the change is taken. */
int registry_fleet_at(struct registry *, const struct fleet *now, int64_t date, struct arena *,
	struct fleet *then, int64_t *revision, struct error *);

/* The same, one change at a time, the newest first. Rows and texts of the present fleet are borrowed until
 * history_end; memory is that of the fleet, however much is undone. */
struct history;
int history_begin(const struct fleet *now, struct history **, struct error *); /* to be ended in any case */
void history_end(struct history *);

/* Undoes the newest change that is not undone yet; changes of kinds that the fleet does not have are passed over.
 * REFUSED when the log holds what cannot be read. */
int history_undo(struct history *, const struct change *, struct error *);

/* The fleet as far as it is undone; valid until the next change is. Since when a relay that is gone by now had its
 * state is not known. */
struct fleet *history_fleet(struct history *);

#endif
