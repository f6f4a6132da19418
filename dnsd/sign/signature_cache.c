/* SPDX-License-Identifier: BSD-2-Clause */
/* The cache's sets of entries, read and written without waiting. */
#include "dnsd/sign/signature_cache.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static size_t octets_of(const struct signature_cache *cache)
{
	return (cache->mask + 1) * SIGNATURE_WAYS * sizeof *cache->entries;
}

int signature_cache_init(struct signature_cache *cache, size_t octets, struct error *e)
{
	uint64_t sets = 1;
	while (sets * 2 * SIGNATURE_WAYS * sizeof *cache->entries <= octets)
		sets *= 2;
	cache->mask = sets - 1;
	void *room = mmap(NULL, octets_of(cache), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (room == MAP_FAILED)
		return fail(e, FAILED, "out of memory for %zu octets of signatures", octets);
	madvise(room, octets_of(cache), MADV_HUGEPAGE);
	cache->entries = room;
	return DONE;
}

void signature_cache_free(struct signature_cache *cache)
{
	if (cache->entries != NULL)
		munmap(cache->entries, octets_of(cache));
	cache->entries = NULL;
}

static struct signature_entry *set_of(const struct signature_cache *cache, const struct content *content)
{
	return &cache->entries[(content->word[0] & cache->mask) * SIGNATURE_WAYS];
}

static bool is_of(const struct signature_entry *entry, const struct content *content)
{
	return atomic_load_explicit(&entry->word[0], memory_order_relaxed) == content->word[0]
		&& atomic_load_explicit(&entry->word[1], memory_order_relaxed) == content->word[1];
}

static bool is_empty(const struct signature_entry *entry)
{
	return atomic_load_explicit(&entry->sequence, memory_order_relaxed) == 0;
}

static bool read_entry(const struct signature_entry *entry, const struct content *content, struct rrsig *found)
{
	uint64_t word[SIGNATURE_WORDS];
	uint64_t before = atomic_load_explicit(&entry->sequence, memory_order_acquire);
	if (before == 0 || (before & 1) != 0)
		return false;
	for (int i = 0; i < SIGNATURE_WORDS; i++)
		word[i] = atomic_load_explicit(&entry->word[i], memory_order_relaxed);
	atomic_thread_fence(memory_order_acquire);
	if (atomic_load_explicit(&entry->sequence, memory_order_relaxed) != before
		|| memcmp(word, content->word, sizeof content->word) != 0)
		return false;
	found->inception = (uint32_t)(word[2] >> 32);
	found->expiration = (uint32_t)word[2];
	memcpy(found->octets, &word[3], sizeof found->octets);
	return true;
}

bool signature_find(const struct signature_cache *cache, const struct content *content, struct rrsig *found)
{
	const struct signature_entry *set = set_of(cache, content);
	for (int i = 0; i < SIGNATURE_WAYS && !is_empty(&set[i]); i++) /* they are filled from the first one on */
		if (is_of(&set[i], content) && read_entry(&set[i], content, found))
			return true;
	return false;
}

/* The entry of the same content, an empty one, or any: signatures are as good as random numbers. */
static struct signature_entry *choose(struct signature_entry *set, const struct content *content,
	const struct rrsig *signature)
{
	for (int i = 0; i < SIGNATURE_WAYS; i++)
		if (is_empty(&set[i]) || is_of(&set[i], content))
			return &set[i];
	return &set[signature->octets[KEY_SIGNATURE - 1] % SIGNATURE_WAYS];
}

void signature_keep(struct signature_cache *cache, const struct content *content, const struct rrsig *signature)
{
	struct signature_entry *entry = choose(set_of(cache, content), content, signature);
	uint64_t word[SIGNATURE_WORDS] = { content->word[0], content->word[1],
		(uint64_t)signature->inception << 32 | signature->expiration };
	memcpy(&word[3], signature->octets, sizeof signature->octets);
	uint64_t sequence = atomic_load_explicit(&entry->sequence, memory_order_relaxed);
	if ((sequence & 1) != 0
		|| !atomic_compare_exchange_strong_explicit(&entry->sequence, &sequence, sequence + 1, memory_order_acquire,
			memory_order_relaxed))
		return;
	atomic_thread_fence(memory_order_release);
	for (int i = 0; i < SIGNATURE_WORDS; i++)
		atomic_store_explicit(&entry->word[i], word[i], memory_order_relaxed);
	atomic_store_explicit(&entry->sequence, sequence + 2, memory_order_release);
}
