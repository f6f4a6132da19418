/* SPDX-License-Identifier: BSD-2-Clause */
/* Text that grows in malloc's memory, and words cut out of text. */
#include "lib/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/array.h"

static bool grow(struct text *t, size_t more)
{
	if (t->broken)
		return false;
	t->broken = more >= SIZE_MAX - t->length || !array_room(&t->bytes, &t->room, t->length + more + 1, 1);
	return !t->broken;
}

void text_add_part(struct text *t, const char *piece, size_t length)
{
	if (!grow(t, length))
		return;
	if (length > 0)
		memcpy(t->bytes + t->length, piece, length);
	t->length += length;
	t->bytes[t->length] = '\0';
}

void text_add(struct text *t, const char *piece)
{
	text_add_part(t, piece, strlen(piece));
}

void text_addf(struct text *t, const char *format, ...)
{
	va_list arguments, again;
	va_start(arguments, format);
	va_copy(again, arguments);
	int length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length >= 0 && grow(t, (size_t)length)) {
		vsnprintf(t->bytes + t->length, (size_t)length + 1, format, again);
		t->length += (size_t)length;
	}
	va_end(again);
}

void text_free(struct text *t)
{
	free(t->bytes);
	*t = (struct text){ 0 };
}

const char *text_word(const char **rest, const char *separators, size_t *length)
{
	const char *word = *rest + strspn(*rest, separators);
	*length = strcspn(word, separators);
	*rest = word + *length;
	return *length == 0 ? NULL : word;
}

bool text_lists(const char *words, const char *word)
{
	size_t length, wide = strlen(word);
	for (const char *w; (w = text_word(&words, " ", &length)) != NULL;)
		if (length == wide && memcmp(w, word, wide) == 0)
			return true;
	return false;
}

bool text_duration(const char *text, int64_t *seconds)
{
	static const char letters[] = "smhdw";
	static const int64_t each[] = { 1, 60, 3600, 86400, 604800 };
	const int64_t most = INT64_C(100) * 366 * 86400;
	char digits[16];
	size_t length = strlen(text);
	const char *letter = length > 1 ? strchr(letters, text[length - 1]) : NULL;
	if (letter != NULL)
		length--;
	if (length == 0 || length >= sizeof digits)
		return false;
	memcpy(digits, text, length);
	digits[length] = '\0';
	int64_t unit = letter == NULL ? 1 : each[letter - letters], number;
	if (!text_number(digits, 1, most / unit, &number))
		return false;
	*seconds = number * unit;
	return true;
}

bool text_number(const char *text, int64_t least, int64_t most, int64_t *number)
{
	bool negative = *text == '-';
	text += negative;
	if (!ascii_digit(*text))
		return false;
	int64_t n = 0;
	for (; ascii_digit(*text); text++) {
		if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, *text - '0', &n))
			return false;
	}
	n = negative ? -n : n;
	if (*text != '\0' || n < least || n > most)
		return false;
	*number = n;
	return true;
}

bool text_is_utf8(const char *text)
{
	static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 }; /* by the octets that follow */
	const unsigned char *t = (const unsigned char *)text;
	while (*t != '\0') {
		uint32_t point = *t++;
		unsigned more = point < 0x80 ? 0 : point < 0xc0 ? 4 : point < 0xe0 ? 1 : point < 0xf0 ? 2 : 3;
		if (more == 4 || point > 0xf7)
			return false;
		point &= more == 0 ? 0x7fu : 0x3fu >> more;
		for (unsigned i = 0; i < more; i++, t++) {
			if ((*t & 0xc0) != 0x80)
				return false;
			point = point << 6 | (*t & 0x3fu);
		}
		if (point < least[more] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
			return false;
	}
	return true;
}

int ascii_hex(char c)
{
	if (ascii_digit(c))
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void hex_write(const void *bytes, size_t size, char *hex)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *b = bytes;
	for (size_t i = 0; i < size; i++) {
		*hex++ = digits[b[i] >> 4];
		*hex++ = digits[b[i] & 15];
	}
	*hex = '\0';
}

bool hex_read(const char *hex, size_t length, void *bytes, size_t size)
{
	unsigned char *b = bytes;
	if (length != size * 2)
		return false;
	for (size_t i = 0; i < size; i++) {
		int high = ascii_hex(hex[2 * i]), low = ascii_hex(hex[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		b[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_write(const void *bytes, size_t size, struct text *t)
{
	const unsigned char *b = bytes;
	for (size_t i = 0; i < size; i += 3) {
		unsigned group = (unsigned)b[i] << 16;
		group |= i + 1 < size ? (unsigned)b[i + 1] << 8 : 0;
		group |= i + 2 < size ? b[i + 2] : 0;
		char quad[4] = { base64_digits[group >> 18], base64_digits[group >> 12 & 63],
			i + 1 < size ? base64_digits[group >> 6 & 63] : '=',
			i + 2 < size ? base64_digits[group & 63] : '=' };
		text_add_part(t, quad, 4);
	}
}

long base64_read(const char *base64, size_t length, void *bytes, size_t room)
{
	unsigned char *b = bytes;
	size_t written = 0;
	if (length % 4 != 0)
		return -1;
	for (size_t i = 0; i < length; i += 4) {
		unsigned group = 0;
		size_t pads = 0;
		for (size_t j = 0; j < 4; j++) {
			char c = base64[i + j];
			const char *digit = c == '\0' ? NULL : strchr(base64_digits, c);
			if (c == '=' && i + 4 == length && j >= 2)
				pads++;
			else if (digit == NULL || pads > 0)
				return -1;
			group = group << 6 | (digit == NULL ? 0 : (unsigned)(digit - base64_digits));
		}
		if (written + 3 - pads > room)
			return -1;
		for (size_t j = 0; j < 3 - pads; j++)
			b[written++] = (unsigned char)(group >> (16 - 8 * j));
	}
	return (long)written;
}
