/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/message.h"

#include <string.h>

enum { POINTER = 0xc0, HEADER = 12, RDATA_MOST = 65535 };

/* Names. */

bool message_name(const uint8_t *message, size_t size, size_t *at, enum letters letters, struct name *name)
{
	size_t from = *at, bound = size, end = 0;
	memset(name, 0, sizeof *name);
	for (;;) {
		if (from >= bound)
			return false;
		uint8_t length = message[from];
		if (length >= POINTER) {
			if (from + 2 > bound)
				return false;
			size_t target = (size_t)(length & ~POINTER) << 8 | message[from + 1];
			if (end == 0)
				end = from + 2;
			if (target >= from || target < HEADER)
				return false;
			bound = from; /* what is pointed to ends before the pointer */
			from = target;
			continue;
		}
		if (length > NAME_LABEL || from + 1 + length > bound || name->size + 1u + length > NAME_WIRE - (length > 0))
			return false;
		if (letters == LOWER)
			name_lower(message + from, name->wire + name->size, 1u + length);
		else
			memcpy(name->wire + name->size, message + from, 1u + length);
		name->size = (uint8_t)(name->size + 1u + length);
		from += 1u + length;
		if (length == 0)
			break;
	}
	*at = end != 0 ? end : from;
	return true;
}

/* RDATA. */

/* The form of a type's RDATA: N a name (compressed ones are taken), n a name as it is, S a string, T
 * strings, one at least, a digit so many octets, * the rest. Types that are not here are taken as they are (RFC 3597
 * section 4: what is compressed in those cannot be understood). */
static const char *form_of(uint16_t type)
{
	static const struct {
		uint16_t type;
		const char *form;
	} forms[] = {
		{ 1, "4" }, { 2, "N" }, { 3, "N" }, { 4, "N" }, { 5, "N" }, { 6, "NN884" }, { 7, "N" }, { 8, "N" },
		{ 9, "N" }, { 12, "N" }, { 13, "SS" }, { 14, "NN" }, { 15, "2N" }, { 16, "T" }, { 17, "NN" },
		{ 18, "2N" }, { 21, "2N" }, { 26, "2NN" }, { 28, "88" }, { 29, "88" "*" }, { 33, "6N" }, { 35, "4SSSN" },
		{ 36, "2N" }, { 37, "5*" }, { 39, "N" }, { 43, "4*" }, { 44, "2*" }, { 48, "4*" }, { 52, "3*" },
		{ 53, "3*" }, { 59, "4*" }, { 60, "4*" }, { 64, "2n*" }, { 65, "2n*" }, { 99, "T" }, { 256, "4*" },
		{ 257, "1S*" },
	};
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
		if (forms[i].type == type)
			return forms[i].form;
	return "*";
}

struct rdata_reading {
	const uint8_t *message;
	size_t at, end;
	uint8_t *out;
	size_t out_size;
	enum letters letters;
};

static bool take(struct rdata_reading *r, size_t count)
{
	if (count > r->end - r->at)
		return false;
	memcpy(r->out + r->out_size, r->message + r->at, count);
	r->out_size += count;
	r->at += count;
	return true;
}

static bool take_name(struct rdata_reading *r, bool plain)
{
	struct name name;
	size_t at = r->at;
	if (!message_name(r->message, r->end, &at, plain ? AS_THEY_ARE : r->letters, &name) || (plain && at - r->at != name.size)
		|| r->out_size + name.size > RDATA_MOST)
		return false;
	memcpy(r->out + r->out_size, name.wire, name.size);
	r->out_size += name.size;
	r->at = at;
	return true;
}

static bool take_string(struct rdata_reading *r)
{
	return r->at < r->end && take(r, 1u + r->message[r->at]);
}

static bool take_strings(struct rdata_reading *r)
{
	bool good = take_string(r);
	while (good && r->at < r->end)
		good = take_string(r);
	return good;
}

static bool take_part(struct rdata_reading *r, char part)
{
	switch (part) {
	case 'N':
	case 'n':
		return take_name(r, part == 'n');
	case 'S':
		return take_string(r);
	case 'T':
		return take_strings(r);
	case '*':
		return take(r, r->end - r->at);
	default:
		return take(r, (size_t)(part - '0'));
	}
}

int message_rdata(const uint8_t *message, size_t at, size_t size, uint16_t type, enum letters letters,
	struct arena *arena, struct blob *out, struct error *e)
{
	const char *form = form_of(type);
	size_t names = 0;
	for (const char *c = form; *c != '\0'; c++)
		names += *c == 'N';
	uint8_t *room = arena_bytes(arena, size + names * NAME_WIRE + 1);
	if (room == NULL)
		return fail(e, FAILED, "out of memory");
	struct rdata_reading r = { message, at, at + size, room, 0, letters };
	bool good = true;
	for (const char *c = form; *c != '\0' && good; c++)
		good = take_part(&r, *c);
	if (!good || r.at != r.end)
		return fail(e, REFUSED, "the RDATA is not of the form of its type %u", type);
	*out = (struct blob){ room, r.out_size };
	return DONE;
}
