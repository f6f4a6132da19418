/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/update.h"

#include <string.h>

#include "lib/cursor.h"

enum {
	FLAG_QR = 0x80, OPCODE_MASK = 0x78, POINTER = 0xc0,
	RDATA_MOST = 65535, OPTION_EXTENDED_ERROR = 15, WHY_MOST = 300, UDP_SIZE = 1232,
};

/* Names. */

/* Reads the name at *AT, which may point back (RFC 1035 section 4.1.4) but never forward, so that it ends; *at
 * goes behind it. */
static bool read_name(const uint8_t *message, size_t size, size_t *at, bool lower, struct name *name)
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
			if (target >= from || target < UPDATE_HEADER)
				return false;
			bound = from; /* what is pointed to ends before the pointer */
			from = target;
			continue;
		}
		if (length > NAME_LABEL || from + 1 + length > bound || name->size + 1u + length > NAME_WIRE - (length > 0))
			return false;
		if (lower)
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

/* The form of a type's RDATA: N a name (compressed ones are taken, lower case), n a name as it is, S a string, T
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
	if (!read_name(r->message, r->end, &at, !plain, &name) || (plain && at - r->at != name.size)
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

int update_rdata(const uint8_t *message, size_t at, size_t size, uint16_t type, struct arena *arena, struct blob *out,
	struct error *e)
{
	const char *form = form_of(type);
	size_t names = 0;
	for (const char *c = form; *c != '\0'; c++)
		names += *c == 'N';
	uint8_t *room = arena_bytes(arena, size + names * NAME_WIRE + 1);
	if (room == NULL)
		return fail(e, FAILED, "out of memory");
	struct rdata_reading r = { message, at, at + size, room, 0 };
	bool good = true;
	for (const char *c = form; *c != '\0' && good; c++)
		good = take_part(&r, *c);
	if (!good || r.at != r.end)
		return fail(e, REFUSED, "the RDATA is not of the form of its type %u", type);
	*out = (struct blob){ room, r.out_size };
	return DONE;
}

/* Messages. */

struct reading {
	const uint8_t *message;
	size_t size, at;
	struct arena *arena;
	struct error *error;
};

static uint16_t number(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static int malformed(const struct reading *r, const char *what)
{
	return fail(r->error, REFUSED, "%s, at octet %zu of %zu", what, r->at, r->size);
}

static int keep_text(const struct reading *r, const struct name *name, const char **text)
{
	char normal[NAME_TEXT];
	name_write(name->wire, normal);
	*text = arena_text(r->arena, normal);
	return *text == NULL ? fail(r->error, FAILED, "out of memory") : DONE;
}

static int read_zone(struct reading *r, struct update_message *m)
{
	if (number(r->message + 4) != 1)
		return malformed(r, "the zone section holds other than one zone (RFC 2136 section 3.1.1)");
	if (!read_name(r->message, r->size, &r->at, true, &m->zone_name) || r->size - r->at < 4)
		return malformed(r, "the zone section is cut off");
	m->zone_type = number(r->message + r->at);
	m->zone_class = number(r->message + r->at + 2);
	r->at += 4;
	if (m->zone_type != UPDATE_TYPE_SOA)
		return malformed(r, "the zone's type is not SOA (RFC 2136 section 3.1.1)");
	return keep_text(r, &m->zone_name, &m->zone);
}

/* Types that no record in a zone has, though a question may. */
static bool is_meta(uint16_t type)
{
	return type == 0 || type == UPDATE_TYPE_OPT || (type >= 249 && type <= 255);
}

/* RFC 2136 sections 3.2.4 and 3.4.1.3. */
static const char *fault_of(const struct update_message *m, const struct update_record *record, size_t length,
	bool prerequisite)
{
	bool any = record->type == UPDATE_TYPE_ANY;
	if (prerequisite && record->ttl != 0)
		return "a prerequisite's TTL is not 0";
	if (is_meta(record->type) && !(any && record->class != m->zone_class))
		return "a type that cannot stand in a zone";
	if (record->class == m->zone_class)
		return NULL;
	if (record->class == UPDATE_CLASS_ANY)
		return length != 0 ? "RDATA with class ANY" : record->ttl != 0 ? "a TTL with class ANY" : NULL;
	if (record->class != UPDATE_CLASS_NONE)
		return "a class that is neither the zone's, nor ANY, nor NONE";
	if (prerequisite)
		return length != 0 ? "RDATA with class NONE" : NULL;
	return record->ttl != 0 ? "a TTL with class NONE" : any ? "a record of type ANY" : NULL;
}

static int read_record(struct reading *r, const struct update_message *m, bool prerequisite,
	struct update_record *record)
{
	if (!read_name(r->message, r->size, &r->at, true, &record->name) || r->size - r->at < 10)
		return malformed(r, "a record is cut off");
	const uint8_t *fixed = r->message + r->at;
	record->type = number(fixed);
	record->class = number(fixed + 2);
	record->ttl = (uint32_t)number(fixed + 4) << 16 | number(fixed + 6);
	size_t length = number(fixed + 8);
	r->at += 10;
	if (r->size - r->at < length)
		return malformed(r, "a record's RDATA is cut off");
	const char *fault = fault_of(m, record, length, prerequisite);
	if (fault != NULL)
		return malformed(r, fault);
	if (record->ttl > INT32_MAX)
		record->ttl = 0; /* RFC 2181 section 8 */
	int outcome = keep_text(r, &record->name, &record->owner);
	bool whole = record->class == m->zone_class || (record->class == UPDATE_CLASS_NONE && !prerequisite);
	if (outcome == DONE && whole)
		outcome = update_rdata(r->message, r->at, length, record->type, r->arena, &record->rdata, r->error);
	r->at += length;
	return outcome;
}

static int read_records(struct reading *r, const struct update_message *m, size_t count, bool prerequisites,
	struct update_record **records)
{
	int outcome = DONE;
	*records = arena_take(r->arena, (count + 1) * sizeof **records);
	if (*records == NULL)
		return fail(r->error, FAILED, "out of memory");
	for (size_t i = 0; i < count && outcome == DONE; i++)
		outcome = read_record(r, m, prerequisites, &(*records)[i]);
	return outcome;
}

/* OPT and TSIG, which others verify; nothing else has a use here. */
static int read_additional(struct reading *r, struct update_message *m)
{
	struct name owner;
	for (unsigned left = number(r->message + 10); left > 0; left--) {
		if (!read_name(r->message, r->size, &r->at, true, &owner) || r->size - r->at < 10)
			return malformed(r, "an additional record is cut off");
		uint16_t type = number(r->message + r->at);
		size_t length = number(r->message + r->at + 8);
		r->at += 10;
		if (r->size - r->at < length)
			return malformed(r, "an additional record is cut off");
		r->at += length;
		if (type == UPDATE_TYPE_OPT && (m->edns || owner.size != 1))
			return malformed(r, "a second OPT, or one that is not the root's");
		if (type == UPDATE_TYPE_TSIG && left != 1)
			return malformed(r, "a TSIG that is not the last record (RFC 8945 section 5.1)");
		m->edns |= type == UPDATE_TYPE_OPT;
	}
	return r->at == r->size ? DONE : malformed(r, "something stands behind the message");
}

int update_read(const uint8_t *message, size_t size, struct arena *arena, struct update_message *m, struct error *e)
{
	struct reading r = { message, size, UPDATE_HEADER, arena, e };
	*m = (struct update_message){ 0 };
	if (size < UPDATE_HEADER || (message[2] & (FLAG_QR | OPCODE_MASK)) != UPDATE_OPCODE << 3)
		return fail(e, REFUSED, "this is no UPDATE");
	m->id = number(message);
	m->prerequisite_count = number(message + 6);
	m->update_count = number(message + 8);
	if (m->prerequisite_count + m->update_count > UPDATE_RECORDS)
		return fail(e, REFUSED, "more than %d records", UPDATE_RECORDS);
	int outcome = read_zone(&r, m);
	if (outcome == DONE)
		outcome = read_records(&r, m, m->prerequisite_count, true, &m->prerequisites);
	if (outcome == DONE)
		outcome = read_records(&r, m, m->update_count, false, &m->updates);
	return outcome == DONE ? read_additional(&r, m) : outcome;
}

const char *update_outside(const struct update_message *m)
{
	for (size_t i = 0; i < m->prerequisite_count; i++)
		if (!name_within(&m->prerequisites[i].name, &m->zone_name))
			return m->prerequisites[i].owner;
	for (size_t i = 0; i < m->update_count; i++)
		if (!name_within(&m->updates[i].name, &m->zone_name))
			return m->updates[i].owner;
	return NULL;
}

/* Passes over a name without looking at what it points to. */
static void skip_name(struct cursor *c)
{
	for (;;) {
		uint8_t length = cursor_u8(c); /* 0 where there is nothing more */
		if (length >= POINTER)
			cursor_skip(c, 1);
		if (length == 0 || length >= POINTER)
			return;
		cursor_skip(c, length);
	}
}

bool update_signed(const uint8_t *message, size_t size)
{
	uint16_t type = 0;
	if (size < UPDATE_HEADER || number(message + 4) != 1 || number(message + 10) == 0)
		return false;
	struct cursor c = cursor_reading(message + UPDATE_HEADER, size - UPDATE_HEADER);
	skip_name(&c);
	cursor_skip(&c, 4);
	size_t records = (size_t)number(message + 6) + number(message + 8) + number(message + 10);
	for (size_t i = 0; i < records && !c.broken; i++) {
		skip_name(&c);
		type = cursor_u16(&c);
		cursor_skip(&c, 6);
		cursor_skip(&c, cursor_u16(&c));
	}
	return !c.broken && cursor_left(&c) == 0 && type == UPDATE_TYPE_TSIG;
}

/* Answers. */

/* Not inlined: gcc 12 then warns of what the cursor never writes. */
static __attribute__((noinline)) void put_opt(struct cursor *c, uint16_t code, const char *why)
{
	size_t length = why == NULL ? 0 : strlen(why);
	if (length > WHY_MOST)
		length = WHY_MOST;
	cursor_put_u8(c, 0);
	cursor_put_u16(c, UPDATE_TYPE_OPT);
	cursor_put_u16(c, UDP_SIZE);
	cursor_put_u32(c, 0);
	cursor_put_u16(c, why == NULL ? 0 : (uint16_t)(6 + length));
	if (why == NULL)
		return;
	cursor_put_u16(c, OPTION_EXTENDED_ERROR);
	cursor_put_u16(c, (uint16_t)(2 + length));
	cursor_put_u16(c, code);
	cursor_put(c, why, length);
}

size_t update_answer(const uint8_t *message, size_t size, enum update_rcode rcode, bool edns, uint16_t code,
	const char *why, uint8_t *answer)
{
	struct cursor c = cursor_over(answer, UPDATE_ANSWER);
	size_t zone = size > UPDATE_HEADER && number(message + 4) == 1
		? name_size(message + UPDATE_HEADER, size - UPDATE_HEADER) : 0;
	if (zone != 0 && size - UPDATE_HEADER - zone < 4)
		zone = 0;
	cursor_put(&c, message, 2);
	cursor_put_u8(&c, FLAG_QR | UPDATE_OPCODE << 3);
	cursor_put_u8(&c, (uint8_t)rcode);
	cursor_put_u16(&c, zone != 0);
	cursor_put_u32(&c, 0);
	cursor_put_u16(&c, edns);
	if (zone != 0)
		cursor_put(&c, message + UPDATE_HEADER, zone + 4);
	if (edns)
		put_opt(&c, code, why);
	return cursor_done(&c);
}
