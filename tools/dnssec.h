/* SPDX-License-Identifier: BSD-2-Clause */
/* What the verbs of `windsock dnssec` share. */
#ifndef TOOLS_DNSSEC_H
#define TOOLS_DNSSEC_H

#include "link/doorbell.h"
#include "dnssec/zone_key.h"
#include "tools/command.h"

/* Seconds that are waited beyond TTLs, for secondaries and caches to follow; and how long a DS may be cached. */
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

/* Of the zone that the first word names. Without keys, the count is 0. Forget them when it is done. */
int dnssec_open(struct command *, struct zone_keys_of *, struct error *);

/* A key's files are to be written: that is done right before the commit, when nothing refuses it any more. */
int dnssec_write(struct command *, const struct zone_keys_of *, const struct zone_key *, struct error *);

/* What --algorithm says; STANDARD where it is not given. */
int dnssec_algorithm(struct command *, uint8_t standard, uint8_t *algorithm, struct error *);

/* Makes a key that is published now, unlike all others of the zone by its tag. */
int dnssec_make(struct zone_keys_of *, uint16_t flags, uint8_t algorithm, struct zone_key *, struct error *);

/* What the name server serves of a zone (dnssec_served.c). */
struct dnssec_served {
	bool known;            /* a name server told */
	struct error silence;  /* why not */
	struct doorbell bell;
};
void dnssec_ask(struct command *, const struct zone_keys_of *, struct dnssec_served *);

/* Waits some seconds until the name server publishes the keys that its zone's files say, and signs: FAILED says that
 * it does not, and why. A name server that is not there is noted. */
int dnssec_confirm(struct command *, struct error *);

/* What is left to be done once that is so. */
void dnssec_wants_ds(struct command *, const struct zone_keys_of *);

int dnssec_roll(struct command *, struct error *);   /* dnssec_roll.c */
int dnssec_unsign(struct command *, struct error *); /* dnssec_leave.c */

/* A zone that is signed has not begun to leave. */
int dnssec_forget_leaving(struct command *, const struct zone_keys_of *, struct error *);

#endif
