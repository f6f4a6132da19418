/* SPDX-License-Identifier: BSD-2-Clause */
/* NOTIFY (RFC 1996): secondaries are told when a zone's content changes, at most once a second however often it
 * does, and again until they answer. A serial that moved though the content stayed, for all zones share the
 * registry's revision, is told now and then. One thread. */
#ifndef DNSD_SERVE_NOTIFY_H
#define DNSD_SERVE_NOTIFY_H

#include <pthread.h>

#include "dnsd/view/view.h"

struct notifier {
	const struct view *view;
	const _Atomic bool *stop;
	int64_t quiet; /* seconds between words of serials that alone moved */
	pthread_t thread;
	int sockets[2]; /* IPv4, IPv6 */
};

/* Opens the sockets and starts the thread. Call it once there is a snapshot. */
int notifier_start(struct notifier *, struct error *);
void notifier_stop(struct notifier *);

#endif
