/* SPDX-License-Identifier: BSD-2-Clause */
/* A received message and what was read from it (RFC 1035 section 4.1, RFC 6891). */
#ifndef DNSD_ANSWER_QUERY_H
#define DNSD_ANSWER_QUERY_H

#include <stdbool.h>
#include <stdint.h>

#include "dnsd/store/aside.h"
#include "dnsd/store/scan.h"
#include "lib/address.h"
#include "wire/header.h"

struct zone_view;

enum query_verdict {
	QUERY_DROP,   /* shorter than a header, or a response: never answered */
	QUERY_TSIG, /* a message with a TSIG record, which must be verified before it is read */
	QUERY_UPDATE, /* an UPDATE with a TSIG record: to be forwarded once it is verified (dnsd/serve/forward.h) */
	QUERY_ERROR,  /* to be answered with rcode and no data */
	QUERY_LOOKUP, /* a question of opcode QUERY that can be looked up */
};

/* The DO flag; and the CO flag: NXDOMAIN may be told by the rcode even where an NSEC proves it (RFC 9824 section 5.1). */
enum query_dnssec { DNSSEC_OK = 0x80, DNSSEC_COMPACT = 0x40, DNSSEC_FLAGS = 0xc0 };

/* EDNS options that the query asks for, besides a cookie. */
enum query_wants { WANTS_NSID = 1, WANTS_KEEPALIVE = 2 };

struct query {
	uint8_t *packet; /* the message; its answer is written behind the question, up to ROOM octets in all */
	size_t size, room;
	const struct sockaddr *peer;   /* the client's address as the socket shows it; if NULL: */
	const struct address *client;  /* the client's address */
	bool tcp;

	/* filled by query_read */
	uint8_t verdict; /* enum query_verdict */
	uint8_t rcode;   /* with QUERY_ERROR; RCODE_BADVERS too */
	bool has_question, edns;
	uint8_t dnssec; /* flags of enum query_dnssec, as in the OPT */
	uint8_t wants; /* enum query_wants */
	bool cookie_good;      /* filled by answer: the client is where its address says */
	uint8_t cookie_size;   /* of the COOKIE option's data; 0: there is none */
	const uint8_t *cookie; /* in the packet, until an answer overwrites it */
	uint16_t type, class, udp_size; /* udp_size: the most octets that the client takes by UDP, 512 without EDNS */
	uint16_t question_end;
	const struct zone_view *zone; /* filled by lookup_find_zone: the zone that the name is in, or NULL */
	uint64_t limit_key; /* filled by answer: which account of dnsd/answer/rate_limit.h the answer counts for */
	struct scan name;
};

static inline bool query_dnssec_ok(const struct query *q)
{
	return q->dnssec >= DNSSEC_OK;
}

/* The client's address. It is converted only here, for few answers depend on it. */
static inline struct address query_client(const struct query *q)
{
	return q->peer == NULL ? *q->client : address_of(q->peer);
}

/* Begins a query for a message that has just arrived: SIZE octets at PACKET, whose answer may take ROOM. Each message must
 * begin here, even where one struct query is used for many, for answering changes it. */
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

/* Reads packet, size and tcp into the other members. At least 512 octets at packet, and SCAN_BEHIND more, must be
 * readable. Any thread; never fails: what is wrong with the message is in verdict and rcode. */
void query_read(struct query *);

#endif
