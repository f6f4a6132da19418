/* SPDX-License-Identifier: BSD-2-Clause */
/* Who asks for which pool, and in which zone: counted by the workers as they answer. Each has a bank that it alone
 * writes, plainly, until the collector (dnsd/collect.h) gives it another one, waits for a grace period, and has
 * the old one for itself: neither lock nor atomic addition. An answer counts twice, in its pool's place and in its
 * zone's; pools and zones keep their places over snapshots. */
#ifndef DNSD_VIEW_USAGE_H
#define DNSD_VIEW_USAGE_H

#include <stddef.h>
#include <stdint.h>

#include "dnsd/store/hash.h"
#include "lib/address.h"
#include "lib/sketch.h"

enum {
	USAGE_SLOTS = 8192,   /* a pool each, and 24 a brownout, of which there are in three quarters of them; what is beyond shares
	                       * slot 0, which nobody reads */
	USAGE_ZONES = 16384,  /* a zone each; zones beyond share slot 0, and are counted together */
	USAGE_UNKNOWN = 64,   /* undefined labels told apart between two collections */
	USAGE_LABEL = 96, /* of a pool, or of a brownout (registry/telemetry.h) */
};

/* Of a pool, or of all pools in a zone. In `seen`, a register of a sketch whose rank is n has its n lowest bits set: a hash that has
 * none of them is of a higher rank, which is one test. */
struct usage {
	_Alignas(64) uint64_t queries;
	uint16_t seen[SKETCH_REGISTERS];
};
_Static_assert(SKETCH_RANK <= 16, "a rank is so many bits of a register");

struct usage_unknown {
	uint64_t queries;
	char label[USAGE_LABEL]; /* text; "" where the entry is free */
};

/* All zeros when nothing was counted. Untouched pages take no memory. */
struct usage_bank {
	struct usage pool[USAGE_SLOTS];
	struct usage zone[USAGE_ZONES];
	struct usage_unknown unknown[USAGE_UNKNOWN];
	uint64_t unknown_others; /* queries for labels that found no room in `unknown` */
};

/* NULL when memory is out. */
struct usage_bank *usage_bank_new(void);
void usage_bank_free(struct usage_bank *);

/* The slot of a pool's label, or of a zone's name in normal form, the same as long as the process lives; 0 when all are
 * taken, or memory is out. The loader's thread. */
unsigned usage_slot(const char *label);
unsigned usage_slot_of_brownout(const char *name);
unsigned usage_zone_slot(const char *zone);

/* How many slots were given out, slot 0 included, and to whom; slot 0's is "". Any thread. */
unsigned usage_slots(void);
const char *usage_label(unsigned slot);
unsigned usage_zone_slots(void);
const char *usage_zone(unsigned slot);

/* What today's figures are, for _status: written by the collector, read by any thread. */
struct usage_today {
	_Atomic uint64_t queries, networks;
};
struct usage_today *usage_today(unsigned slot);

/* A hash of 64 well-mixed bits of a client's network: IPv4 /24, IPv6 /56. Not keyed: name servers' sketches
 * are merged. */
uint64_t usage_network(const struct address *);

/* The same of an IPv4 address, WORD being its octets as they stand in memory: little-endian (dnsd/store/hash.h), so that
 * the last octet is shifted out. With fewer steps, networks in a row are mixed too little for a sketch (test_usage). */
static inline uint64_t usage_network_4(uint32_t word)
{
	const uint64_t k = UINT64_C(0x9e3779b97f4a7c15);
	uint64_t hash = (uint64_t)(word << 8) * k;
	return hash_fold(hash ^ hash >> 32, k);
}

/* What follows is for the worker's own thread. */

void usage_see(uint16_t *seen, uint64_t hash);

/* Where a slot is in each bank, in octets. Pools keep it, so that it is not computed for each answer. */
static inline size_t usage_place(unsigned slot)
{
	return offsetof(struct usage_bank, pool) + slot * sizeof(struct usage);
}

static inline size_t usage_zone_place(unsigned slot)
{
	return offsetof(struct usage_bank, zone) + slot * sizeof(struct usage);
}

static inline unsigned usage_slot_at(size_t place)
{
	return (unsigned)((place - offsetof(struct usage_bank, pool)) / sizeof(struct usage));
}

/* Counts a query in a place, from the network of this hash. */
static inline void usage_add(struct usage_bank *bank, size_t place, uint64_t hash)
{
	struct usage *usage = (struct usage *)(void *)((char *)bank + place);
	uint16_t *seen = &usage->seen[sketch_register(hash)];
	usage->queries++;
	if (__builtin_expect((*seen & hash) == 0, 0))
		usage_see(seen, hash);
}

/* Counts an answer from a pool in a zone, to the network of this hash. */
static inline void usage_count(struct usage_bank *bank, size_t pool, size_t zone, uint64_t hash)
{
	usage_add(bank, pool, hash);
	usage_add(bank, zone, hash);
}

/* Counts a question for a label that nobody defined, in lower-case wire form. */
void usage_count_unknown(struct usage_bank *, const uint8_t *label);

/* What a bank has seen in a place, as a sketch: adds to it. */
void usage_networks(const struct usage *, struct sketch *);

#endif
