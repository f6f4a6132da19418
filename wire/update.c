/* SPDX-License-Identifier: BSD-2-Clause */
/* UPDATEs taken apart, section by section. */
#include "wire/update.h"

#include <string.h>

#include "wire/message.h"

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
	if (octets_16(r->message + HEADER_QUESTIONS) != 1)
		return malformed(r, "the zone section holds other than one zone (RFC 2136 section 3.1.1)");
	if (!message_name(r->message, r->size, &r->at, LOWER, &m->zone_name) || r->size - r->at < QUESTION_FIXED)
		return malformed(r, "the zone section is cut off");
	m->zone_type = octets_16(r->message + r->at);
	m->zone_class = octets_16(r->message + r->at + 2);
	r->at += QUESTION_FIXED;
	if (m->zone_type != TYPE_SOA)
		return malformed(r, "the zone's type is not SOA (RFC 2136 section 3.1.1)");
	return keep_text(r, &m->zone_name, &m->zone);
}

/* RFC 2136 sections 3.2.4 and 3.4.1.3. */
static const char *fault_of(const struct update_message *m, const struct update_record *record, size_t length,
	bool prerequisite)
{
	bool any = record->type == TYPE_ANY;
	if (prerequisite && record->ttl != 0)
		return "a prerequisite's TTL is not 0";
	if (!type_of_data(record->type) && !(any && record->class != m->zone_class))
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
	struct record_fixed fixed;
	if (!message_record(r->message, r->size, &r->at, &record->name, &fixed))
		return malformed(r, "a record is cut off");
	size_t length = fixed.length;
	record->type = fixed.type;
	record->class = fixed.class;
	record->ttl = fixed.ttl;
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

/* Of the additional section only OPT and TSIG matter, and others look at these. */
static int read_additional(struct reading *r, struct update_message *m)
{
	struct name owner;
	for (unsigned left = octets_16(r->message + HEADER_ADDITIONALS); left > 0; left--) {
		struct record_fixed fixed;
		if (!message_record(r->message, r->size, &r->at, &owner, &fixed) || r->size - r->at < fixed.length)
			return malformed(r, "an additional record is cut off");
		r->at += fixed.length;
		if (fixed.type == TYPE_OPT && (m->edns || owner.size != 1))
			return malformed(r, "a second OPT, or one that is not the root's");
		if (fixed.type == TYPE_TSIG && left != 1)
			return malformed(r, "a TSIG that is not the last record (RFC 8945 section 5.1)");
		m->edns |= fixed.type == TYPE_OPT;
	}
	return r->at == r->size ? DONE : malformed(r, "something stands behind the message");
}

int update_read(const uint8_t *message, size_t size, struct arena *arena, struct update_message *m, struct error *e)
{
	struct reading r = { message, size, HEADER_SIZE, arena, e };
	*m = (struct update_message){ 0 };
	if (size < HEADER_SIZE || (message[HEADER_FLAGS] & (FLAG_QR | OPCODE_MASK)) != OPCODE_UPDATE << OPCODE_SHIFT)
		return fail(e, REFUSED, "this is no UPDATE");
	m->id = octets_16(message + HEADER_ID);
	m->prerequisite_count = octets_16(message + HEADER_ANSWERS);
	m->update_count = octets_16(message + HEADER_AUTHORITIES);
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

bool update_has_tsig(const uint8_t *message, size_t size)
{
	uint16_t type = 0;
	if (size < HEADER_SIZE || octets_16(message + HEADER_QUESTIONS) != 1 || octets_16(message + HEADER_ADDITIONALS) == 0)
		return false;
	struct cursor c = cursor_reading(message + HEADER_SIZE, size - HEADER_SIZE);
	cursor_skip_name(&c);
	cursor_skip(&c, QUESTION_FIXED);
	size_t records = (size_t)octets_16(message + HEADER_ANSWERS) + octets_16(message + HEADER_AUTHORITIES) + octets_16(message + HEADER_ADDITIONALS);
	for (size_t i = 0; i < records && !c.broken; i++) {
		cursor_skip_name(&c);
		const struct record_fixed fixed = record_fixed(&c);
		cursor_skip(&c, fixed.length);
		type = fixed.type;
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
	size_t zone = size > HEADER_SIZE && octets_16(message + HEADER_QUESTIONS) == 1
		? name_size(message + HEADER_SIZE, size - HEADER_SIZE) : 0;
	if (zone != 0 && size - HEADER_SIZE - zone < QUESTION_FIXED)
		zone = 0;
	cursor_put(&c, message, 2);
	cursor_put_u8(&c, FLAG_QR | OPCODE_UPDATE << OPCODE_SHIFT);
	cursor_put_u8(&c, (uint8_t)rcode);
	cursor_put_u16(&c, zone != 0);
	cursor_put_u32(&c, 0);
	cursor_put_u16(&c, edns);
	if (zone != 0)
		cursor_put(&c, message + HEADER_SIZE, zone + QUESTION_FIXED);
	if (edns)
		put_opt(&c, code, why);
	return cursor_done(&c);
}
