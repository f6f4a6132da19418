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

enum letters { AS_THEY_ARE, LOWER };

/* Reads the name at *AT, which may point back (RFC 1035 section 4.1.4) but never forward, so that it ends; *at
 * goes behind it. */
bool message_name(const uint8_t *message, size_t size, size_t *at, enum letters, struct name *);

/* Uncompressed RDATA of a type's form, from SIZE octets of a message at AT. LETTERS are those of its names, but for
 * types whose names cannot be compressed, which stay. *OUT is the arena's. REFUSED when they are not of the form.
 * Unknown types are taken as they are. */
int message_rdata(const uint8_t *message, size_t at, size_t size, uint16_t type, enum letters, struct arena *,
	struct blob *out, struct error *);

#endif
