/* SPDX-License-Identifier: BSD-2-Clause */
/* Two clocks, kept apart: one for intervals that no clock setting can stretch, one for dates. */
#ifndef LIB_CLOCK_H
#define LIB_CLOCK_H

#include <pthread.h>
#include <stdint.h>

/* Milliseconds that only grow, and go on while the machine is suspended. For leases, limits and deadlines. Any
 * thread. */
int64_t clock_ticks(void);

/* Waits for a condition, MS milliseconds at most, by clock_ticks and not by the date. The mutex is held. May return
 * early, as pthread_cond_wait may. */
void clock_wait(pthread_cond_t *, pthread_mutex_t *, int64_t ms);

/* Seconds since 1970, as the system's clock is set: for what is written down, days, signatures. Any thread. */
int64_t clock_date(void);

/* When a file or directory last changed (its mtime), in nanoseconds since 1970; 0 where there is none. */
int64_t clock_changed(const char *path);

#endif
