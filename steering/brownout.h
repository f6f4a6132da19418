/* SPDX-License-Identifier: BSD-2-Clause */
/* Brownouts: for a while, part of a pool's client networks is given its successor's answer, to see who could not follow. */
#ifndef STEERING_BROWNOUT_H
#define STEERING_BROWNOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "model/fleet.h"

/* For so many seconds after a brownout's end, networks that were in it are counted, to see whether they came back. */
enum { BROWNOUT_AFTERMATH = 2 * 86400 };

/* The successor while a brownout runs, whatever part of the networks it takes; else NULL. The fleet's. */
const struct pool *brownout_successor(const struct fleet *, const struct pool *);

/* Whether a bucket of client networks gets the successor's answer at fleet->now. During one brownout it is always the
 * same buckets. */
bool brownout_takes_now(const struct fleet *, const struct pool *, unsigned bucket);

/* The same whatever the date: whether the bucket is in the pool's last or next brownout. */
bool brownout_takes(const struct pool *, unsigned bucket);

/* How many of the STEERING_BUCKETS (steering/bucket.h) are in the pool's brownout: its percentage, rounded up. */
uint32_t brownout_buckets(const struct pool *);

/* The TTL, in seconds, of a pool's answers while a brownout runs. It is short and the same for all networks, because
 * those in the brownout are compared with the others by how often they ask. */
int64_t brownout_ttl(const struct pool *);

/* The date after fleet->now at which the pool's brownout ends, or its aftermath does; INT64_MAX when neither will. */
int64_t brownout_next(const struct fleet *, const struct pool *);

#endif
