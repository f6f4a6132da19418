/* SPDX-License-Identifier: BSD-2-Clause */
/* What a zone's parent publishes of its keys. */
#ifndef TOOLS_DELEGATION_H
#define TOOLS_DELEGATION_H

#include "dnssec/zone_key.h"
#include "tools/command.h"

enum { DS_MOST = 32 };

struct delegation {
	bool known;    /* somebody told: the registry, if the parent is in it, or the machine's resolver */
	size_t count;  /* DS records */
	uint16_t tags[DS_MOST];
	const char *source; /* who told, or why nobody did */
};

/* Whether the parent has a DS for ZONE, and of which keys: by the registry, or else, with ASK, by the resolver. */
int delegation_find(struct command *, const char *zone, bool ask, struct delegation *, struct error *);

/* The zone of ours above ZONE in *above, if neither it nor what it delegates between them has NS records for ZONE: who
 * asks it alone finds no zone there. Else NULL. */
int delegation_missing(struct command *, const char *zone, const char **above, struct error *);

bool delegation_has(const struct delegation *, uint16_t tag);

#endif
