/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading and writing wire formats, with one sticky error instead of a check at each step. */
#ifndef LIB_CURSOR_H
#define LIB_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A window on bytes that somebody else owns. Once a step would leave the window, `broken` is set,
 * every later step does nothing, and reads give zero. Integers are in network byte order. */
struct cursor {
	uint8_t *at, *end, *start;
	bool broken;
};

static inline struct cursor cursor_over(uint8_t *bytes, size_t size)
{
	return (struct cursor){ .at = bytes, .end = bytes + size, .start = bytes };
}

/* For reading only: the bytes are not written as long as no write function is called. */
static inline struct cursor cursor_reading(const uint8_t *bytes, size_t size)
{
	return cursor_over((uint8_t *)(uintptr_t)bytes, size);
}

static inline size_t cursor_left(const struct cursor *c)
{
	return c->broken ? 0 : (size_t)(c->end - c->at);
}

static inline size_t cursor_done(const struct cursor *c)
{
	return (size_t)(c->at - c->start);
}

/* The next SIZE bytes, passed over; NULL when they are not there. */
static inline uint8_t *cursor_skip(struct cursor *c, size_t size)
{
	if (c->broken || size > (size_t)(c->end - c->at)) {
		c->broken = true;
		return NULL;
	}
	uint8_t *bytes = c->at;
	c->at += size;
	return bytes;
}

static inline uint8_t cursor_u8(struct cursor *c)
{
	const uint8_t *b = cursor_skip(c, 1);
	return b == NULL ? 0 : b[0];
}

static inline uint16_t cursor_u16(struct cursor *c)
{
	const uint8_t *b = cursor_skip(c, 2);
	return b == NULL ? 0 : (uint16_t)((unsigned)b[0] << 8 | b[1]);
}

static inline uint32_t cursor_u32(struct cursor *c)
{
	const uint8_t *b = cursor_skip(c, 4);
	return b == NULL ? 0 : (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static inline void cursor_put(struct cursor *c, const void *bytes, size_t size)
{
	uint8_t *b = cursor_skip(c, size);
	if (b != NULL && size > 0)
		memcpy(b, bytes, size);
}

static inline void cursor_put_u8(struct cursor *c, uint8_t value)
{
	cursor_put(c, &value, 1);
}

static inline void cursor_put_u16(struct cursor *c, uint16_t value)
{
	cursor_put(c, (uint8_t[]){ (uint8_t)(value >> 8), (uint8_t)value }, 2);
}

static inline void cursor_put_u32(struct cursor *c, uint32_t value)
{
	cursor_put(c, (uint8_t[]){ (uint8_t)(value >> 24), (uint8_t)(value >> 16),
			(uint8_t)(value >> 8), (uint8_t)value }, 4);
}

#endif
