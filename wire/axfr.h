/* SPDX-License-Identifier: BSD-2-Clause */
/* A zone transfer as its client sees it (RFC 5936): a question, and the messages that answer it, hostile ones too. No I/O. */
#ifndef WIRE_AXFR_H
#define WIRE_AXFR_H

#include "lib/text.h"
#include "wire/record.h"
#include "wire/tsig.h"

enum {
	AXFR_QUESTION = QUESTION_MOST + TSIG_ROOM,
	AXFR_UNSIGNED = 99, /* messages without a TSIG record between others (RFC 8945 section 5.3.1) */
};

/* A record of the zone, its first SOA and all else once. Lives until the callback returns. */
struct axfr_record {
	struct name owner; /* in lower case */
	uint16_t type, class;
	uint32_t ttl;
	struct blob rdata; /* uncompressed */
};
typedef int axfr_taker(const struct axfr_record *, void *context, struct error *);

struct axfr {
	struct name zone;
	bool is_signed;
	struct tsig_context tsig;
	uint16_t id;
	axfr_taker *take;
	void *context;
	size_t messages, records;
	bool done; /* the last SOA came, and what is signed is verified */
	/* wire/axfr.c's */
	bool ended;
	uint8_t *soa; /* the first one's RDATA */
	size_t soa_size;
	struct text between;
	size_t unsigned_messages;
};

/* Writes the question to MESSAGE, which has room for AXFR_QUESTION; returns its octets. KEY may be NULL, and lives as
 * long as the transfer does. */
size_t axfr_begin(struct axfr *, const struct name *zone, const struct tsig_key *, uint16_t id, uint64_t now,
	uint8_t *message, axfr_taker *take, void *context);

/* Takes the next message. REFUSED says what is wrong with it, or what the server said in its rcode. */
int axfr_take(struct axfr *, const uint8_t *message, size_t size, uint64_t now, struct error *);

void axfr_end(struct axfr *);

#endif
