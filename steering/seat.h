/* SPDX-License-Identifier: BSD-2-Clause */
/* One relay's seat in one pool: whether it may be in, before it is compared with the others. Steering's own. */
#ifndef STEERING_SEAT_H
#define STEERING_SEAT_H

#include "lib/arena.h"
#include "lib/error.h"
#include "model/fleet.h"
#include "steering/membership.h"

struct requirement {
	const struct release **releases; /* those that look the pool up; none if the pool has its own --tls */
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

/* The rules of a pool, sorted by relay, NULL when it has none; and the rule for one relay among them, or NULL. */
const struct rule *seat_rules(const struct fleet *, const struct pool *, size_t *count);
const struct rule *seat_rule(const struct rule *, size_t count, const struct relay *);

/* Decides seat->in and its reason by all but health and weight, for those count only in comparison with others. */
void seat_admit(const struct seating *, const struct rule *, struct seat *);

/* Whether a seat that is in looks well; and why it does not. */
bool seat_well(const struct seating *, const struct seat *);
enum reason seat_weakness(const struct seating *, const struct seat *);

/* Counts of one pool's seats: relays that could be in; of these, those that look well; and those with a weight that
 * look down. */
struct tally {
	size_t admitted, well, ill;
};

/* Whether so few look well that all that could be in are given out. */
bool seat_last_resort(const struct pool *, const struct tally *);

/* Whether the pools differ in nothing that seat_last_resort looks at. */
bool seat_same_resort(const struct pool *, const struct pool *);

/* For when no relay suits all releases of the requirement: keeps those that one relay suits. It is the one that serves
 * the most clients; a relay that looks well comes before one that does not. False when no relay suits any release.
 * CANDIDATES are the seats as seat_admit left them. */
bool seat_compromise(struct requirement *, const struct seat *candidates, size_t count);

/* How much a relay serves of what a pool is for: how many clients and releases of those that look the pool up, and how
 * many of their TLS versions, compared in this order. */
struct service {
	int64_t clients, releases, versions;
};
struct service seat_service(const struct seating *, const struct offer *);
int seat_compare_service(const struct service *, const struct service *);

#endif
