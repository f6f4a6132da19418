/* SPDX-License-Identifier: BSD-2-Clause */
/* How many clients each release has, as relays tell of their sessions: kept with the release, so that all who
 * decide by it (a pool whose releases no relay suits together) decide by the same number. */
#ifndef UPDATER_CENSUS_H
#define UPDATER_CENSUS_H

#include "updater/transaction.h"

/* Writes what changed by more than a tenth. What cannot be read changes nothing. */
int census_take(struct transaction *, const char *telemetry, struct error *);

#endif
