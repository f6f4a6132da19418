/* SPDX-License-Identifier: BSD-2-Clause */
/* The only place that asks the system's clocks, and that waits by one. */
#include "lib/clock.h"

#include <sys/stat.h>
#include <time.h>

int64_t clock_ticks(void)
{
	struct timespec now;
	clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void clock_wait(pthread_cond_t *condition, pthread_mutex_t *mutex, int64_t ms)
{
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	int64_t ns = until.tv_nsec + ms % 1000 * 1000000;
	until.tv_sec += (time_t)(ms / 1000 + ns / 1000000000);
	until.tv_nsec = (long)(ns % 1000000000);
	pthread_cond_clockwait(condition, mutex, CLOCK_MONOTONIC, &until);
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
