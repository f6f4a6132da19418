/* SPDX-License-Identifier: BSD-2-Clause */
/* Growing text, and taking text apart. */
#ifndef LIB_TEXT_H
#define LIB_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Text that grows. Zero-initialise it; `bytes` is NUL-terminated whenever it is not NULL, and is
 * the owner's to free with text_free. `broken` is set when memory ran out; later steps do nothing. */
struct text {
	char *bytes;
	size_t length, room;
	bool broken;
};

void text_add(struct text *, const char *piece);
void text_add_part(struct text *, const char *piece, size_t length);
void text_addf(struct text *, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_free(struct text *);

/* Takes the next word, separated by any of SEPARATORS, off the front of *rest. Returns its start
 * and stores its length; NULL when there is none. Empty words are passed over. */
const char *text_word(const char **rest, const char *separators, size_t *length);

/* Whether WORD is one of WORDS, which are separated by spaces. */
bool text_lists(const char *words, const char *word);

/* A decimal number within [least, most] and nothing else; false otherwise. */
bool text_number(const char *text, int64_t least, int64_t most, int64_t *number);

/* A number of seconds, or of what its last letter says: 90s, 30m, 4h, 7d, 2w. Positive, 100 years at most. */
bool text_duration(const char *text, int64_t *seconds);

/* Whether the text is UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing beyond U+10FFFF. */
bool text_is_utf8(const char *text);

/* ASCII only, whatever the locale. */
static inline char ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static inline bool ascii_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool ascii_letter(char c)
{
	return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
}

/* The value of a hexadecimal digit, or -1. */
int ascii_hex(char c);

/* Hexadecimal digits, lower case, with a NUL: HEX has room for 2 * SIZE + 1. */
void hex_write(const void *bytes, size_t size, char *hex);

/* Reads exactly SIZE bytes of hexadecimal text of LENGTH digits; false when it is anything else. */
bool hex_read(const char *hex, size_t length, void *bytes, size_t size);

/* Base64 (RFC 4648 section 4), with padding. base64_read returns the number of bytes written, at
 * most ROOM, or -1 when the text is not base64 or too long. */
void base64_write(const void *bytes, size_t size, struct text *);
long base64_read(const char *base64, size_t length, void *bytes, size_t room);

#endif
