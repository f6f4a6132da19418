/* SPDX-License-Identifier: BSD-2-Clause */
/* Domain names: the text that people write, the wire form (RFC 1035 section 3.1), one normal form.
 *
 * The normal form of text is lower case, without the final dot ("." for the root), with
 * \DDD for octets that are not printable ASCII and a backslash before . \ " ; ( ) @ $. */
#ifndef LIB_NAME_H
#define LIB_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"

enum {
	NAME_BEHIND = 8,         /* octets behind a name that can be read: it is taken in steps of eight */
	NAME_WIRE = 255,         /* octets in a name, the root's zero included (RFC 1035 3.1) */
	NAME_LABEL = 63,         /* octets in a label */
	NAME_LABELS = 127,       /* labels in a name, the root not counted */
	NAME_TEXT = 4 * 255 + 1, /* the longest presentation form, with its NUL */
};

struct name {
	uint8_t size; /* octets of wire, at least 1 once a name was read */
	uint8_t wire[NAME_WIRE + NAME_BEHIND];
};

/* Text, absolute with or without the final dot, to lower-case wire. REFUSED cites the text. Blanks, @ and octets beyond
 * ASCII are escaped or refused: with the A-labels, where those are meant. */
int name_read(const char *text, struct name *, struct error *);

/* The same from the first LENGTH bytes; a NUL among them is refused. */
int name_read_part(const char *text, size_t length, struct name *, struct error *);

/* Wire to the normal form of text. WIRE must hold a whole uncompressed name; TEXT has room for
 * NAME_TEXT. Returns the text's length. */
size_t name_write(const uint8_t *wire, char *text);

/* The octets of the uncompressed name at WIRE, its root included, if it ends within ROOM and its
 * labels and length are within bounds; 0 otherwise. */
size_t name_size(const uint8_t *wire, size_t room);

/* The name above one that is no root, in wire form: it stands behind the first label. */
static inline const uint8_t *name_above(const uint8_t *wire)
{
	return wire + *wire + 1;
}

/* Labels of an uncompressed name, the root not counted. */
unsigned name_labels(const uint8_t *wire);

/* Copies SIZE octets of wire with the letters in lower case: length octets are below 'A'. */
void name_lower(const uint8_t *from, uint8_t *to, size_t size);

/* True if the lower-case NAME is ZONE or below it. */
bool name_within(const struct name *name, const struct name *zone);

bool name_equal(const struct name *, const struct name *);

/* A host name of RFC 1123: letters, digits, hyphens (and underscores, for pool labels use them),
 * at least two labels. */
bool name_is_host(const struct name *);

/* What is wrong with the name of a dynamic host that is to be, as a sentence; NULL when nothing is. Beside the above, no
 * label begins with an underscore: such names belong to the host below which they stand (RFC 8552). What hosts there are
 * is not judged: SQL may have written others, and they are served. */
const char *name_host_fault(const struct name *);

/* The name above one in normal form: the text behind its first label, "." behind the last, NULL above
 * the root. */
const char *name_parent(const char *normal);

/* Text to the normal form of text; NORMAL has room for NAME_TEXT. */
int name_normal(const char *text, char *normal, struct error *);

#endif
