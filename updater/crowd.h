/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is connected, since when, and who gives way to a newcomer. No sockets, no clock: times are
 * milliseconds of any one clock that does not go back. */
#ifndef UPDATER_CROWD_H
#define UPDATER_CROWD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/address.h"

/* A connection's place; the first member of whatever is in the crowd. */
struct crowd_place {
	struct crowd_place *older, *newer;
	struct address client;
	int64_t since; /* its wait began */
	bool held;     /* a request of it is being done: it does not give way */
	bool exempt;   /* it counts for all, but not for its client */
};

/* Zero-initialise it. Ordered by since. */
struct crowd {
	struct crowd_place *oldest, *newest;
	size_t count;
};

/* Its client, HELD and EXEMPT are set. */
void crowd_add(struct crowd *, struct crowd_place *, int64_t now);
void crowd_remove(struct crowd *, struct crowd_place *);

/* Its wait begins anew. */
void crowd_begin(struct crowd *, struct crowd_place *, int64_t now);

/* Who has waited longest and may give way; NULL when there is none. */
struct crowd_place *crowd_oldest(const struct crowd *);

/* Whether a newcomer fits in, if *VICTIM goes (NULL: nobody need go). There are MOST places at all, and
 * EACH for an IPv4 address or an IPv6 /64, twice as many for a /56 and four times for a /48: whoever has a
 * site's network must not have the places of thousands. Beyond, the client's own oldest gives way. */
bool crowd_fits(const struct crowd *, const struct address *client, bool exempt, size_t most, size_t each,
	struct crowd_place **victim);

#endif
