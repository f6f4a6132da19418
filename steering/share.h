/* SPDX-License-Identifier: BSD-2-Clause */
/* How much of a pool's answers each member gets. Steering's own. */
#ifndef STEERING_SHARE_H
#define STEERING_SHARE_H

#include "steering/steering.h"

/* Each seat's expected part of the addresses given out, over all client networks and days: the mean of A's and AAAA's. It
 * follows the weights, but a relay has no second address in an answer before all others that fit have one. SHARES has room for m->count; they sum to 1, or to 0 when nothing is answered.
 * The arena is for scratch. FAILED when memory is out. */
int steering_shares(const struct membership *, struct arena *, double *shares, struct error *);

#endif
