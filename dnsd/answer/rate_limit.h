/* SPDX-License-Identifier: BSD-2-Clause */
/* Response rate limiting, so that we do not flood the victim of forged questions. A client network gets at most so many
 * answers of one kind a second. Beyond that, every second answer is sent empty and truncated, so that a real client asks
 * again over TCP; the others are dropped. */
#ifndef DNSD_ANSWER_RATE_LIMIT_H
#define DNSD_ANSWER_RATE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/address.h"

enum { RATE_BUCKETS = 1 << 16 };

/* One worker's; its thread alone uses it. It always takes half a megabyte. */
struct rate_limit {
	uint32_t interval; /* microseconds between answers that are within the limit; 0: no limit */
	bool slip;         /* the last answer beyond the limit was truncated, so the next one is dropped */
	uint64_t bucket[RATE_BUCKETS]; /* 24 bits of a hash of client network and key; 40 of the time, in microseconds,
	                                * until which its answers are paid for */
};

enum rate_verdict { RATE_SEND, RATE_TRUNCATE, RATE_DROP };

/* Sets LIMIT answers a second, 0 for no limit. It is divided by the number of workers, among which the kernel spreads
 * clients. */
void rate_limit_set(struct rate_limit *, int64_t limit, int64_t workers);

/* Counts an answer and says what becomes of it. KEY is its kind (reply_count_as, dnsd/answer/reply.h): the existing name
 * that it comes from, and its kind; not the name and type asked for, which clients can make up. NOW is in microseconds
 * and may wrap. Client networks are IPv4 /24 and IPv6 /56. */
enum rate_verdict rate_limit_take(struct rate_limit *, const struct address *client, uint64_t key,
	uint64_t now);

#endif
