/* SPDX-License-Identifier: BSD-2-Clause */
/* Response rate limiting, so that a forged question's victim is not flooded with answers: so many a
 * second of one sort to one client network; beyond, one in two is sent empty and truncated, for a real
 * client to come back over TCP, and the others not at all. */
#ifndef DNSD_ANSWER_RATE_LIMIT_H
#define DNSD_ANSWER_RATE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/address.h"

enum { RATE_BUCKETS = 1 << 16 };

/* One worker's; its thread alone uses it. Half a megabyte, whatever happens. */
struct rate_limit {
	uint32_t interval; /* microseconds between answers that are within the limit; 0: no limit */
	bool slip;         /* the next one beyond the limit is truncated, not dropped */
	uint64_t bucket[RATE_BUCKETS]; /* 24 bits of the key, 40 of the time at which it is used up */
};

enum rate_verdict { RATE_SEND, RATE_TRUNCATE, RATE_DROP };

/* LIMIT answers a second, 0 for no limit, divided among WORKERS: the kernel spreads clients. */
void rate_limit_set(struct rate_limit *, int64_t limit, int64_t workers);

/* KEY is what is answered (reply_count_as, dnsd/answer/reply.h): where the answer comes from, and its kind. Names and types are
 * made up at will, so that neither counts but where data of the zone has it. NOW is in microseconds and may wrap. Clients are counted by IPv4 /24 and IPv6
 * /56. */
enum rate_verdict rate_limit_take(struct rate_limit *, const struct address *client, uint64_t key,
	uint64_t now);

#endif
