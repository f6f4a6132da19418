/* SPDX-License-Identifier: BSD-2-Clause */
/* Our end of the doorbell (link/doorbell.h): dnsd is told of new revisions, and what it said last is kept. */
#ifndef UPDATER_BELL_H
#define UPDATER_BELL_H

#include <stdbool.h>
#include <stdint.h>

#include "link/doorbell.h"
#include "updater/transaction.h"

struct bell {
	int fd;     /* to dnsd; -1 while none listens */
	int serial; /* counts sockets to dnsd since the start, so that a new one is seen */
	int64_t next;         /* ticks of telling dnsd again */
	struct doorbell heard; /* dnsd's last answer */
	int64_t heard_at;      /* ticks; 0: nothing was heard yet */
	bool serial_wanted;    /* a name server has new signatures for secondaries (link/forward.h) */
};

void bell_start(struct bell *);
void bell_hang_up(struct bell *);

/* Tells dnsd that there is a revision; PATH is the registry's. COMMITTED is the transaction that was committed just
 * now, whose hosts are told along, or NULL. False when no dnsd listens. */
bool bell_ring(struct bell *, const char *path, const struct transaction *committed, int64_t revision, int64_t now);

/* Takes the answers that are there. */
void bell_hear(struct bell *, int64_t now);

/* The revision that dnsd serves, as far as we heard; 0 if nothing was. */
int64_t bell_served(const struct bell *);

#endif
