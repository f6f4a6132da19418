/* SPDX-License-Identifier: BSD-2-Clause */
/* How often somebody may do something, in fixed memory and on the clock that only grows. */
#ifndef UPDATER_LIMIT_H
#define UPDATER_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/address.h"

/* Many keys share a table of buckets; when it is full, the bucket that was idle longest gives way.
 * One thread. */
struct limit {
	struct limit_slot *slots;
	size_t count; /* a power of two */
	uint64_t seed;
};

/* FAILED when memory is out. */
int limit_make(struct limit *, size_t count, uint64_t seed, struct error *);
void limit_free(struct limit *);

/* IPv4 addresses each, IPv6 by /64: whoever has one address there has them all. */
uint64_t limit_source(const struct limit *, const struct address *);
uint64_t limit_name(const struct limit *, const char *name);

/* A key of several parts: KEY, and one more. */
uint64_t limit_part(uint64_t key, const void *bytes, size_t size);

/* A token bucket: true, and one token less, if there is one; BURST at most, one more each
 * INTERVAL milliseconds. */
bool limit_take(struct limit *, uint64_t key, int64_t now, int64_t interval, int64_t burst);

/* Failures: FREE of them cost nothing, each further one doubles the time that whoever failed is to wait for
 * its answer, up to MOST milliseconds; FORGIVEN milliseconds without one forgive all. Returns that time. */
int64_t limit_fault(struct limit *, uint64_t key, int64_t now, unsigned free, int64_t most, int64_t forgiven);

/* Of the updater. */
struct limits {
	struct limit requests, faults, hosts;
	uint64_t refusals_left_out; /* of the log, since its last line of a refusal (updater/refusal_log.c) */
};

#endif
