/* SPDX-License-Identifier: BSD-2-Clause */
/* Nodes cut from blocks of memory, and put back by their size. */
#include "dnsd/store/nodes.h"

#include <stdlib.h>
#include <sys/mman.h>

enum { CHUNK = 2 << 20, BEHIND = 7 };

static size_t class_of(size_t size)
{
	return (size + SLAB_CLASS - 1) / SLAB_CLASS;
}

static bool new_chunk(struct slab *slab)
{
	void *chunk = mmap(NULL, CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (chunk == MAP_FAILED)
		return false;
	madvise(chunk, CHUNK, MADV_HUGEPAGE); /* fewer page walks; it works without */
	*(void **)chunk = slab->chunks;
	slab->chunks = chunk;
	slab->chunk = (uint8_t *)chunk + SLAB_CLASS;
	slab->chunk_end = (uint8_t *)chunk + CHUNK;
	slab->bytes += CHUNK;
	return true;
}

void *slab_take(struct slab *slab, size_t size)
{
	size_t class = class_of(size);
	if (class >= SLAB_CLASSES) {
		void *piece = malloc(size);
		slab->bytes += piece == NULL ? 0 : size;
		slab->live += piece == NULL ? 0 : size;
		return piece;
	}
	void *piece = slab->free[class];
	if (piece != NULL) {
		slab->free[class] = *(void **)piece;
	} else {
		size_t whole = class * SLAB_CLASS;
		if (whole > (size_t)(slab->chunk_end - slab->chunk) && !new_chunk(slab))
			return NULL;
		piece = slab->chunk;
		slab->chunk += whole;
	}
	slab->live += class * SLAB_CLASS;
	return piece;
}

void slab_give(struct slab *slab, void *piece, size_t size)
{
	size_t class = class_of(size);
	if (class >= SLAB_CLASSES) {
		free(piece);
		slab->bytes -= size;
		slab->live -= size;
		return;
	}
	*(void **)piece = slab->free[class];
	slab->free[class] = piece;
	slab->live -= class * SLAB_CLASS;
}

void slab_free(struct slab *slab)
{
	for (void *chunk = slab->chunks, *next; chunk != NULL; chunk = next) {
		next = *(void **)chunk;
		munmap(chunk, CHUNK);
	}
	*slab = (struct slab){ 0 };
}

size_t node_size(const struct node *node)
{
	const uint8_t *at = node_first(node);
	for (unsigned i = 0; i < node->rrsets; i++) {
		struct rrset set = rrset_at(at);
		at = rrset_next(&set);
	}
	return (size_t)(at - (const uint8_t *)node) + (node->rrsets == 0 ? BEHIND : 0);
}

size_t node_draft_size(const struct node_draft *draft)
{
	return sizeof(struct node) + draft->name_size + draft->size + (draft->rrsets == 0 ? BEHIND : 0);
}

struct node *node_write(const struct node_draft *draft, void *room)
{
	struct node *node = room;
	*node = (struct node){ .name_size = draft->name_size, .flags = draft->flags,
		.rrsets = draft->rrsets };
	memcpy(node->bytes, draft->name, draft->name_size);
	if (draft->size > 0)
		memcpy(node->bytes + draft->name_size, draft->bytes, draft->size);
	return node;
}
