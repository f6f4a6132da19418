/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/clock.h"

#include <sys/stat.h>
#include <time.h>

int64_t clock_ticks(void)
{
	struct timespec now;
	clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_date(void)
{
	return (int64_t)time(NULL);
}

int64_t clock_changed(const char *path)
{
	struct stat info;
	if (stat(path, &info) != 0)
		return 0;
	return (int64_t)info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec;
}
