/* SPDX-License-Identifier: BSD-2-Clause */
/* The buckets that client networks fall into, and the moments at which their choices change. */
#ifndef STEERING_BUCKET_H
#define STEERING_BUCKET_H

#include <stdint.h>

#include "lib/address.h"

/* Client networks (an IPv4 /24, an IPv6 /56) fall into STEERING_BUCKETS buckets, each of which keeps its choice for a
 * day. All buckets with the same STEERING_TURN_BITS highest bits change at the same moment, their turn; the turns are
 * spread evenly over the day, so that no moment moves more than one network in 128. Where so many choices are too many
 * to look at, the first bucket of those with the same STEERING_SAMPLE_BITS highest bits stands for all of them. */
enum { STEERING_BUCKET_BITS = 20, STEERING_BUCKETS = 1 << STEERING_BUCKET_BITS };
enum { STEERING_TURN_BITS = 7, STEERING_TURNS = 1 << STEERING_TURN_BITS, STEERING_TURN = 86400 / STEERING_TURNS };
enum { STEERING_SAMPLE_BITS = 6, STEERING_SAMPLES = 1 << STEERING_SAMPLE_BITS };
unsigned steering_bucket(const struct address *client);

/* The bucket of an IPv4 address, in host order. */
static inline unsigned steering_bucket_4(uint32_t client)
{
	uint64_t hash = ((uint64_t)(client >> 8) + 1) * UINT64_C(0x9e3779b97f4a7c15);
	hash = (hash ^ hash >> 32) * UINT64_C(0xd6e8feb86659fd93);
	return (unsigned)((hash ^ hash >> 32) * UINT64_C(0xd6e8feb86659fd93) >> (64 - STEERING_BUCKET_BITS));
}

/* The first bucket of a sample, and the sample of a bucket. */
static inline unsigned steering_sample(unsigned sample)
{
	return sample << (STEERING_BUCKET_BITS - STEERING_SAMPLE_BITS);
}
static inline unsigned steering_sample_of(unsigned bucket)
{
	return bucket >> (STEERING_BUCKET_BITS - STEERING_SAMPLE_BITS);
}

/* A bucket's day, since 1970, at a date in seconds; and how many turns of any buckets there were until a date. */
int64_t steering_turn_day(unsigned bucket, int64_t date);
static inline int64_t steering_turns(int64_t date)
{
	return date / STEERING_TURN;
}

/* Days since 1970, from a date in seconds. */
int64_t steering_day(int64_t date);

#endif
