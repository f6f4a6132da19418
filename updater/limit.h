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

/* A token bucket: true, and one token less, if there is one; BURST at most, one more each
 * INTERVAL milliseconds. */
bool limit_take(struct limit *, uint64_t key, int64_t now, int64_t interval, int64_t burst);

/* Failures: FREE of them cost nothing, each further one doubles the time to wait, up to MOST
 * milliseconds; as much time without one forgives all. */
void limit_fault(struct limit *, uint64_t key, int64_t now, unsigned free, int64_t most);
bool limit_waits(const struct limit *, uint64_t key, int64_t now);
void limit_forgive(struct limit *, uint64_t key);

#endif
