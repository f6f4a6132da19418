/* SPDX-License-Identifier: BSD-2-Clause */
/* NOTIFY (RFC 1996): tells secondaries when a zone's content changes, at most once a second, and again until they answer.
 * All zones share the registry's revision as their serial, so a zone's serial often moves without its content; that is
 * told only now and then. One thread. */
#ifndef DNSD_SERVE_NOTIFY_H
#define DNSD_SERVE_NOTIFY_H

#include <pthread.h>

#include "dnsd/view/view.h"

struct notifier {
	const struct view *view;
	const _Atomic bool *stop;
	int64_t quiet; /* seconds between NOTIFYs of a zone whose serial moved but not its content */
	pthread_t thread;
	int sockets[2]; /* IPv4, IPv6 */
};

/* Opens the sockets and starts the thread. Call it once there is a snapshot. */
int notifier_start(struct notifier *, struct error *);
void notifier_stop(struct notifier *);

#endif
