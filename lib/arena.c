/* SPDX-License-Identifier: BSD-2-Clause */
/* Blocks of memory, each larger than the last, that are freed at once. */
#include "lib/arena.h"

#include <stdarg.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { BLOCK_FIRST = 4096, BLOCK_MOST = 2 << 20 };

struct arena_block {
	struct arena_block *older;
	size_t used, size;
	alignas(max_align_t) unsigned char room[];
};

/* Blocks of a huge page or more are aligned to one, so that what is in them costs fewer page walks. */
static struct arena_block *new_block(size_t room)
{
	if (room > SIZE_MAX - BLOCK_MOST - sizeof(struct arena_block))
		return NULL;
	if (room < BLOCK_MOST - sizeof(struct arena_block))
		return malloc(sizeof(struct arena_block) + room);
	size_t size = (sizeof(struct arena_block) + room + BLOCK_MOST - 1) & ~((size_t)BLOCK_MOST - 1);
	struct arena_block *block = aligned_alloc(BLOCK_MOST, size);
	if (block != NULL)
		madvise(block, size, MADV_HUGEPAGE); /* it works without */
	return block;
}

static void *cut(struct arena *arena, size_t size, size_t align)
{
	struct arena_block *block = arena->block;
	size_t at = block == NULL ? 0 : (block->used + align - 1) & ~(align - 1);
	if (block == NULL || at > block->size || size > block->size - at) {
		size_t most = BLOCK_MOST - sizeof *block, room = block == NULL ? BLOCK_FIRST : block->size * 2;
		if (room > most)
			room = most;
		if (room < size)
			room = size;
		if ((block = new_block(room)) == NULL)
			return NULL;
		*block = (struct arena_block){ .older = arena->block, .size = room };
		arena->block = block;
		arena->total += sizeof *block + room;
		at = 0;
	}
	block->used = at + size;
	return block->room + at;
}

void *arena_take(struct arena *arena, size_t size)
{
	void *piece = cut(arena, size, alignof(max_align_t));
	return piece == NULL ? NULL : memset(piece, 0, size);
}

void *arena_bytes(struct arena *arena, size_t size)
{
	return cut(arena, size, 1);
}

char *arena_text_part(struct arena *arena, const char *text, size_t length)
{
	char *copy = length == SIZE_MAX ? NULL : arena_bytes(arena, length + 1);
	if (copy == NULL)
		return NULL;
	if (length > 0)
		memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}

char *arena_text(struct arena *arena, const char *text)
{
	return arena_text_part(arena, text, strlen(text));
}

char *arena_format(struct arena *arena, const char *format, ...)
{
	va_list arguments, again;
	va_start(arguments, format);
	va_copy(again, arguments);
	int length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	char *text = length < 0 ? NULL : arena_bytes(arena, (size_t)length + 1);
	if (text != NULL)
		vsnprintf(text, (size_t)length + 1, format, again);
	va_end(again);
	return text;
}

void arena_free(struct arena *arena)
{
	for (struct arena_block *block = arena->block, *older; block != NULL; block = older) {
		older = block->older;
		free(block);
	}
	*arena = (struct arena){ 0 };
}
