/* SPDX-License-Identifier: BSD-2-Clause */
/* A message from outside, read: RFC 1035 section 4.1, RFC 6891. */
#ifndef DNSD_ANSWER_QUERY_H
#define DNSD_ANSWER_QUERY_H

#include <stdbool.h>
#include <stdint.h>

#include "dnsd/store/scan.h"
#include "lib/address.h"
#include "wire/header.h"

struct zone_view;

/* Of a function: not on the straight way from a question to a host's or a pool's addresses, which needs
 * few registers and little stack when nothing else is inlined into it. */
#define ASIDE __attribute__((noinline))

enum query_verdict {
	QUERY_DROP,   /* shorter than a header, or a response: never answered */
	QUERY_SIGNED, /* a message with a TSIG record, which must be verified before it is read */
	QUERY_UPDATE, /* an UPDATE with one: to be forwarded once it is verified (dnsd/serve/forward.h) */
	QUERY_ERROR,  /* to be answered with rcode and no data */
	QUERY_LOOKUP, /* a question of opcode QUERY that can be looked up */
};

/* DO; and that a name's absence may be told by the rcode where it is proved (RFC 9824 section 5.1). */
enum query_dnssec { DNSSEC_OK = 0x80, DNSSEC_COMPACT = 0x40, DNSSEC_FLAGS = 0xc0 };

/* EDNS options that are to be in the answer, beside a cookie's. */
enum query_wants { WANTS_NSID = 1, WANTS_KEEPALIVE = 2 };

struct query {
	uint8_t *packet; /* the message; behind it, up to room, its answer is written */
	size_t size, room;
	const struct sockaddr *peer;   /* the client, as its socket shows it; or, if this is NULL, */
	const struct address *client;  /* its address */
	bool tcp;

	/* filled by query_read */
	uint8_t verdict; /* enum query_verdict */
	uint8_t rcode;   /* with QUERY_ERROR; RCODE_BADVERS too */
	bool has_question, edns;
	uint8_t dnssec; /* enum query_dnssec, as they stand in the OPT */
	uint8_t wants; /* enum query_wants */
	bool cookie_good;      /* filled by answer: the client is where its address says */
	uint8_t cookie_size;   /* of the COOKIE option's data; 0: there is none */
	const uint8_t *cookie; /* in the packet, where an answer will overwrite it */
	uint16_t type, class, udp_size; /* udp_size: what the client takes, 512 without EDNS */
	uint16_t question_end;
	const struct zone_view *zone; /* filled by lookup_find_zone: the one that the name is in, or NULL */
	uint64_t limit_key; /* filled by answer: what is answered, for dnsd/answer/rate_limit.h */
	struct scan name;
};

static inline bool query_dnssec_ok(const struct query *q)
{
	return q->dnssec >= DNSSEC_OK;
}

/* The client's address, which few answers depend on. */
static inline struct address query_client(const struct query *q)
{
	return q->peer == NULL ? *q->client : address_of(q->peer);
}

/* Makes of Q a message that has just come, whatever it was before: SIZE octets at PACKET, whose answer may take ROOM. What
 * is changed while it is answered is of this one message: whoever answers many in one place begins each of them here. */
static inline void query_take(struct query *q, uint8_t *packet, size_t size, size_t room, const struct sockaddr *peer,
	const struct address *client, bool tcp)
{
	q->packet = packet;
	q->size = size;
	q->room = room;
	q->peer = peer;
	q->client = client;
	q->tcp = tcp;
	q->zone = NULL;
	q->limit_key = 0;
}

/* Reads packet, size and tcp into the rest. Needs room for 512 octets at least, all of
 * which can be read, and SCAN_BEHIND more. Any thread; never fails. */
void query_read(struct query *);

#endif
