/* SPDX-License-Identifier: BSD-2-Clause */
/* Which addresses are our secondaries': those in the registry and in --transfer-networks, and those that have shown a key
 * that may transfer since we started. Strangers cannot displace them where connections are few. Any thread. */
#ifndef DNSD_SERVE_PEERS_H
#define DNSD_SERVE_PEERS_H

#include <pthread.h>

#include "dnsd/view/view.h"

enum { PEERS_SHOWN = 64 };

struct peers {
	const struct networks *networks; /* networks that may transfer without a key; borrowed */
	pthread_mutex_t lock;            /* over the next two */
	struct address shown[PEERS_SHOWN];
	size_t next; /* the place of the next new address, whose old one is forgotten */
};

void peers_init(struct peers *, const struct networks *);

/* Notes that a client at the address has shown a key that may transfer. It did so by TCP, so the address is not forged. */
void peers_add(struct peers *, const struct address *);

/* Whether the address is a secondary's. Call it in a read-side section. */
bool peers_know(struct peers *, const struct snapshot *, const struct address *);

#endif
