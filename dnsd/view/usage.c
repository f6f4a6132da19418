/* SPDX-License-Identifier: BSD-2-Clause */
/* Banks, the places of pools and zones in them, and sketches of networks. */
#include "dnsd/view/usage.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#include "dnsd/store/aside.h"
#include "lib/log.h"

/* Banks. */

struct usage_bank *usage_bank_new(void)
{
	void *bank = mmap(NULL, sizeof(struct usage_bank), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return bank == MAP_FAILED ? NULL : bank;
}

void usage_bank_free(struct usage_bank *bank)
{
	if (bank != NULL)
		munmap(bank, sizeof *bank);
}

/* Slots: names are only added, by the loader, and never given back; the count is published after the name. */

struct directory {
	unsigned most;
	const char **names;
	uint16_t *index; /* slots by hash, twice as many as MOST; 0: empty. The loader's alone */
	_Atomic unsigned count;
};

static const char *pool_names[USAGE_SLOTS] = { "" }, *zone_names[USAGE_ZONES] = { "" };
static uint16_t pool_index[2 * USAGE_SLOTS], zone_index[2 * USAGE_ZONES];
static struct directory pools = { USAGE_SLOTS, pool_names, pool_index, 1 },
	zones = { USAGE_ZONES, zone_names, zone_index, 1 };
static struct usage_today today[USAGE_SLOTS];

static unsigned count_of(struct directory *d)
{
	return atomic_load_explicit(&d->count, memory_order_acquire);
}

/* Said once in a process's life: who asked for it is not known any more, and a change that takes it away is not refused
 * by who asked. */
static void say_full(const char *name)
{
	static bool said;
	if (!said)
		log_warning("too many names were counted since the start: queries for others are not, before a restart first=%s", name);
	said = true;
}

/* MOST of the slots may be taken. */
static unsigned slot_of(struct directory *d, unsigned most, const char *name)
{
	uint32_t at = 2166136261; /* FNV-1a: names are the operator's */
	for (const char *c = name; *c != '\0'; c++)
		at = (at ^ (uint8_t)*c) * 16777619;
	for (at %= 2 * d->most; d->index[at] != 0; at = (at + 1) % (2 * d->most))
		if (strcmp(d->names[d->index[at]], name) == 0)
			return d->index[at];
	unsigned count = count_of(d);
	const char *copy = count < most ? strdup(name) : NULL;
	if (copy == NULL) {
		say_full(name);
		return 0;
	}
	d->names[count] = copy;
	d->index[at] = (uint16_t)count;
	atomic_store_explicit(&d->count, count + 1, memory_order_release);
	return count;
}

unsigned usage_slot(const char *label)
{
	return strlen(label) < USAGE_LABEL ? slot_of(&pools, USAGE_SLOTS, label) : 0;
}

unsigned usage_slot_of_brownout(const char *name)
{
	return strlen(name) < USAGE_LABEL ? slot_of(&pools, USAGE_SLOTS / 4 * 3, name) : 0;
}

unsigned usage_zone_slot(const char *zone)
{
	return slot_of(&zones, USAGE_ZONES, zone);
}

unsigned usage_slots(void)
{
	return count_of(&pools);
}

unsigned usage_zone_slots(void)
{
	return count_of(&zones);
}

const char *usage_label(unsigned slot)
{
	return pools.names[slot];
}

const char *usage_zone(unsigned slot)
{
	return zones.names[slot];
}

struct usage_today *usage_today(unsigned slot)
{
	return &today[slot];
}

/* Counting. */

ASIDE uint64_t usage_network(const struct address *client)
{
	uint64_t word;
	uint32_t word_4;
	if (client->family == ADDRESS_V4) {
		memcpy(&word_4, client->bytes, sizeof word_4);
		return usage_network_4(word_4);
	}
	memcpy(&word, client->bytes, sizeof word);
	/* folded twice, for many networks differ only in their first or last bits (test_usage) */
	word = hash_fold(word << 8 ^ UINT64_C(0xe7037ed1a0b428db), UINT64_C(0x8ebc6af09c88c6e3));
	return hash_fold(word ^ UINT64_C(0x589965cc75374cc3), UINT64_C(0x9e3779b97f4a7c15));
}

ASIDE void usage_see(uint16_t *seen, uint64_t hash)
{
	*seen = (uint16_t)((1u << sketch_rank(hash)) - 1);
}

ASIDE void usage_count_unknown(struct usage_bank *bank, const uint8_t *label)
{
	enum { TRIES = 8 };
	uint64_t hash = hash_name(label, label[0] + 1u); /* keyed: nobody can choose labels that fall together */
	for (uint64_t i = 0; i < TRIES; i++) {
		struct usage_unknown *entry = &bank->unknown[(hash + i) % USAGE_UNKNOWN];
		if (entry->queries == 0)
			memcpy(entry->label, label + 1, label[0]); /* the rest is zeros */
		else if (strlen(entry->label) != label[0] || memcmp(entry->label, label + 1, label[0]) != 0)
			continue;
		entry->queries++;
		return;
	}
	bank->unknown_others++;
}

void usage_networks(const struct usage *usage, struct sketch *networks)
{
	for (int i = 0; i < SKETCH_REGISTERS; i++) {
		uint8_t rank = (uint8_t)__builtin_popcount(usage->seen[i]);
		if (rank > networks->rank[i])
			networks->rank[i] = rank;
	}
}
