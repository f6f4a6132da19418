/* SPDX-License-Identifier: BSD-2-Clause */
/* The pool that replaces another: it answers to part of the clients in a brownout, and to all once the other is retired. */
#ifndef STEERING_SUCCESSOR_H
#define STEERING_SUCCESSOR_H

#include "model/fleet.h"

/* The pool that is to replace this one; the fleet's. NULL when it has none, or names itself or a pool that is not there. */
const struct pool *successor_of(const struct fleet *, const struct pool *);

/* The pool with whose relays this one answers: itself, unless it is retired in favour of its successor, which may be
 * retired in turn. Itself, too, when the successors form a circle. */
const struct pool *successor_source(const struct fleet *, const struct pool *);

#endif
