/* SPDX-License-Identifier: BSD-2-Clause */
/* Dates that were written down, as seconds since 1970. */
#ifndef LIB_DATE_H
#define LIB_DATE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* The date of a day and a time of day in UTC, as a reader of text has filled them in. False when there is no such moment:
 * on 31 February, which timegm takes for a day in March, or at 25:00. Any thread. */
bool date_of(const struct tm *, int64_t *date);

#endif
