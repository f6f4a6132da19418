/* SPDX-License-Identifier: BSD-2-Clause */
/* Shrinking pools: the steps of their schedules (steering/schedule.h), taken here because this daemon alone
 * writes the registry all the time. */
#ifndef UPDATER_SHRINK_H
#define UPDATER_SHRINK_H

#include "updater/transaction.h"

/* Takes the steps that are due and may be taken, and notes why others wait. In a transaction of its own
 * (batch_own). */
int shrink_pools(struct transaction *, const char *telemetry, struct error *);

#endif
