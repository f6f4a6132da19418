/* SPDX-License-Identifier: BSD-2-Clause */
/* Labels encoded as RFC 3492 says. */
#include "lib/punycode.h"

#include <stdint.h>
#include <string.h>

#include "lib/text.h"

/* RFC 3492 section 5. */
enum { BASE = 36, LEAST = 1, MOST = 26, SKEW = 38, DAMP = 700, BIAS = 72, FIRST = 128, POINTS_MOST = 63 };

/* One code point of UTF-8, which was looked at before (text_is_utf8). */
static size_t decode(const char *text, uint32_t *point)
{
	const uint8_t *at = (const uint8_t *)text;
	size_t size = at[0] < 0x80 ? 1 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
	*point = size == 1 ? at[0] : at[0] & (0x7fu >> size);
	for (size_t i = 1; i < size; i++)
		*point = *point << 6 | (at[i] & 0x3f);
	return size;
}

static char digit(uint32_t value)
{
	return (char)(value < 26 ? 'a' + value : '0' + (value - 26));
}

static uint32_t adapt(uint32_t delta, uint32_t count, bool first)
{
	uint32_t steps = 0;
	delta = first ? delta / DAMP : delta / 2;
	for (delta += delta / count; delta > (BASE - LEAST) * MOST / 2; steps += BASE)
		delta /= BASE - LEAST;
	return steps + (BASE - LEAST + 1) * delta / (delta + SKEW);
}

/* A generalized variable-length integer (section 3.3). */
static void add_integer(struct text *out, uint32_t value, uint32_t bias)
{
	for (uint32_t k = BASE;; k += BASE) {
		uint32_t threshold = k <= bias ? LEAST : k >= bias + MOST ? MOST : k - bias;
		char c = digit(value < threshold ? value : threshold + (value - threshold) % (BASE - threshold));
		text_add_part(out, &c, 1);
		if (value < threshold)
			return;
		value = (value - threshold) / (BASE - threshold);
	}
}

static uint32_t least_beyond(const uint32_t *points, size_t count, uint32_t from)
{
	uint32_t least = UINT32_MAX;
	for (size_t i = 0; i < count; i++)
		least = points[i] >= from && points[i] < least ? points[i] : least;
	return least;
}

/* Section 6.3. */
static void encode(struct text *out, const uint32_t *points, size_t count)
{
	uint32_t n = FIRST, delta = 0, bias = BIAS, basic = 0, done;
	for (size_t i = 0; i < count; i++)
		if (points[i] < FIRST) {
			char c = (char)points[i];
			text_add_part(out, &c, 1);
			basic++;
		}
	text_add(out, basic > 0 ? "-" : "");
	for (done = basic; done < count; delta++, n++) {
		uint32_t next = least_beyond(points, count, n);
		delta += (next - n) * (done + 1);
		n = next;
		for (size_t i = 0; i < count; i++) {
			delta += points[i] < n;
			if (points[i] != n)
				continue;
			add_integer(out, delta, bias);
			bias = adapt(delta, done + 1, done == basic);
			delta = 0;
			done++;
		}
	}
}

/* A label, up to a dot or the end. */
static const char *add_label(struct text *out, const char *at)
{
	uint32_t points[POINTS_MOST];
	size_t count = 0;
	bool ascii = true;
	while (*at != '\0' && *at != '.' && count < POINTS_MOST) {
		at += decode(at, &points[count]);
		if (points[count] < FIRST)
			points[count] = (uint32_t)ascii_lower((char)points[count]);
		ascii &= points[count++] < FIRST;
	}
	text_add(out, ascii ? "" : "xn--");
	for (size_t i = 0; ascii && i < count; i++) {
		char c = (char)points[i];
		text_add_part(out, &c, 1);
	}
	if (!ascii)
		encode(out, points, count);
	return at;
}

bool punycode(const char *text, struct text *out)
{
	if (!text_is_utf8(text))
		return false;
	while (*text != '\0') {
		text = add_label(out, text);
		if (*text != '.' && *text != '\0')
			return false; /* a label of too many characters */
		text_add(out, *text == '.' ? "." : "");
		text += *text == '.';
	}
	return !out->broken;
}
