/* SPDX-License-Identifier: BSD-2-Clause */
/* TSIG (RFC 8945) over octets as they lie in a message. Any thread; no allocation. */
#ifndef WIRE_TSIG_H
#define WIRE_TSIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"
#include "lib/blob.h"
#include "lib/name.h"
#include "wire/record.h"

enum {
	TSIG_MAC = 64,       /* octets of the longest MAC */
	TSIG_SECRET = 255,
	TSIG_FUDGE = 300,    /* seconds that clocks may differ */
	TSIG_ROOM = 2 * NAME_WIRE + RECORD_FIXED + 16 + TSIG_MAC + 6, /* octets of the longest record */
};

enum tsig_algorithm { TSIG_SHA256, TSIG_SHA384, TSIG_SHA512 };

/* A key that can be used. */
struct tsig_key {
	struct name name;
	enum tsig_algorithm algorithm;
	size_t secret_size;
	uint8_t secret[TSIG_SECRET];
};

/* The error in a TSIG record (section 3). Whatever it is, but TSIG_WELL, the answer has the rcode NOTAUTH. */
enum tsig_error { TSIG_WELL = 0, TSIG_BADSIG = 16, TSIG_BADKEY = 17, TSIG_BADTIME = 18, TSIG_BADTRUNC = 22 };

/* A message's TSIG record, and what an answer's needs of it. */
struct tsig_context {
	struct name key_name, algorithm_name; /* as they were asked with, in lower case */
	const struct tsig_key *key; /* NULL: it is not known */
	uint16_t id;                /* the message's when it was signed */
	uint64_t time;              /* signed */
	uint16_t fudge;
	size_t at;                  /* where the record begins: the message without it */
	const uint8_t *mac;         /* in the message */
	size_t mac_size;
	enum tsig_error error;
	uint8_t prior[TSIG_MAC];    /* the MAC that the next one covers: the request's, or the last of a stream */
	size_t prior_size;
};

enum tsig_found {
	TSIG_NONE,  /* no record */
	TSIG_THERE, /* one, last: the context is filled, but nothing is verified yet */
	TSIG_WRONG, /* malformed, several, or not last: FORMERR (section 5.1) */
};

/* Looks for it in a message of SIZE octets, whose records are walked by their lengths alone. */
enum tsig_found tsig_find(const uint8_t *message, size_t size, struct tsig_context *);

/* Verifies the message that the context is of, with the key of its name, which the caller found: context->key,
 * NULL for none. Sets context->error; true if it is TSIG_WELL. NOW is a date. */
bool tsig_verify(struct tsig_context *, const uint8_t *message, uint64_t now);

/* The same with a key whose secret was replaced: FORMER, the key as it was, is as good before UNTIL, a date; NULL for none.
 * context->key is the one that signed. */
bool tsig_verify_either(struct tsig_context *, const struct tsig_key *former, uint64_t until, const uint8_t *message,
	uint64_t now);

/* Signs an answer of *SIZE octets, behind which there is room for TSIG_ROOM, counts the record in its header,
 * and keeps its MAC as the prior one. With an error that forbids it the record bears no MAC (section 5.3.2). FIRST
 * of a stream covers the request's MAC and all of the record; the next ones cover the last MAC and the time.
 * *SIZE is 0 afterwards when the algorithm is not to be had. */
void tsig_sign(struct tsig_context *, uint8_t *message, size_t *size, uint64_t now, bool first);

/* The same for a request of ours: there is no prior MAC. Afterwards the context can verify the answer. */
void tsig_sign_request(struct tsig_context *, const struct tsig_key *, uint8_t *message, size_t *size, uint64_t now);

/* Verifies the answer to a request that was signed with the context: TSIG_WELL, or why not. */
bool tsig_verify_answer(struct tsig_context *, const uint8_t *message, size_t size, uint64_t now);

/* Verifies a message of a stream that answers it (section 5.3.1); FIRST of it covers the request's MAC, the next ones
 * the last MAC and BETWEEN, the whole messages without a record that came since. Keeps its MAC as the prior one. */
bool tsig_verify_stream(struct tsig_context *, bool first, const uint8_t *between, size_t between_size,
	const uint8_t *message, size_t size, uint64_t now);

/* An algorithm's name in lower-case wire form. */
const struct name *tsig_algorithm_name(enum tsig_algorithm);

#endif
