/* SPDX-License-Identifier: BSD-2-Clause */
/* What is to be done now and then by ourselves: leases, pools' schedules, relays' tests, the serial, the change log's
 * length. */
#ifndef UPDATER_HOUSEKEEPING_H
#define UPDATER_HOUSEKEEPING_H

#include "updater/horizon.h"
#include "updater/updater.h"

enum { HOUSEKEEPING_CHORES = 9 };

/* Zero-initialise it, but for the updater. */
struct housekeeping {
	struct updater *updater;
	int64_t looked;                     /* ticks */
	int64_t next[HOUSEKEEPING_CHORES];  /* ticks: when a chore has its turn again */
	int64_t noted_revision;             /* how far dnsd was when that was written */
	struct horizon log_horizon;         /* of the change log */
};

/* Call it each turn of the loop; it looks at its clock, which is NOW in ticks. */
void housekeeping_run(struct housekeeping *, int64_t now);

#endif
