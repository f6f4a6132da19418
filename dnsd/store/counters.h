/* SPDX-License-Identifier: BSD-2-Clause */
/* What a worker counts: its thread alone writes, anybody reads, nobody waits. */
#ifndef DNSD_STORE_COUNTERS_H
#define DNSD_STORE_COUNTERS_H

#include <stdatomic.h>
#include <stdint.h>

enum counter {
	COUNT_QUERIES,
	COUNT_ANSWERS,
	COUNT_DROPPED,  /* too short, a response, or not answered for another reason */
	COUNT_TRUNCATED,
	COUNT_FORMERR,
	COUNT_SERVFAIL,
	COUNT_NXDOMAIN,
	COUNT_NOTIMP,
	COUNT_REFUSED,
	COUNT_OTHER_RCODE,
	COUNT_HOST,
	COUNT_AUTH_GOOD, /* PageKite relay authentication */
	COUNT_AUTH_BAD,
	COUNT_RATE_TRUNCATED, /* by rate limiting */
	COUNT_RATE_DROPPED,
	COUNT_TCP_CONNECTIONS,
	COUNT_SIGNATURES, /* made for answers */
	COUNT_UNSIGNED,   /* answers for which there was no budget */
	COUNT_SAMPLES,    /* answers of pools that were what was signed ahead, for there was none for the network's own */
	COUNTERS
};

/* On cache lines of its own. */
struct counters {
	_Alignas(64) _Atomic uint64_t value[COUNTERS];
};

/* By the owning thread: a load and a store, no locked instruction. */
static inline void count_add(struct counters *c, enum counter which, uint64_t more)
{
	uint64_t value = atomic_load_explicit(&c->value[which], memory_order_relaxed);
	atomic_store_explicit(&c->value[which], value + more, memory_order_relaxed);
}

static inline uint64_t count_read(const struct counters *c, enum counter which)
{
	return atomic_load_explicit(&c->value[which], memory_order_relaxed);
}

#endif
