/* SPDX-License-Identifier: BSD-2-Clause */
/* Names read from text and from octets, checked, lowered and written. */
#include "lib/name.h"

#include <string.h>

#include "lib/punycode.h"
#include "lib/text.h"

static int bad(struct error *e, const char *text, size_t length, const char *what)
{
	return fail(e, REFUSED, "'%.*s' is not a domain name: %s (RFC 1035 section 2.3.4)",
		(int)(length < 300 ? length : 300), text, what);
}

/* Refuses characters that people write who take them for a name's. In normal form such octets have a backslash or a
 * number. */
static int refuse_raw(struct error *e, const char *text, size_t length, char c)
{
	struct text whole = { 0 }, ascii = { 0 };
	int size = (int)(length < 200 ? length : 200);
	if (c == ' ' || (c > 0 && c < ' ') || c == 127)
		return fail(e, REFUSED, "'%.*s' is not a domain name: a blank stands in it (as part of a label it is written \\032)",
			size, text);
	if (c == '@')
		return fail(e, REFUSED, "'%.*s' is not a domain name: a mailbox's @ is written as a dot, one before it as \\. "
			"(RFC 1035 section 8)", size, text);
	text_add_part(&whole, text, length);
	bool said = !whole.broken && punycode(whole.bytes, &ascii);
	fail(e, REFUSED, "'%.*s' is not a domain name: DNS has %s%s in its place (RFC 5890)", size, text,
		said ? "A-labels, perhaps " : "ASCII", said ? ascii.bytes : "");
	text_free(&whole);
	text_free(&ascii);
	return REFUSED;
}

/* Octets that are not written as they are. */
static bool is_raw(char c)
{
	return c <= ' ' || c >= 127 || c == '@';
}

/* One character or escape of presentation form; returns how much text it took, 0 if wrong. */
static size_t unescape(const char *text, size_t length, uint8_t *octet)
{
	*octet = (uint8_t)text[0];
	if (text[0] != '\\')
		return 1;
	if (length >= 2 && !ascii_digit(text[1])) {
		*octet = (uint8_t)text[1];
		return 2;
	}
	if (length < 4 || !ascii_digit(text[1]) || !ascii_digit(text[2]) || !ascii_digit(text[3]))
		return 0;
	int value = (text[1] - '0') * 100 + (text[2] - '0') * 10 + (text[3] - '0');
	*octet = (uint8_t)value;
	return value > 255 ? 0 : 4;
}

int name_read_part(const char *text, size_t length, struct name *name, struct error *e)
{
	size_t label = 0, at = 1; /* where the label's length octet stands, and the next octet */
	if (length == 0)
		return bad(e, text, length, "it is empty");
	if (length == 1 && text[0] == '.') {
		*name = (struct name){ .size = 1 };
		return DONE;
	}
	for (size_t i = 0; i < length;) {
		if (text[i] == '.') {
			if (at - label == 1)
				return bad(e, text, length, "a label is empty");
			name->wire[label] = (uint8_t)(at - label - 1);
			label = at++;
			i++;
			continue;
		}
		uint8_t octet;
		if (is_raw(text[i]) && text[i] != '\0')
			return refuse_raw(e, text, length, text[i]);
		size_t took = unescape(text + i, length - i, &octet);
		if (took == 0)
			return bad(e, text, length, "an escape is not \\DDD");
		if (memchr(text + i, '\0', took) != NULL)
			return bad(e, text, length, "it holds a NUL");
		if (at - label > NAME_LABEL)
			return bad(e, text, length, "a label is longer than 63 octets");
		if (at >= NAME_WIRE - 1)
			return bad(e, text, length, "it is longer than 255 octets");
		name->wire[at++] = (uint8_t)ascii_lower((char)octet);
		i += took;
	}
	if (at - label > 1) {
		name->wire[label] = (uint8_t)(at - label - 1);
		label = at;
	}
	name->wire[label] = 0;
	name->size = (uint8_t)(label + 1);
	return DONE;
}

int name_read(const char *text, struct name *name, struct error *e)
{
	return name_read_part(text, strlen(text), name, e);
}

size_t name_write(const uint8_t *wire, char *text)
{
	char *t = text;
	if (*wire == 0)
		*t++ = '.';
	for (const uint8_t *label = wire; *label != 0; label = name_above(label)) {
		if (label != wire)
			*t++ = '.';
		for (unsigned i = 1; i <= *label; i++) {
			uint8_t octet = label[i];
			char c = ascii_lower((char)octet);
			if (octet <= ' ' || octet >= 127) {
				*t++ = '\\';
				*t++ = (char)('0' + octet / 100);
				*t++ = (char)('0' + octet / 10 % 10);
				c = (char)('0' + octet % 10);
			} else if (strchr(".\\\";()@$", c) != NULL) {
				*t++ = '\\';
			}
			*t++ = c;
		}
	}
	*t = '\0';
	return (size_t)(t - text);
}

size_t name_size(const uint8_t *wire, size_t room)
{
	size_t at = 0;
	while (at < room && at < NAME_WIRE && wire[at] != 0) {
		if (wire[at] > NAME_LABEL)
			return 0;
		at += wire[at] + 1u;
	}
	return at < room && at < NAME_WIRE ? at + 1 : 0;
}

unsigned name_labels(const uint8_t *wire)
{
	unsigned count = 0;
	for (; *wire != 0; wire = name_above(wire))
		count++;
	return count;
}

void name_lower(const uint8_t *from, uint8_t *to, size_t size)
{
	for (size_t i = 0; i < size; i++)
		to[i] = (uint8_t)ascii_lower((char)from[i]);
}

bool name_within(const struct name *name, const struct name *zone)
{
	if (name->size < zone->size)
		return false;
	const uint8_t *tail = name->wire + name->size - zone->size, *at = name->wire;
	while (at < tail)
		at = name_above(at);
	return at == tail && memcmp(tail, zone->wire, zone->size) == 0;
}

bool name_equal(const struct name *a, const struct name *b)
{
	return a->size == b->size && memcmp(a->wire, b->wire, a->size) == 0;
}

bool name_is_host(const struct name *name)
{
	if (name_labels(name->wire) < 2)
		return false;
	for (const uint8_t *label = name->wire; *label != 0; label = name_above(label)) {
		if (label[1] == '-' || label[*label] == '-')
			return false;
		for (unsigned i = 1; i <= *label; i++) {
			char c = (char)label[i];
			if (!ascii_letter(c) && !ascii_digit(c) && c != '-' && c != '_')
				return false;
		}
	}
	return true;
}

const char *name_host_fault(const struct name *name)
{
	for (const uint8_t *label = name->wire; *label != 0; label = name_above(label)) {
		if (label[0] == 1 && label[1] == '*')
			return "a host answers for all names below it without a '*'";
		if (label[1] == '_')
			return "no label of a host's name begins with '_'";
	}
	return name_is_host(name) ? NULL
		: "a host's name has letters, digits, and hyphens and underscores between them, in two labels or more (RFC 1123)";
}

const char *name_parent(const char *normal)
{
	for (const char *at = normal; *at != '\0'; at++) {
		if (*at == '\\' && at[1] != '\0')
			at++;
		else if (*at == '.' && at[1] != '\0')
			return at + 1;
	}
	return strcmp(normal, ".") == 0 ? NULL : ".";
}

int name_normal(const char *text, char *normal, struct error *e)
{
	struct name name;
	int outcome = name_read(text, &name, e);
	if (outcome == DONE)
		name_write(name.wire, normal);
	return outcome;
}
