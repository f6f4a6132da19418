/* SPDX-License-Identifier: BSD-2-Clause */
/* UPDATE messages (RFC 2136), read safely from hostile octets, and their answers. No I/O. */
#ifndef WIRE_UPDATE_H
#define WIRE_UPDATE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/arena.h"
#include "lib/error.h"
#include "lib/blob.h"
#include "lib/name.h"
#include "wire/header.h"
#include "wire/type.h"

enum {
	UPDATE_RECORDS = 1000,  /* records in a message at most, whoever sends it */
};

/* A record of the prerequisite or update section. What it says is told by class, type and RDATA:
 *
 *   prerequisite                     update
 *   ANY   type   RRset exists        IN    type   add to an RRset
 *   ANY   ANY    name is in use      ANY   type   delete an RRset
 *   IN    type   RRset is just this  ANY   ANY    delete all RRsets of a name
 *   NONE  type   RRset does not      NONE  type   delete a record from an RRset
 *   NONE  ANY    name is not */
struct update_record {
	const char *owner; /* in normal form, the arena's */
	struct name name;
	uint16_t type, class;
	uint32_t ttl;
	struct blob rdata; /* uncompressed, names in lower case where RFC 4034 section 6.2 wants it */
};

struct update_message {
	uint16_t id;
	const char *zone; /* in normal form, the arena's */
	struct name zone_name;
	uint16_t zone_type, zone_class;
	struct update_record *prerequisites, *updates;
	size_t prerequisite_count, update_count;
	bool edns;
};

/* Reads a whole message. REFUSED where it is malformed, which is answered FORMERR: this is section 3.2's and
 * 3.4.1's look at each record's form, too. Whether names are within the zone is update_outside's to say. */
int update_read(const uint8_t *message, size_t size, struct arena *, struct update_message *, struct error *);

/* The first name that is outside the zone; NULL when there is none. */
const char *update_outside(const struct update_message *);

/* Whether the message's last record is a TSIG; a cheap look that believes lengths, not contents. */
bool update_has_tsig(const uint8_t *message, size_t size);

/* Writes the answer to a message of at least HEADER_SIZE octets: its header and, where it can be read, its
 * zone section; with EDNS an OPT and, where WHY is not NULL, an extended error (RFC 8914). ANSWER has room for
 * UPDATE_ANSWER. Returns its octets. */
enum { UPDATE_ANSWER = 1024 };
size_t update_answer(const uint8_t *message, size_t size, enum rcode, bool edns, uint16_t code, const char *why,
	uint8_t *answer);

#endif
