/* SPDX-License-Identifier: BSD-2-Clause */
/* Many records as messages of a transfer (RFC 5936 section 2.2), in memory until they are sent. One thread. */
#ifndef DNSD_SERVE_TRANSFER_STREAM_H
#define DNSD_SERVE_TRANSFER_STREAM_H

#include "dnsd/answer/query.h"
#include "dnsd/image/zone_journal.h"
#include "wire/record.h"

enum {
	STREAM_MESSAGE = MESSAGE_MOST,
	STREAM_FULL = 16000, /* octets from which on a message is full: compression pointers do not reach beyond (RFC
	                      * 1035 section 4.1.4) */
};

struct stream {
	int fd; /* a file in memory: each message behind two octets of length */
	struct name apex;
	uint8_t *message;   /* the one that is being filled; STREAM_MESSAGE octets */
	size_t question_end, at, answers, records;
	size_t last_owner;  /* where the last record's owner stands; 0: nowhere */
	struct name last_name;
	bool reading;
};

/* Each message begins with HEADER_AND_QUESTION, of QUESTION_END octets, whose name is the apex. */
int stream_begin(struct stream *, const uint8_t *header_and_question, size_t question_end, const struct name *apex,
	struct error *);

/* FAILED when memory is out. */
int stream_add(struct stream *, const struct zone_rr *, struct error *);

/* The next message, to MESSAGE, which has room for STREAM_MESSAGE; 0 behind the last. From the first call on nothing
 * is added. */
size_t stream_take(struct stream *, uint8_t *message);

void stream_end(struct stream *);

/* Turns a question's header into that of an authoritative answer without records. */
void stream_header(uint8_t *header, uint8_t rcode);

#endif
