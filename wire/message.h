/* SPDX-License-Identifier: BSD-2-Clause */
/* Names and RDATA as they lie in messages, hostile ones too. No I/O. */
#ifndef WIRE_MESSAGE_H
#define WIRE_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/arena.h"
#include "lib/error.h"
#include "lib/blob.h"
#include "lib/name.h"
#include "wire/record.h"

enum letters { AS_THEY_ARE, LOWER };

/* Writes a message that is a header and a question of class IN; FLAGS stand in the octet at HEADER_FLAGS. MESSAGE has room
 * for QUESTION_MOST. Returns its octets. */
size_t message_question(uint8_t *message, uint16_t id, uint8_t flags, const struct name *name, uint16_t type);

/* Reads the name at *AT, which may point back (RFC 1035 section 4.1.4) but never forward, so that it ends; *at
 * goes behind it. */
bool message_name(const uint8_t *message, size_t size, size_t *at, enum letters, struct name *);

/* The same of a record's owner, in lower case, and what stands behind it: *at goes to the RDATA, which is not looked at. */
bool message_record(const uint8_t *message, size_t size, size_t *at, struct name *owner, struct record_fixed *);

/* Uncompressed RDATA of a type's form, from SIZE octets of a message at AT. LETTERS are those of its names, but for
 * types whose names cannot be compressed, which stay. *OUT is the arena's. REFUSED when they are not of the form.
 * Unknown types are taken as they are. */
int message_rdata(const uint8_t *message, size_t at, size_t size, uint16_t type, enum letters, struct arena *,
	struct blob *out, struct error *);

#endif
