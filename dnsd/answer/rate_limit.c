/* SPDX-License-Identifier: BSD-2-Clause */
/* Accounts of what each client network was sent lately, in a table of fixed size. */
#include "dnsd/answer/rate_limit.h"

#include <string.h>

#include "dnsd/store/hash.h"

enum { SECOND = 1000000, TIME_BITS = 40 };

static const uint64_t time_mask = (UINT64_C(1) << TIME_BITS) - 1;

void rate_limit_set(struct rate_limit *r, int64_t limit, int64_t workers)
{
	int64_t each = limit / workers;
	r->interval = limit == 0 ? 0 : each == 0 ? SECOND : (uint32_t)(SECOND / each);
}

static uint64_t hash_client(const struct address *client, uint64_t key)
{
	uint64_t network = 0;
	memcpy(&network, client->bytes, client->family == ADDRESS_V4 ? 3 : 7);
	return hash_fold(hash_seed ^ network ^ (uint64_t)client->family << 56,
		key ^ UINT64_C(0xa0761d6478bd642f));
}

/* How many microseconds a bucket's time is ahead of now; 0 if it has passed. Times wrap every 12 days, so one that seems
 * to be more than half of that ahead has passed. */
static uint64_t ahead(uint64_t bucket, uint64_t now)
{
	uint64_t difference = (bucket - now) & time_mask;
	return difference > time_mask / 2 ? 0 : difference;
}

/* The bucket of this hash. A hash may have one of two; if neither is its own, it takes over the less used one. */
static uint64_t *find(struct rate_limit *r, uint64_t hash, uint64_t now)
{
	uint64_t *one = &r->bucket[hash % RATE_BUCKETS], *two = &r->bucket[(hash >> 16) % RATE_BUCKETS];
	uint64_t tag = hash >> TIME_BITS;
	if (*one >> TIME_BITS == tag)
		return one;
	if (*two >> TIME_BITS == tag)
		return two;
	uint64_t *bucket = ahead(*one, now) <= ahead(*two, now) ? one : two;
	*bucket = now & time_mask; /* a new owner starts afresh */
	return bucket;
}

/* Each answer moves its bucket's time on by an interval, but not further than a second ahead of now. */
enum rate_verdict rate_limit_take(struct rate_limit *r, const struct address *client, uint64_t key,
	uint64_t now)
{
	if (r->interval == 0)
		return RATE_SEND;
	uint64_t hash = hash_client(client, key);
	uint64_t *bucket = find(r, hash, now), used = ahead(*bucket, now) + r->interval;
	if (used > SECOND) {
		r->slip = !r->slip;
		return r->slip ? RATE_TRUNCATE : RATE_DROP;
	}
	*bucket = (hash >> TIME_BITS) << TIME_BITS | ((now + used) & time_mask);
	return RATE_SEND;
}
