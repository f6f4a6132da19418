/* SPDX-License-Identifier: BSD-2-Clause */
/* poll(2), and what is done where it refuses. */
#include "lib/ready.h"

#include <errno.h>
#include <time.h>

/* clock_nanosleep and not poll: it is poll that has just refused. */
static void sleep_for(int milliseconds)
{
	struct timespec time = { milliseconds / 1000, milliseconds % 1000 * 1000000L };
	clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
}

int ready_wait(struct pollfd *ready, nfds_t count, int milliseconds)
{
	for (nfds_t i = 0; i < count; i++)
		ready[i].revents = 0; /* a wait that fails leaves them as they were */
	int found = poll(ready, count, milliseconds);
	if (found >= 0 || errno == EINTR)
		return found > 0 ? found : 0;
	sleep_for(milliseconds);
	found = 0;
	for (nfds_t i = 0; i < count; i++)
		found += poll(&ready[i], 1, 0) > 0;
	return found;
}

bool ready_passes(int code)
{
	return code != EMFILE && code != ENFILE && code != ENOBUFS && code != ENOMEM;
}
