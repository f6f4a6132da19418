/* SPDX-License-Identifier: BSD-2-Clause */
/* Names to nodes: open addressing in shards, for one writer and any number of readers that never
 * wait.
 *
 * A slot is one 64-bit word: 16 bits of the hash above a 48-bit pointer. Readers are in an RCU
 * read-side section (QSBR); what the writer takes out of the table must live until a grace period
 * has passed. A shard that grows is copied and swapped, so that a reader sees the old or the new. */
#ifndef DNSD_STORE_NAME_TABLE_H
#define DNSD_STORE_NAME_TABLE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "dnsd/store/hash.h"
#include "dnsd/store/node.h"

enum { NAME_TABLE_TOMB = 1 }; /* a slot whose node was removed: probing goes on behind it */

struct slots {
	uint64_t mask;
	uint64_t filled; /* slots that are not 0, tombs included; writer only */
	_Atomic uint64_t slot[];
};

/* Where a shard's slots are, and the logarithm of their number in the lower six bits, for they are
 * aligned to 64: so that a reader knows a name's slot without a look at them. */
typedef uintptr_t shard_t;

static inline struct slots *shard_slots(shard_t shard)
{
	return (struct slots *)(shard & ~(shard_t)63);
}

static inline uint64_t shard_mask(shard_t shard)
{
	return (UINT64_C(1) << (shard & 63)) - 1;
}

struct name_table {
	unsigned shard_shift; /* the shard is hash >> shard_shift */
	size_t shards, count; /* count: nodes; writer only */
	size_t bytes;         /* of all slots; writer only */
	_Atomic shard_t *shard;
};

static inline uint64_t name_table_tag(uint64_t hash)
{
	return hash >> 16 << 48; /* bits 16 to 31: the lower ones choose the slot, the upper the shard */
}

static inline const struct node *name_table_pointer(uint64_t slot)
{
	return (const struct node *)(uintptr_t)(slot & UINT64_C(0xffffffffffff));
}

static inline shard_t name_table_shard(const struct name_table *table, uint64_t hash)
{
	return atomic_load_explicit(&table->shard[hash >> table->shard_shift], memory_order_consume);
}

/* Where probing begins: to be prefetched. */
static inline const _Atomic uint64_t *name_table_slot(const struct name_table *table, uint64_t hash)
{
	shard_t shard = name_table_shard(table, hash);
	return &shard_slots(shard)->slot[(hash >> 32) & shard_mask(shard)];
}

/* Fetches the node to which a name's first slot leads, if it is its own. */
static inline void name_table_prefetch(const struct name_table *table, uint64_t hash)
{
	uint64_t first = atomic_load_explicit(name_table_slot(table, hash), memory_order_relaxed);
	if ((first ^ name_table_tag(hash)) >> 48 != 0)
		return;
	__builtin_prefetch(name_table_pointer(first));
	__builtin_prefetch(name_table_pointer(first + 56)); /* most nodes end there or before; FIRST may be 0 */
}

/* Of two names of SIZE octets, at least one, behind which 7 more can be read. */
static inline bool name_table_same_name(const uint8_t *a, const uint8_t *b, size_t size)
{
	if (__builtin_expect(size < 8, 0))
		return hash_load_few(a, size) == hash_load_few(b, size);
	for (size_t i = 0; i < size - 8; i += 8)
		if (hash_load(a + i) != hash_load(b + i))
			return false;
	return hash_load(a + size - 8) == hash_load(b + size - 8);
}

/* The node of a name in lower-case wire form, behind which 7 more octets can be read; NULL. */
static inline const struct node *name_table_find(const struct name_table *table, uint64_t hash,
	const uint8_t *name, size_t size)
{
	shard_t shard = name_table_shard(table, hash);
	const struct slots *slots = shard_slots(shard);
	uint64_t mask = shard_mask(shard);
	for (uint64_t i = hash >> 32;; i++) {
		uint64_t slot = atomic_load_explicit(&slots->slot[i & mask], memory_order_consume);
		if (slot == 0)
			return NULL;
		if (((slot ^ name_table_tag(hash)) >> 48) != 0 || slot == NAME_TABLE_TOMB)
			continue;
		const struct node *node = name_table_pointer(slot);
		if (node->name_size == size && name_table_same_name(node->bytes, name, size))
			return node;
	}
}

/* SHARDS is a power of two; EXPECTED nodes are made room for. False when memory is out. */
bool name_table_init(struct name_table *, size_t shards, size_t expected);

/* Puts a node in, in the place of the one of the same name if there is one, which is returned in
 * *old to be retired; NULL otherwise. A shard's old slots go to *old_slots to be retired. Nodes have
 * 7 octets behind them that can be read. False when memory is out: nothing was changed. */
bool name_table_put(struct name_table *, struct node *, const struct node **old, struct slots **old_slots);

/* Takes a node out; it is to be retired. */
void name_table_remove(struct name_table *, const struct node *);

/* Frees the table, not the nodes. No reader may be left. */
void name_table_free(struct name_table *);

#endif
