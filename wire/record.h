/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions and records as they stand in messages (RFC 1035 sections 4.1.2 and 4.1.3): sizes of what stands around
 * RDATA, reading it and writing it. */
#ifndef WIRE_RECORD_H
#define WIRE_RECORD_H

#include <stdint.h>
#include <string.h>

#include "lib/cursor.h"
#include "lib/name.h"
#include "wire/header.h"
#include "wire/octets.h"
#include "wire/type.h"

enum {
	QUESTION_FIXED = 4,       /* behind the question's name: type and class */
	QUESTION_MOST = HEADER_SIZE + NAME_WIRE + QUESTION_FIXED,
	RECORD_FIXED = 10,        /* behind the owner: type, class, TTL, RDLENGTH */
	RR_FIXED = 2 + RECORD_FIXED, /* with an owner that is a pointer */
	RR_OWNER = POINTER << 8 | QUESTION_NAME, /* a pointer to the question's name */
	SOA_NUMBERS = 20,         /* serial, refresh, retry, expire, minimum: behind the SOA's names */
	SOA_RDATA_MOST = 2 * NAME_WIRE + SOA_NUMBERS,
	MESSAGE_MOST = 65535,     /* octets of a message, by TCP's length (RFC 1035 section 4.2.2) */
	RDATA_MOST = 65535,       /* and of RDATA, by RDLENGTH */
	/* Octets of an RRset with RR_FIXED each that fit into a message, beside header, question and an OPT. */
	RRSET_MOST = MESSAGE_MOST - QUESTION_MOST - OPT_SIZE,
};

/* What stands behind a record's owner. */
struct record_fixed {
	uint16_t type, class;
	uint32_t ttl;
	uint16_t length; /* of the RDATA */
};

static inline struct record_fixed record_fixed(struct cursor *c)
{
	struct record_fixed fixed;
	fixed.type = cursor_u16(c);
	fixed.class = cursor_u16(c);
	fixed.ttl = cursor_u32(c);
	fixed.length = cursor_u16(c);
	return fixed;
}

/* Writes what stands behind the owner of a record of class IN; AT has room for RECORD_FIXED octets. */
static inline void record_put_fixed(uint8_t *at, uint16_t type, uint32_t ttl, uint16_t length)
{
	octets_put_16(at, type);
	octets_put_16(at + 2, CLASS_IN);
	octets_put_32(at + 4, ttl);
	octets_put_16(at + 8, length);
}

/* Moves a cursor past a name, whole or compressed, without a look at what it points to. Labels of the two reserved
 * types (RFC 1035 section 4.1.4) break the cursor; a broken cursor reads zeros, which end the loop. */
static inline void cursor_skip_name(struct cursor *c)
{
	for (uint8_t label; (label = cursor_u8(c)) != 0;) {
		if (label >= POINTER) {
			cursor_skip(c, 1);
			return;
		}
		c->broken |= label > NAME_LABEL;
		cursor_skip(c, label);
	}
}

/* The RDATA of the RR at RR, whose owner is a pointer, with its length; and its TTL. */
static inline const uint8_t *rr_rdata(const uint8_t *rr, uint16_t *length)
{
	*length = octets_16(rr + RR_FIXED - 2);
	return rr + RR_FIXED;
}

static inline uint32_t rr_ttl(const uint8_t *rr)
{
	return octets_32(rr + RR_FIXED - 6);
}

/* Renders one RR of class IN with the owner RR_OWNER; AT has room for RR_FIXED + LENGTH. Returns
 * its end. */
static inline uint8_t *rr_render(uint8_t *at, uint16_t type, uint32_t ttl, const void *rdata, uint16_t length)
{
	octets_put_16(at, RR_OWNER);
	record_put_fixed(at + 2, type, ttl, length);
	if (length > 0)
		memcpy(at + RR_FIXED, rdata, length);
	return at + RR_FIXED + length;
}

#endif
