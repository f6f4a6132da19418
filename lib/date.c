/* SPDX-License-Identifier: BSD-2-Clause */
/* A moment is one that timegm leaves as it is. */
#include "lib/date.h"

bool date_of(const struct tm *moment, int64_t *date)
{
	struct tm tm = *moment; /* which timegm sets to what it took the moment for */
	*date = timegm(&tm);
	return tm.tm_year == moment->tm_year && tm.tm_mon == moment->tm_mon && tm.tm_mday == moment->tm_mday
		&& tm.tm_hour == moment->tm_hour && tm.tm_min == moment->tm_min && tm.tm_sec == moment->tm_sec;
}
