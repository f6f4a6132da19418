/* SPDX-License-Identifier: BSD-2-Clause */
/* RR types and classes (RFC 1035 section 3.2, IANA DNS parameters), and types by their mnemonics. */
#ifndef WIRE_TYPE_H
#define WIRE_TYPE_H

#include <stdbool.h>
#include <stdint.h>

enum rr_type {
	TYPE_A = 1, TYPE_NS = 2, TYPE_MD = 3, TYPE_MF = 4, TYPE_CNAME = 5, TYPE_SOA = 6, TYPE_MB = 7, TYPE_MG = 8,
	TYPE_MR = 9, TYPE_PTR = 12, TYPE_HINFO = 13, TYPE_MINFO = 14, TYPE_MX = 15, TYPE_TXT = 16,
	TYPE_AAAA = 28, TYPE_LOC = 29, TYPE_SRV = 33, TYPE_DNAME = 39, TYPE_OPT = 41, TYPE_APL = 42, TYPE_DS = 43,
	TYPE_SSHFP = 44, TYPE_RRSIG = 46, TYPE_NSEC = 47, TYPE_DNSKEY = 48, TYPE_NSEC3 = 50, TYPE_NSEC3PARAM = 51,
	TYPE_HIP = 55, TYPE_CDS = 59, TYPE_CDNSKEY = 60, TYPE_ZONEMD = 63, TYPE_SVCB = 64, TYPE_HTTPS = 65,
	TYPE_NXNAME = 128, /* in the bitmap of an NSEC alone: there is no such name (RFC 9824) */
	TYPE_TKEY = 249, TYPE_TSIG = 250, TYPE_IXFR = 251, TYPE_AXFR = 252, TYPE_MAILB = 253, TYPE_MAILA = 254,
	TYPE_ANY = 255,
};

enum rr_class {
	CLASS_IN = 1, CLASS_CH = 3,
	CLASS_NONE = 254, CLASS_ANY = 255, /* of UPDATE's records and of questions (RFC 2136 section 2.4) */
};

/* Whether records of a zone can be of this type: not of 0, of OPT, nor of those that stand in questions and in messages'
 * own records alone (RFC 6895 section 3.1). */
static inline bool type_of_data(uint16_t type)
{
	return type != 0 && type != TYPE_OPT && (type < TYPE_TKEY || type > TYPE_ANY);
}

/* Whether records of this type are what signing makes: at the apex also those that tell the parent of the zone's keys
 * (RFC 7344 section 4.1). */
static inline bool type_of_signing(uint16_t type, bool at_apex)
{
	return type == TYPE_RRSIG || type == TYPE_NSEC || type == TYPE_DNSKEY || type == TYPE_NSEC3
		|| type == TYPE_NSEC3PARAM || (at_apex && (type == TYPE_CDS || type == TYPE_CDNSKEY));
}

/* A mnemonic, in any case, or TYPE1234 (RFC 3597 section 5). 0 when there is no such type. */
uint16_t type_read(const char *text);

/* Writes what type_read takes. TEXT has room for TYPE_TEXT octets. */
enum { TYPE_TEXT = 12 };
void type_write(uint16_t type, char *text);

#endif
