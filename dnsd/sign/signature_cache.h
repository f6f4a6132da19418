/* SPDX-License-Identifier: BSD-2-Clause */
/* Signatures by what they sign: a 128-bit keyed hash of the RRset and the key. What is found can so never be
 * stale against the data. Fixed memory; readers and writers never wait: each entry has a sequence number, odd while
 * it is written, and whoever meets another goes without. */
#ifndef DNSD_SIGN_SIGNATURE_CACHE_H
#define DNSD_SIGN_SIGNATURE_CACHE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"
#include "dnssec/zone_key.h"

struct content {
	uint64_t word[2];
};

struct rrsig {
	uint32_t inception, expiration; /* seconds since 1970 (RFC 4034 section 3.1.5) */
	uint8_t octets[KEY_SIGNATURE];
};

enum { SIGNATURE_WORDS = 3 + KEY_SIGNATURE / 8, SIGNATURE_WAYS = 4 };

struct signature_entry {
	_Alignas(32) _Atomic uint64_t sequence; /* 0: empty */
	_Atomic uint64_t word[SIGNATURE_WORDS]; /* content, dates, octets */
};

struct signature_cache {
	struct signature_entry *entries;
	uint64_t mask; /* of sets of SIGNATURE_WAYS entries */
};

/* OCTETS is what it may take. FAILED when memory is out. */
int signature_cache_init(struct signature_cache *, size_t octets, struct error *);
void signature_cache_free(struct signature_cache *);

/* Any thread. */
bool signature_find(const struct signature_cache *, const struct content *, struct rrsig *);
void signature_keep(struct signature_cache *, const struct content *, const struct rrsig *);

#endif
