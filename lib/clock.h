/* SPDX-License-Identifier: BSD-2-Clause */
/* Two clocks, kept apart: one for intervals that no clock setting can stretch, one for dates. */
#ifndef LIB_CLOCK_H
#define LIB_CLOCK_H

#include <stdint.h>

/* Milliseconds that only grow, suspension included: leases, limits, deadlines. */
int64_t clock_ticks(void);

/* Seconds since 1970: the audit, days, signatures. */
int64_t clock_date(void);

/* Nanoseconds since 1970 when a file or directory last changed; 0 where there is none. */
int64_t clock_changed(const char *path);

#endif
