/* SPDX-License-Identifier: BSD-2-Clause */
/* Names in RDATA that point to names before them (RFC 1035 section 4.1.4): in the types of that RFC alone, for
 * nobody needs to understand a pointer in others (RFC 3597 section 4). */
#ifndef WIRE_COMPRESS_H
#define WIRE_COMPRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { COMPRESS_SLOTS = 1024, COMPRESS_MOST = 768 };

/* The names that stand in a message, with each of their suffixes. One thread's. */
struct compression {
	unsigned count;
	uint16_t slot[COMPRESS_SLOTS]; /* by hash: where it stands; 0: free */
};

/* Where the names in a type's RDATA are. */
struct names_within {
	uint8_t before; /* octets in front of them */
	uint8_t count;
	bool whole;     /* these names are written whole, but later ones may point to them */
};

/* Says where in RDATA of a type the names are that are written compressed, or that others may point to; the count is 0
 * for types without such. */
struct names_within compress_names(uint16_t type);

/* Begins a message, whose question's name stands at NAME. */
void compress_begin(struct compression *, const uint8_t *packet, size_t name);

/* Writes the RDATA of LENGTH octets at AT of the packet, before END; as it is, if it is not rdata_whole (wire/rdata.h). Returns where it ends; 0 if it does not fit: then names may be noted that are not
 * there, and the message must begin anew. */
size_t compress_rdata(struct compression *, uint8_t *packet, size_t at, size_t end, uint16_t type,
	const uint8_t *rdata, size_t length);

/* Where label number LABEL, counted from 0, of the name at AT stands: behind a pointer it may be a part of another
 * name. */
size_t compress_label_at(const uint8_t *packet, size_t at, unsigned label);

/* Copies the name at AT, its pointers followed, to NAME, which has room for NAME_WIRE octets. Returns its size. */
size_t compress_read(const uint8_t *packet, size_t at, uint8_t *name);

#endif
