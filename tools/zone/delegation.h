/* SPDX-License-Identifier: BSD-2-Clause */
/* What a zone's parent publishes about it: its delegation and its DS. */
#ifndef TOOLS_DELEGATION_H
#define TOOLS_DELEGATION_H

#include "dnssec/zone_key.h"
#include "tools/command.h"

enum { DS_MOST = 32 };

struct delegation {
	bool known;    /* the registry (if it has the parent) or the machine's resolver has answered */
	size_t count;  /* DS records */
	uint16_t tags[DS_MOST];
	const char *source; /* which of both answered, or why none did */
};

/* Finds which DS the parent has for ZONE: by the registry, or else, with ASK, by the machine's resolver. */
int delegation_find(struct command *, const char *zone, bool ask, struct delegation *, struct error *);

/* Sets *ABOVE to our zone above ZONE, if neither that zone nor one that it delegates between both has NS for ZONE, so that
 * a server of that zone alone does not refer to ZONE. Else NULL. */
int delegation_missing(struct command *, const char *zone, const char **above, struct error *);

bool delegation_has(const struct delegation *, uint16_t tag);

#endif
