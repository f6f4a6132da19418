/* SPDX-License-Identifier: BSD-2-Clause */
/* A relay that registers is tested before it is given out, where there is a prober to test it. */
#ifndef UPDATER_ADMISSION_H
#define UPDATER_ADMISSION_H

#include "updater/transaction.h"

/* A prober's date that is still to come, and ticks when it was another. Zero-initialise it. */
struct admission {
	int64_t ahead, moved;
};

/* The state in which a relay begins: RELAY_TESTING, or RELAY_SERVICE where no prober speaks. In a
 * transaction. */
int admission_begin(struct admission *, struct registry *, int64_t now, int64_t *state, struct error *);

/* Gives service to those who passed: whom a prober still finds well after ADMISSION seconds. Nobody waits for a
 * prober that fell silent; one whose dates are still to come did when they stand still. Housekeeping's, in a
 * transaction. */
enum { ADMISSION = 30 };
int admission_run(struct admission *, struct transaction *, struct error *);

#endif
