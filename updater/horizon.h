/* SPDX-License-Identifier: BSD-2-Clause */
/* How old the change log is allowed to grow, by a date that may jump: a clock that is set forward must not make all of it
 * old at once. No clock. */
#ifndef UPDATER_HORIZON_H
#define UPDATER_HORIZON_H

#include <stdbool.h>
#include <stdint.h>

/* Zero-initialise it. */
struct horizon {
	bool begun;
	int64_t date;  /* what is older is to go */
	int64_t ticks; /* when that was so */
};

/* The date before which changes are to go. WANTED is that date by the clock, OLDEST the date of the oldest change, TICKS
 * milliseconds that only grow, KEEP seconds that changes are kept. From where the log begins, the horizon moves at most
 * twice as fast as time does: what a wrong clock takes in an hour is two hours of the log, and what was not pruned
 * while nobody did it goes in half of that time. A gap longer than KEEP is passed at once. */
int64_t horizon_move(struct horizon *, int64_t wanted, int64_t oldest, int64_t ticks, int64_t keep);

#endif
