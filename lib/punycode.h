/* SPDX-License-Identifier: BSD-2-Clause */
/* Names with letters beyond ASCII as DNS has them (RFC 3492, RFC 5890). Capitals beyond ASCII stay, and nothing is
 * normalized: the result is for a hint to a person, and is never taken as input. */
#ifndef LIB_PUNYCODE_H
#define LIB_PUNYCODE_H

#include "lib/text.h"

/* Appends the name with A-labels in the place of others. False when the text is not UTF-8, or memory is out. */
bool punycode(const char *text, struct text *);

#endif
