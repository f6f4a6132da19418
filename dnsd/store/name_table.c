/* SPDX-License-Identifier: BSD-2-Clause */
/* Names put in and taken out by the one writer, and tables that grow shard by shard. */
#include "dnsd/store/name_table.h"

#include <stdlib.h>

uint64_t hash_seed = UINT64_C(0x2545f4914f6cdd1d);

enum { SLOTS_LEAST = 8 };

/* At most three quarters full: longer probes cost more than the memory is worth. */
static bool crowded(uint64_t filled, uint64_t slots)
{
	return filled * 4 >= slots * 3;
}

static size_t slots_size(uint64_t count)
{
	return sizeof(struct slots) + count * sizeof(uint64_t);
}

static struct slots *slots_new(uint64_t expected)
{
	uint64_t count = SLOTS_LEAST;
	while (crowded(expected + 1, count))
		count *= 2;
	size_t size = (slots_size(count) + 63) & ~(size_t)63;
	struct slots *slots = aligned_alloc(64, size);
	if (slots == NULL)
		return NULL;
	memset(slots, 0, size);
	slots->mask = count - 1;
	return slots;
}

static shard_t make_shard(struct slots *slots)
{
	return (shard_t)slots | (shard_t)__builtin_popcountll(slots->mask);
}

bool name_table_init(struct name_table *table, size_t shards, size_t expected)
{
	unsigned bits = 0;
	while (((size_t)1 << bits) < shards)
		bits++;
	/* one shard: no hash bit chooses it, and a shift by 64 is not defined */
	*table = (struct name_table){ .shard_shift = bits == 0 ? 63 : 64 - bits,
		.shards = bits == 0 ? 2 : shards };
	table->shard = calloc(table->shards, sizeof *table->shard);
	if (table->shard == NULL)
		return false;
	for (size_t i = 0; i < table->shards; i++) {
		struct slots *slots = slots_new(expected / table->shards + expected / table->shards / 8);
		if (slots == NULL) {
			name_table_free(table);
			return false;
		}
		table->bytes += slots_size(slots->mask + 1);
		atomic_init(&table->shard[i], make_shard(slots));
	}
	return true;
}

void name_table_free(struct name_table *table)
{
	for (size_t i = 0; table->shard != NULL && i < table->shards; i++)
		free(shard_slots(atomic_load_explicit(&table->shard[i], memory_order_relaxed)));
	free(table->shard);
	*table = (struct name_table){ 0 };
}

static uint64_t make_slot(uint64_t hash, const struct node *node)
{
	return name_table_tag(hash) | (uint64_t)(uintptr_t)node;
}

static void copy_slots(const struct slots *from, struct slots *to)
{
	for (uint64_t i = 0; i <= from->mask; i++) {
		uint64_t slot = atomic_load_explicit(&from->slot[i], memory_order_relaxed);
		if (slot == 0 || slot == NAME_TABLE_TOMB)
			continue;
		const struct node *node = name_table_pointer(slot);
		uint64_t at = hash_name(node->bytes, node->name_size) >> 32;
		while (atomic_load_explicit(&to->slot[at & to->mask], memory_order_relaxed) != 0)
			at++;
		atomic_store_explicit(&to->slot[at & to->mask], slot, memory_order_relaxed);
		to->filled++;
	}
}

static uint64_t live(const struct slots *slots)
{
	uint64_t count = 0;
	for (uint64_t i = 0; i <= slots->mask; i++)
		count += atomic_load_explicit(&slots->slot[i], memory_order_relaxed) > NAME_TABLE_TOMB;
	return count;
}

/* Makes room for one more in a shard; its old slots go to *old. */
static bool widen(struct name_table *table, uint64_t hash, struct slots **old)
{
	_Atomic shard_t *place = &table->shard[hash >> table->shard_shift];
	struct slots *slots = shard_slots(atomic_load_explicit(place, memory_order_relaxed));
	*old = NULL;
	if (!crowded(slots->filled + 1, slots->mask + 1))
		return true;
	uint64_t count = live(slots);
	struct slots *wider = slots_new(count + count / 2 + 1);
	if (wider == NULL)
		return false;
	copy_slots(slots, wider);
	table->bytes += slots_size(wider->mask + 1) - slots_size(slots->mask + 1);
	atomic_store_explicit(place, make_shard(wider), memory_order_release);
	*old = slots;
	return true;
}

bool name_table_put(struct name_table *table, struct node *node, const struct node **old,
	struct slots **old_slots)
{
	uint64_t hash = hash_name(node->bytes, node->name_size);
	*old = NULL;
	if (!widen(table, hash, old_slots))
		return false;
	struct slots *slots = shard_slots(name_table_shard(table, hash));
	uint64_t at = hash >> 32, slot;
	for (;; at++) {
		slot = atomic_load_explicit(&slots->slot[at & slots->mask], memory_order_relaxed);
		if (slot == 0)
			break;
		const struct node *there = name_table_pointer(slot);
		if (slot == NAME_TABLE_TOMB || there->name_size != node->name_size
			|| memcmp(there->bytes, node->bytes, node->name_size) != 0)
			continue;
		*old = there;
		break;
	}
	slots->filled += slot == 0;
	table->count += slot == 0;
	atomic_store_explicit(&slots->slot[at & slots->mask], make_slot(hash, node),
		memory_order_release);
	return true;
}

void name_table_remove(struct name_table *table, const struct node *node)
{
	uint64_t hash = hash_name(node->bytes, node->name_size), at = hash >> 32, slot;
	struct slots *slots = shard_slots(name_table_shard(table, hash));
	do
		slot = atomic_load_explicit(&slots->slot[at++ & slots->mask], memory_order_relaxed);
	while (slot != 0 && (slot == NAME_TABLE_TOMB || name_table_pointer(slot) != node));
	if (slot == 0)
		return;
	atomic_store_explicit(&slots->slot[(at - 1) & slots->mask], NAME_TABLE_TOMB, memory_order_release);
	table->count--;
}
