/* SPDX-License-Identifier: BSD-2-Clause */
/* Names and records skipped and read, with every pointer and length checked. */
#include "wire/message.h"

#include <string.h>

#include "wire/rdata.h"

size_t message_question(uint8_t *message, uint16_t id, uint8_t flags, const struct name *name, uint16_t type)
{
	uint8_t *behind = message + QUESTION_NAME + name->size;
	memset(message, 0, HEADER_SIZE);
	octets_put_16(message + HEADER_ID, id);
	message[HEADER_FLAGS] = flags;
	octets_put_16(message + HEADER_QUESTIONS, 1);
	memcpy(message + QUESTION_NAME, name->wire, name->size);
	octets_put_16(behind, type);
	octets_put_16(behind + 2, CLASS_IN);
	return (size_t)(behind - message) + QUESTION_FIXED;
}

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
			size_t target = octets_16(message + from) & POINTER_MOST;
			if (end == 0)
				end = from + 2;
			if (target >= from || target < HEADER_SIZE)
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

bool message_record(const uint8_t *message, size_t size, size_t *at, struct name *owner, struct record_fixed *fixed)
{
	if (!message_name(message, size, at, LOWER, owner))
		return false;
	struct cursor c = cursor_reading(message + *at, size - *at);
	*fixed = record_fixed(&c);
	*at += RECORD_FIXED;
	return !c.broken;
}

/* RDATA. */

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

static bool take_part(struct rdata_reading *r, char part)
{
	if (part == 'N' || part == 'n')
		return take_name(r, part == 'n');
	return take(r, rdata_part(part, (struct blob){ r->message + r->at, r->end - r->at }));
}

int message_rdata(const uint8_t *message, size_t at, size_t size, uint16_t type, enum letters letters,
	struct arena *arena, struct blob *out, struct error *e)
{
	const char *parts = rdata_parts(type);
	size_t names = 0;
	for (const char *c = parts; *c != '\0'; c++)
		names += *c == 'N';
	uint8_t *room = arena_bytes(arena, size + names * NAME_WIRE + 1);
	if (room == NULL)
		return fail(e, FAILED, "out of memory");
	struct rdata_reading r = { message, at, at + size, room, 0, letters };
	bool good = true;
	for (const char *c = parts; *c != '\0' && good; c++)
		good = take_part(&r, *c);
	*out = (struct blob){ room, r.out_size };
	return good && r.at == r.end && rdata_whole(type, *out) ? DONE
		: fail(e, REFUSED, "the RDATA is not of the form of its type %u", type);
}
