/* SPDX-License-Identifier: BSD-2-Clause */
/* RDATA by its type: of what parts it is, whether it is whole, and when two are the same. The one place that knows. */
#ifndef WIRE_RDATA_H
#define WIRE_RDATA_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/blob.h"
#include "lib/name.h"
#include "wire/type.h"

/* The parts of a type's RDATA, a letter each; "*" for types that are not known here.
 *
 *   N      a name; it may come compressed (RFC 3597 section 4), and its case is of no account (RFC 4034 section 6.2)
 *   n      a name as it is: never compressed, told apart by its case (RFC 3597 section 7)
 *   1 2 4  a number of so many octets
 *   A Q    an address of IPv4, of IPv6
 *   s      a <character-string>        t   one or more of them
 *   r      a <character-string> that is a substitution expression (wire/naptr.h)
 *   g      a <character-string> that is a word of letters and digits
 *   q      the rest, as text           h b the rest, written in hexadecimal digits or in base64
 *   e      the rest, an identifier of IEEE written by octets with hyphens
 *   w      the rest, a type bitmap     K   the rest, the parameters of SVCB
 *   G      the rest of an IPSECKEY, behind its precedence
 *   *      the rest, whose form nobody here knows */
const char *rdata_parts(uint16_t type);

/* The octets of a part at the beginning of REST, which is uncompressed: 0 when it is not there whole, or is nothing. */
size_t rdata_part(char part, struct blob rest);

/* Where in RDATA the name begins whose addresses go along as additional data (NS, MX, SRV: RFC 1035 section 3.3,
 * RFC 2782), or -1. */
static inline int rdata_target(uint16_t type)
{
	return type == TYPE_NS ? 0 : type == TYPE_MX ? 2 : type == TYPE_SRV ? 6 : -1;
}

/* Whether the type has names whose case is of no account. */
bool rdata_has_names(uint16_t type);

/* Whether uncompressed RDATA is of its type's form, and such that other name servers take it. Unknown types are. */
bool rdata_whole(uint16_t type, struct blob rdata);

/* Writes whole RDATA's canonical form (RFC 4034 section 6.2), as many octets, to TO. */
void rdata_canonical(uint16_t type, struct blob rdata, uint8_t *to);

/* The order of records of a type by their canonical form (RFC 4034 section 6.3): 0 for two that are the same to DNS
 * (RFC 2136 section 1.1.1). RDATA that is not whole is told apart by its octets. */
int rdata_compare(uint16_t type, struct blob a, struct blob b);

#endif
