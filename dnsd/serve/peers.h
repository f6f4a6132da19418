/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is a secondary of ours, by address, so that strangers do not take its place where connections are few: it stands in
 * the registry, or in --transfer-networks, or has shown a key that may transfer since we started. Any thread. */
#ifndef DNSD_SERVE_PEERS_H
#define DNSD_SERVE_PEERS_H

#include <pthread.h>

#include "dnsd/view/view.h"

enum { PEERS_SHOWN = 64 };

struct peers {
	const struct networks *networks; /* that may transfer without a key */
	pthread_mutex_t lock;            /* over the next two */
	struct address shown[PEERS_SHOWN];
	size_t next; /* the one that is forgotten for the next that is new */
};

void peers_init(struct peers *, const struct networks *);

/* Somebody there has shown a key that may transfer, over TCP: the address is no forged one. */
void peers_add(struct peers *, const struct address *);

/* In a read-side section. */
bool peers_know(struct peers *, const struct snapshot *, const struct address *);

#endif
