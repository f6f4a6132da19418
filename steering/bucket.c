/* SPDX-License-Identifier: BSD-2-Clause */
/* Client networks hashed to buckets, and a bucket's day. */
#include "steering/bucket.h"

#include "steering/hash.h"

unsigned steering_bucket(const struct address *client)
{
	const uint8_t *b = client->bytes;
	if (client->family == ADDRESS_V4)
		return steering_bucket_4((uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8);
	return (unsigned)(steering_mix(steering_hash(b, 7)) >> (64 - STEERING_BUCKET_BITS)); /* /56 */
}

int64_t steering_turn_day(unsigned bucket, int64_t date)
{
	unsigned turn = bucket >> (STEERING_BUCKET_BITS - STEERING_TURN_BITS);
	return steering_day(date + (int64_t)(STEERING_TURNS - 1 - turn) * STEERING_TURN);
}

int64_t steering_day(int64_t date)
{
	return date / 86400;
}
