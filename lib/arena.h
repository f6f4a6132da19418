/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory for things that die together. */
#ifndef LIB_ARENA_H
#define LIB_ARENA_H

#include <stddef.h>

struct arena_block;

/* Zero-initialise it; one thread at a time. */
struct arena {
	struct arena_block *block; /* the newest, from which pieces are cut */
	size_t total;              /* bytes taken from the system */
};

/* A zeroed piece of at least SIZE bytes, aligned for any type; NULL when memory is out. */
void *arena_take(struct arena *, size_t size);

/* A piece of SIZE bytes with any alignment: for bytes and text, packed tightly. */
void *arena_bytes(struct arena *, size_t size);

/* A copy of the text, or of its first LENGTH bytes with a NUL behind; NULL when memory is out. */
char *arena_text(struct arena *, const char *text);
char *arena_text_part(struct arena *, const char *text, size_t length);

/* A formatted text; NULL when memory is out. */
char *arena_format(struct arena *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Gives everything back; the arena can be used again. */
void arena_free(struct arena *);

#endif
