/* SPDX-License-Identifier: BSD-2-Clause */
/* How much of a pool's answers each member gets. Steering's own. */
#ifndef STEERING_SHARE_H
#define STEERING_SHARE_H

#include "steering/steering.h"

/* The part of the addresses given out that is expected to be each seat's, over all client networks and
 * days: by weight, but nobody is in an answer twice. SHARES has room for m->count; they sum to 1, or to 0
 * when nothing is answered. FAILED when memory is out. */
int steering_shares(const struct membership *, struct arena *, double *shares, struct error *);

#endif
