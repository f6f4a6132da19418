/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire/update.h"

#include <string.h>

#include "lib/cursor.h"
#include "wire/message.h"
#include "wire/header.h"
#include "wire/octets.h"

enum {
	WHY_MOST = 300, UDP_SIZE = 1232,
};

/* Messages. */

struct reading {
	const uint8_t *message;
	size_t size, at;
	struct arena *arena;
	struct error *error;
};

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
	if (octets_16(r->message + 4) != 1)
		return malformed(r, "the zone section holds other than one zone (RFC 2136 section 3.1.1)");
	if (!message_name(r->message, r->size, &r->at, LOWER, &m->zone_name) || r->size - r->at < 4)
		return malformed(r, "the zone section is cut off");
	m->zone_type = octets_16(r->message + r->at);
	m->zone_class = octets_16(r->message + r->at + 2);
	r->at += 4;
	if (m->zone_type != TYPE_SOA)
		return malformed(r, "the zone's type is not SOA (RFC 2136 section 3.1.1)");
	return keep_text(r, &m->zone_name, &m->zone);
}

/* Types that no record in a zone has, though a question may. */
static bool is_meta(uint16_t type)
{
	return type == 0 || type == TYPE_OPT || (type >= 249 && type <= 255);
}

/* RFC 2136 sections 3.2.4 and 3.4.1.3. */
static const char *fault_of(const struct update_message *m, const struct update_record *record, size_t length,
	bool prerequisite)
{
	bool any = record->type == TYPE_ANY;
	if (prerequisite && record->ttl != 0)
		return "a prerequisite's TTL is not 0";
	if (is_meta(record->type) && !(any && record->class != m->zone_class))
		return "a type that cannot stand in a zone";
	if (record->class == m->zone_class)
		return NULL;
	if (record->class == CLASS_ANY)
		return length != 0 ? "RDATA with class ANY" : record->ttl != 0 ? "a TTL with class ANY" : NULL;
	if (record->class != CLASS_NONE)
		return "a class that is neither the zone's, nor ANY, nor NONE";
	if (prerequisite)
		return length != 0 ? "RDATA with class NONE" : NULL;
	return record->ttl != 0 ? "a TTL with class NONE" : any ? "a record of type ANY" : NULL;
}

static int read_record(struct reading *r, const struct update_message *m, bool prerequisite,
	struct update_record *record)
{
	if (!message_name(r->message, r->size, &r->at, LOWER, &record->name) || r->size - r->at < 10)
		return malformed(r, "a record is cut off");
	const uint8_t *fixed = r->message + r->at;
	record->type = octets_16(fixed);
	record->class = octets_16(fixed + 2);
	record->ttl = (uint32_t)octets_16(fixed + 4) << 16 | octets_16(fixed + 6);
	size_t length = octets_16(fixed + 8);
	r->at += 10;
	if (r->size - r->at < length)
		return malformed(r, "a record's RDATA is cut off");
	const char *fault = fault_of(m, record, length, prerequisite);
	if (fault != NULL)
		return malformed(r, fault);
	if (record->ttl > INT32_MAX)
		record->ttl = 0; /* RFC 2181 section 8 */
	int outcome = keep_text(r, &record->name, &record->owner);
	bool whole = record->class == m->zone_class || (record->class == CLASS_NONE && !prerequisite);
	if (outcome == DONE && whole)
		outcome = message_rdata(r->message, r->at, length, record->type, LOWER, r->arena, &record->rdata, r->error);
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
	for (unsigned left = octets_16(r->message + 10); left > 0; left--) {
		if (!message_name(r->message, r->size, &r->at, LOWER, &owner) || r->size - r->at < 10)
			return malformed(r, "an additional record is cut off");
		uint16_t type = octets_16(r->message + r->at);
		size_t length = octets_16(r->message + r->at + 8);
		r->at += 10;
		if (r->size - r->at < length)
			return malformed(r, "an additional record is cut off");
		r->at += length;
		if (type == TYPE_OPT && (m->edns || owner.size != 1))
			return malformed(r, "a second OPT, or one that is not the root's");
		if (type == TYPE_TSIG && left != 1)
			return malformed(r, "a TSIG that is not the last record (RFC 8945 section 5.1)");
		m->edns |= type == TYPE_OPT;
	}
	return r->at == r->size ? DONE : malformed(r, "something stands behind the message");
}

int update_read(const uint8_t *message, size_t size, struct arena *arena, struct update_message *m, struct error *e)
{
	struct reading r = { message, size, HEADER_SIZE, arena, e };
	*m = (struct update_message){ 0 };
	if (size < HEADER_SIZE || (message[HEADER_FLAGS] & (FLAG_QR | OPCODE_MASK)) != OPCODE_UPDATE << OPCODE_SHIFT)
		return fail(e, REFUSED, "this is no UPDATE");
	m->id = octets_16(message);
	m->prerequisite_count = octets_16(message + 6);
	m->update_count = octets_16(message + 8);
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
	if (size < HEADER_SIZE || octets_16(message + 4) != 1 || octets_16(message + 10) == 0)
		return false;
	struct cursor c = cursor_reading(message + HEADER_SIZE, size - HEADER_SIZE);
	skip_name(&c);
	cursor_skip(&c, 4);
	size_t records = (size_t)octets_16(message + 6) + octets_16(message + 8) + octets_16(message + 10);
	for (size_t i = 0; i < records && !c.broken; i++) {
		skip_name(&c);
		type = cursor_u16(&c);
		cursor_skip(&c, 6);
		cursor_skip(&c, cursor_u16(&c));
	}
	return !c.broken && cursor_left(&c) == 0 && type == TYPE_TSIG;
}

/* Answers. */

/* Not inlined: gcc 12 then warns of what the cursor never writes. */
static __attribute__((noinline)) void put_opt(struct cursor *c, uint16_t code, const char *why)
{
	size_t length = why == NULL ? 0 : strlen(why);
	if (length > WHY_MOST)
		length = WHY_MOST;
	cursor_put_u8(c, 0);
	cursor_put_u16(c, TYPE_OPT);
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

size_t update_answer(const uint8_t *message, size_t size, enum rcode rcode, bool edns, uint16_t code,
	const char *why, uint8_t *answer)
{
	struct cursor c = cursor_over(answer, UPDATE_ANSWER);
	size_t zone = size > HEADER_SIZE && octets_16(message + 4) == 1
		? name_size(message + HEADER_SIZE, size - HEADER_SIZE) : 0;
	if (zone != 0 && size - HEADER_SIZE - zone < 4)
		zone = 0;
	cursor_put(&c, message, 2);
	cursor_put_u8(&c, FLAG_QR | OPCODE_UPDATE << OPCODE_SHIFT);
	cursor_put_u8(&c, (uint8_t)rcode);
	cursor_put_u16(&c, zone != 0);
	cursor_put_u32(&c, 0);
	cursor_put_u16(&c, edns);
	if (zone != 0)
		cursor_put(&c, message + HEADER_SIZE, zone + 4);
	if (edns)
		put_opt(&c, code, why);
	return cursor_done(&c);
}
