/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is in a pool, and why. Pure: the same input gives the same answer on every machine. No I/O, no clock.
 * steering/choose.h says which of its members a client network is given. */
#ifndef STEERING_STEERING_H
#define STEERING_STEERING_H

#include "lib/arena.h"
#include "lib/error.h"
#include "model/fleet.h"
#include "steering/bucket.h"
#include "steering/membership.h"

/* The offers of all relays, in the fleet's order. Borrows the fleet; FAILED when memory is out. */
int steering_offers(const struct fleet *, struct arena *, struct offer **offers, struct error *);

/* One pool's membership. Borrows fleet and offers; the rest is the arena's. FAILED when memory is out. */
int steering_pool(const struct fleet *, const struct offer *offers, const struct pool *,
	struct arena *, struct membership *, struct error *);

/* The releases that are left out, as "pagekite.py 1.0.0, upagekite 0.1"; "" for none. The arena's. NULL when memory is
 * out. */
char *steering_left_out(const struct membership *, struct arena *);

/* Why a seat is in or out: a sentence without a final stop, such as "speaks 1.2-1.3, but pagekite.py 0.5.6d needs ssl3".
 * The arena's. NULL when memory is out. */
char *steering_reason(const struct membership *, const struct seat *, struct arena *);

/* The weight of a relay that comes into service grows from a quarter to the whole in so many seconds. */
enum { STEERING_RAMP = 1800 };

/* The date after fleet->now at which answers change though the registry does not; INT64_MAX for never.
 * The turn of a day, which changes all choices, is not counted. */
int64_t steering_next(const struct fleet *);

#endif
