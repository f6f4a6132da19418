/* SPDX-License-Identifier: BSD-2-Clause */
/* The substitution expression of NAPTR (RFC 3402 section 3.2, RFC 3403 section 4.1). */
#ifndef WIRE_NAPTR_H
#define WIRE_NAPTR_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the text is empty, or a delimiter, an extended regular expression, the delimiter, its replacement, the
 * delimiter, and "i" or nothing. Other name servers refuse a whole zone for one that is neither. */
bool naptr_expression(const char *text, size_t size);

#endif
