/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages of a transfer checked one by one: header, signature, question, records. */
#include "wire/axfr.h"

#include <stdlib.h>
#include <string.h>

#include "wire/message.h"

size_t axfr_begin(struct axfr *a, const struct name *zone, const struct tsig_key *key, uint16_t id, uint64_t now,
	uint8_t *message, axfr_taker *take, void *context)
{
	*a = (struct axfr){ .zone = *zone, .is_signed = key != NULL, .id = id, .take = take, .context = context };
	size_t size = message_question(message, id, 0, zone, TYPE_AXFR);
	if (key != NULL)
		tsig_sign_request(&a->tsig, key, message, &size, now);
	return size;
}

/* What is wrong with the header. */

static int judge_rcode(const struct axfr *a, unsigned rcode, struct error *e)
{
	static const char *const names[] = { "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN",
		"YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE" };
	const char *name = rcode < sizeof names / sizeof names[0] ? names[rcode] : "an error";
	if (rcode == RCODE_REFUSED)
		return fail(e, REFUSED, "the server answers REFUSED: does it let %s transfer?",
			a->is_signed ? "this key" : "this address, or only a key,");
	if (rcode == RCODE_NOTAUTH)
		return fail(e, REFUSED, "the server answers NOTAUTH: %s", a->is_signed
			? "it is not primary of the zone, does not know the key, or its clock differs" : "it does not serve the zone");
	return fail(e, REFUSED, "the server answers %s (%u)", name, rcode);
}

static int judge_header(const struct axfr *a, const uint8_t *message, size_t size, struct error *e)
{
	if (size < HEADER_SIZE)
		return fail(e, REFUSED, "a message of %zu octets", size);
	if (octets_16(message + HEADER_ID) != a->id)
		return fail(e, REFUSED, "a message with another id");
	if ((message[HEADER_FLAGS] & (FLAG_QR | OPCODE_MASK)) != FLAG_QR)
		return fail(e, REFUSED, "a message that is no answer to a query");
	if ((message[HEADER_FLAGS] & FLAG_TC) != 0)
		return fail(e, REFUSED, "a truncated message");
	if ((message[HEADER_RCODE] & RCODE_MASK) != 0)
		return judge_rcode(a, message[HEADER_RCODE] & RCODE_MASK, e);
	if (octets_16(message + HEADER_QUESTIONS) > 1 || (a->messages == 0 && octets_16(message + HEADER_QUESTIONS) != 1))
		return fail(e, REFUSED, "a message with %u questions", octets_16(message + HEADER_QUESTIONS));
	return DONE;
}

/* TSIG. */

static bool has_tsig(const uint8_t *message, size_t size)
{
	struct tsig_context found;
	return octets_16(message + HEADER_ADDITIONALS) > 0 && tsig_find(message, size, &found) != TSIG_NONE;
}

static const char *tsig_fault(enum tsig_error error)
{
	return error == TSIG_BADTIME ? "clocks differ by more than five minutes"
		: error == TSIG_BADKEY ? "with another key or algorithm" : "its MAC is wrong";
}

/* Every hundredth message at least is signed, the first among them (RFC 8945 section 5.3.1). */
static int verify(struct axfr *a, const uint8_t *message, size_t size, uint64_t now, struct error *e)
{
	if (!a->is_signed)
		return DONE;
	if (!has_tsig(message, size)) {
		text_add_part(&a->between, (const char *)message, size);
		if (a->messages == 0 || ++a->unsigned_messages > AXFR_UNSIGNED)
			return fail(e, REFUSED, "a message is not signed by the key");
		return a->between.broken ? fail(e, FAILED, "out of memory") : DONE;
	}
	if (!tsig_verify_stream(&a->tsig, a->messages == 0, (const uint8_t *)a->between.bytes, a->between.length, message, size, now))
		return fail(e, REFUSED, "a message is not signed as it should be: %s", tsig_fault(a->tsig.error));
	text_free(&a->between);
	a->between = (struct text){ 0 };
	a->unsigned_messages = 0;
	return DONE;
}

/* Records. */

struct reading {
	const uint8_t *message;
	size_t size, at;
	struct arena arena;
};

static int check_question(const struct axfr *a, struct reading *r, struct error *e)
{
	struct name name;
	if (octets_16(r->message + HEADER_QUESTIONS) == 0)
		return DONE;
	if (!message_name(r->message, r->size, &r->at, LOWER, &name) || r->size - r->at < QUESTION_FIXED)
		return fail(e, REFUSED, "a question that cannot be read");
	if (!name_equal(&name, &a->zone) || octets_16(r->message + r->at) != TYPE_AXFR || octets_16(r->message + r->at + 2) != CLASS_IN)
		return fail(e, REFUSED, "an answer to another question");
	r->at += QUESTION_FIXED;
	return DONE;
}

static int read_record(struct reading *r, struct axfr_record *record, struct error *e)
{
	struct record_fixed fixed;
	if (!message_record(r->message, r->size, &r->at, &record->owner, &fixed))
		return fail(e, REFUSED, "a record that cannot be read");
	size_t length = fixed.length;
	record->type = fixed.type;
	record->class = fixed.class;
	record->ttl = fixed.ttl;
	if (length > r->size - r->at)
		return fail(e, REFUSED, "a record that is longer than its message");
	int outcome = message_rdata(r->message, r->at, length, record->type, AS_THEY_ARE, &r->arena, &record->rdata, e);
	r->at += length;
	return outcome;
}

static int keep_soa(struct axfr *a, const struct axfr_record *record, struct error *e)
{
	if (!name_equal(&record->owner, &a->zone))
		return fail(e, REFUSED, "it begins with the SOA of another zone");
	a->soa = malloc(record->rdata.size + 1);
	if (a->soa == NULL)
		return fail(e, FAILED, "out of memory");
	memcpy(a->soa, record->rdata.data, record->rdata.size);
	a->soa_size = record->rdata.size;
	return DONE;
}

/* The second SOA is the end, and the same as the first: else the zone changed while it was sent. */
static int end_with(struct axfr *a, const struct axfr_record *record, struct error *e)
{
	if (!name_equal(&record->owner, &a->zone))
		return fail(e, REFUSED, "an SOA that is not at the zone's apex");
	if (record->rdata.size != a->soa_size || memcmp(record->rdata.data, a->soa, a->soa_size) != 0)
		return fail(e, REFUSED, "it ends with another SOA than it began with: the zone changed meanwhile");
	a->ended = true;
	return DONE;
}

static int take_record(struct axfr *a, const struct axfr_record *record, struct error *e)
{
	int outcome = DONE;
	if (a->ended)
		return fail(e, REFUSED, "records behind the last SOA");
	if (a->soa == NULL && record->type != TYPE_SOA)
		return fail(e, REFUSED, "it does not begin with the zone's SOA");
	if (a->soa == NULL)
		outcome = keep_soa(a, record, e);
	else if (record->type == TYPE_SOA)
		return end_with(a, record, e);
	a->records++;
	return outcome == DONE ? a->take(record, a->context, e) : outcome;
}

static int take_records(struct axfr *a, struct reading *r, struct error *e)
{
	size_t count = octets_16(r->message + HEADER_ANSWERS);
	int outcome = check_question(a, r, e);
	for (size_t i = 0; i < count && outcome == DONE; i++) {
		struct axfr_record record;
		outcome = read_record(r, &record, e);
		if (outcome == DONE)
			outcome = take_record(a, &record, e);
	}
	return outcome;
}

/* A message is verified before any of its records is believed. Which message is the last one, only its records tell:
 * whether that one was signed is looked at behind them. */
int axfr_take(struct axfr *a, const uint8_t *message, size_t size, uint64_t now, struct error *e)
{
	struct reading r = { message, size, HEADER_SIZE, { 0 } };
	int outcome = judge_header(a, message, size, e);
	if (outcome == DONE)
		outcome = verify(a, message, size, now, e);
	if (outcome == DONE)
		outcome = take_records(a, &r, e);
	if (outcome == DONE && a->ended && a->between.length > 0)
		outcome = fail(e, REFUSED, "the last message is not signed by the key");
	a->messages++;
	a->done = outcome == DONE && a->ended;
	arena_free(&r.arena);
	return outcome;
}

void axfr_end(struct axfr *a)
{
	free(a->soa);
	text_free(&a->between);
	a->soa = NULL;
	a->between = (struct text){ 0 };
}
