/* SPDX-License-Identifier: BSD-2-Clause */
/* What the verbs of `windsock dnssec` share. */
#ifndef TOOLS_DNSSEC_H
#define TOOLS_DNSSEC_H

#include "link/doorbell.h"
#include "dnssec/zone_key.h"
#include "tools/command.h"

/* Seconds to wait beyond a TTL, for secondaries to follow; and the TTL that a DS at the parent may have. */
enum { DNSSEC_MARGIN = 3600, DNSSEC_DS_TTL = 86400 };

/* A zone and its keys. */
struct zone_keys_of {
	struct zone zone;
	struct name name;
	const char *directory; /* --keys, or beside the registry */
	struct zone_key keys[ZONE_KEYS_MOST];
	size_t count;
	int64_t now, longest; /* longest: the TTL that a record of the zone may have */
};

/* Reads the zone that the first word names, and its keys; without keys, the count is 0. Forget the keys when done. */
int dnssec_open(struct command *, struct zone_keys_of *, struct error *);

/* Notes that a key's files are to be written, which is done right before the commit, when nothing is refused any more. */
int dnssec_write(struct command *, const struct zone_keys_of *, const struct zone_key *, struct error *);

/* Reads --algorithm; STANDARD if it is not given. */
int dnssec_algorithm(struct command *, uint8_t standard, uint8_t *algorithm, struct error *);

/* Makes a key that is published from now on, with a tag that no other key of the zone has. */
int dnssec_make(struct zone_keys_of *, uint16_t flags, uint8_t algorithm, struct zone_key *, struct error *);

/* What the name server serves of a zone (dnssec_served.c). */
struct dnssec_served {
	bool known;            /* a name server answered */
	struct error silence;  /* why none did */
	struct doorbell bell;
};
void dnssec_ask(struct command *, const struct zone_keys_of *, struct dnssec_served *);

/* Waits some seconds until the name server publishes the keys of the zone's files, and signs. FAILED, with the reason, when
 * it does not. If there is no name server, that is noted. */
int dnssec_confirm(struct command *, struct error *);

/* Tells the operator what to do at the parent when the zone is served so. */
void dnssec_wants_ds(struct command *, const struct zone_keys_of *);

int dnssec_roll(struct command *, struct error *);   /* dnssec_roll.c */
int dnssec_unsign(struct command *, struct error *); /* dnssec_leave.c */

/* Forgets that the zone has begun to leave DNSSEC, for it is signed again. */
int dnssec_forget_leaving(struct command *, const struct zone_keys_of *, struct error *);

#endif
