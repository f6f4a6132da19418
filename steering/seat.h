/* SPDX-License-Identifier: BSD-2-Clause */
/* One relay's seat in one pool: whether it may be in, before it is compared with the others. Steering's own. */
#ifndef STEERING_SEAT_H
#define STEERING_SEAT_H

#include "steering/steering.h"

struct requirement {
	const struct release **releases; /* that look the pool up; none of a pool with an own --tls */
	size_t count;
};

/* A pool to be seated: what it needs, and whether only its roster may be in it. */
struct seating {
	const struct fleet *fleet;
	const struct pool *pool; /* the source of the membership */
	struct requirement requirement;
	unsigned families;
	bool closed;
};

/* The releases that look a pool up, whose TLS its members must speak; FAILED when memory is out. */
int seat_require(const struct fleet *, const struct pool *, struct arena *, struct requirement *,
	struct error *);

/* The rules of a pool, in the order of their relays. */
const struct rule *seat_rules(const struct fleet *, const struct pool *, size_t *count);
const struct rule *seat_rule(const struct rule *, size_t count, const struct relay *);

/* Decides but for health and weight, which depend on the others: seat->in, with the reason. */
void seat_admit(const struct seating *, const struct rule *, struct seat *);

/* Of one that is in: whether it looks well, and why not. */
bool seat_well(const struct seating *, const struct seat *);
enum reason seat_weakness(const struct seating *, const struct seat *);

/* What the seats of one pool come to: those that could be in, of these those that look well, and those that
 * nothing but their health keeps out. */
struct tally {
	size_t admitted, well, ill;
};

/* Whether so few look well that all are given out. */
bool seat_last_resort(const struct pool *, const struct tally *);

/* No relay suits all releases of the requirement: leaves those in it that the relays which serve the most
 * clients suit. False when no relay suits any. CANDIDATES are the seats as seat_admit left them. */
bool seat_compromise(struct requirement *, const struct seat *candidates, size_t count);

/* How much of what a pool is for a relay serves: the clients and releases that look the pool up, then TLS
 * versions. Greater is more. */
struct service {
	int64_t clients, releases, versions;
};
struct service seat_service(const struct seating *, const struct offer *);
int seat_compare_service(const struct service *, const struct service *);

#endif
