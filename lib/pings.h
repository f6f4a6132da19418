/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets of the forms of PageKite's ping, as relays answer and releases use them. */
#ifndef LIB_PINGS_H
#define LIB_PINGS_H

#include <stdint.h>

/* A set: bit N is the form that a release's `ping` N names (model/model.h). */
typedef uint8_t ping_set;

enum { PING_FORMS = 5, PINGS_TEXT = 80 };

/* "head-ping-1.1". */
const char *ping_name(int form);

/* Words separated by a space, as an observation has them; what is no form is passed over. NULL is the
 * empty set. */
ping_set pings_read(const char *words);

/* WORDS has room for PINGS_TEXT. */
void pings_write(ping_set, char *words);

#endif
