/* SPDX-License-Identifier: BSD-2-Clause */
/* A table of token buckets and of faults, by hashed keys. */
#include "updater/limit.h"

#include <stdlib.h>
#include <string.h>

enum { WAYS = 8, FIRST_WAIT = 250 };

struct limit_slot {
	uint64_t key;
	int64_t at;    /* when it was last touched; 0: never */
	int64_t until; /* of a bucket: when it will be full again */
	int64_t faults;
};

int limit_make(struct limit *limit, size_t count, uint64_t seed, struct error *e)
{
	*limit = (struct limit){ calloc(count, sizeof *limit->slots), count, seed };
	return limit->slots == NULL ? fail(e, FAILED, "out of memory") : DONE;
}

void limit_free(struct limit *limit)
{
	free(limit->slots);
	*limit = (struct limit){ 0 };
}

/* Murmur's finalizer, over eight bytes at a time. That somebody makes keys meet is prevented by the seed, which nobody
 * knows. */
static uint64_t mix(uint64_t seed, const void *bytes, size_t size)
{
	uint64_t hash = seed ^ size;
	const uint8_t *at = bytes;
	while (size > 0) {
		uint64_t word = 0;
		size_t step = size < 8 ? size : 8;
		memcpy(&word, at, step);
		hash = (hash ^ word) * UINT64_C(0xff51afd7ed558ccd);
		hash = (hash ^ hash >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
		hash ^= hash >> 29;
		at += step;
		size -= step;
	}
	return hash | 1; /* 0 is an empty slot's */
}

uint64_t limit_source(const struct limit *limit, const struct address *source)
{
	return mix(limit->seed, source->bytes, source->family == ADDRESS_V4 ? 4 : 8);
}

uint64_t limit_name(const struct limit *limit, const char *name)
{
	return mix(limit->seed, name, strlen(name));
}

uint64_t limit_part(uint64_t key, const void *bytes, size_t size)
{
	return mix(key * UINT64_C(0x9e3779b97f4a7c15), bytes, size); /* so that an empty part counts, too */
}

static struct limit_slot *bucket(const struct limit *limit, uint64_t key)
{
	return limit->slots + (key >> 8 & (limit->count / WAYS - 1)) * WAYS;
}

static struct limit_slot *find(const struct limit *limit, uint64_t key)
{
	struct limit_slot *slot = bucket(limit, key);
	for (int i = 0; i < WAYS; i++)
		if (slot[i].key == key)
			return &slot[i];
	return NULL;
}

static struct limit_slot *take(struct limit *limit, uint64_t key, int64_t now)
{
	struct limit_slot *slot = find(limit, key), *oldest = bucket(limit, key);
	for (int i = 1; slot == NULL && i < WAYS; i++)
		if (bucket(limit, key)[i].at < oldest->at)
			oldest = bucket(limit, key) + i;
	if (slot == NULL) {
		slot = oldest;
		*slot = (struct limit_slot){ .key = key };
	}
	slot->at = now;
	return slot;
}

bool limit_take(struct limit *limit, uint64_t key, int64_t now, int64_t interval, int64_t burst)
{
	struct limit_slot *slot = take(limit, key, now);
	if (slot->until < now)
		slot->until = now;
	if (slot->until + interval > now + interval * burst)
		return false;
	slot->until += interval;
	return true;
}

int64_t limit_fault(struct limit *limit, uint64_t key, int64_t now, unsigned free, int64_t most, int64_t forgiven)
{
	struct limit_slot *slot = find(limit, key);
	if (slot != NULL && now - slot->at > forgiven)
		*slot = (struct limit_slot){ .key = key };
	slot = take(limit, key, now);
	int64_t beyond = ++slot->faults - free;
	int64_t wait = beyond <= 0 ? 0 : beyond > 20 ? most : (int64_t)FIRST_WAIT << (beyond - 1);
	return wait < most ? wait : most;
}
