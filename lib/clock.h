/* SPDX-License-Identifier: BSD-2-Clause */
/* Two clocks, kept apart: one for intervals that no clock setting can stretch, one for dates. */
#ifndef LIB_CLOCK_H
#define LIB_CLOCK_H

#include <pthread.h>
#include <stdint.h>

/* Milliseconds that only grow, suspension included: leases, limits, deadlines. */
int64_t clock_ticks(void);

/* Waits for a condition, with the mutex held, MS milliseconds at most, whatever becomes of the date. */
void clock_wait(pthread_cond_t *, pthread_mutex_t *, int64_t ms);

/* Seconds since 1970: the audit, days, signatures. */
int64_t clock_date(void);

/* Nanoseconds since 1970 when a file or directory last changed; 0 where there is none. */
int64_t clock_changed(const char *path);

#endif
