/* SPDX-License-Identifier: BSD-2-Clause */
/* A message's header (RFC 1035 section 4.1.1), and the numbers that stand in it and in the OPT record (RFC 6891). */
#ifndef WIRE_HEADER_H
#define WIRE_HEADER_H

#include <stddef.h>
#include <stdint.h>

/* Where its parts stand, in octets. */
enum {
	HEADER_ID = 0, HEADER_FLAGS = 2, HEADER_RCODE = 3,
	HEADER_QUESTIONS = 4, HEADER_ANSWERS = 6, HEADER_AUTHORITIES = 8, HEADER_ADDITIONALS = 10,
	HEADER_SIZE = 12,
	QUESTION_NAME = HEADER_SIZE, /* where the first question's name stands */
};

/* In the octet at HEADER_FLAGS, with the opcode. */
enum { FLAG_QR = 0x80, OPCODE_SHIFT = 3, OPCODE_MASK = 0x0f << OPCODE_SHIFT, FLAG_AA = 0x04, FLAG_TC = 0x02, FLAG_RD = 0x01 };

/* In the octet at HEADER_RCODE, with the lower four bits of the rcode. */
enum { FLAG_RA = 0x80, FLAG_AD = 0x20, FLAG_CD = 0x10, RCODE_MASK = 0x0f };

enum opcode { OPCODE_QUERY = 0, OPCODE_NOTIFY = 4, OPCODE_UPDATE = 5 };

enum rcode {
	RCODE_NOERROR = 0, RCODE_FORMERR = 1, RCODE_SERVFAIL = 2, RCODE_NXDOMAIN = 3, RCODE_NOTIMP = 4, RCODE_REFUSED = 5,
	RCODE_YXDOMAIN = 6, RCODE_YXRRSET = 7, RCODE_NXRRSET = 8, RCODE_NOTAUTH = 9, RCODE_NOTZONE = 10,
	RCODE_BADVERS = 16, /* its upper bits stand in the OPT */
};

/* The OPT record: its size without options, and the options' codes. */
enum { OPT_SIZE = 11, OPTION_NSID = 3, OPTION_COOKIE = 10, OPTION_KEEPALIVE = 11, OPTION_EXTENDED_ERROR = 15 };

/* Why an answer is what it is (RFC 8914 section 4): the codes that tell an operator something of ours. */
enum extended_error {
	EXTENDED_OTHER = 0, EXTENDED_STALE = 3, EXTENDED_PROHIBITED = 18, EXTENDED_NOT_AUTHORITATIVE = 20,
	EXTENDED_INVALID_TYPE = 30,
};

/* A name that ends with two octets whose upper two bits are set goes on where the other bits say (section 4.1.4). */
enum { POINTER = 0xc0, POINTER_MOST = 0x3fff };

static inline uint16_t pointer_to(size_t at)
{
	return (uint16_t)(POINTER << 8 | at);
}

/* What everybody takes by UDP, without EDNS. */
enum { UDP_LEAST = 512 };

#endif
