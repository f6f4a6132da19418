/* SPDX-License-Identifier: BSD-2-Clause */
/* What status says of clients: labels that they asked for today and nobody defined, the zones in which they asked for
 * pools today, and the sessions that relays have of each version. */
#ifndef TOOLS_TODAY_H
#define TOOLS_TODAY_H

#include <jansson.h>

#include "tools/telemetry.h"

struct today {
	struct telemetry_unknown *label; /* the most asked first */
	struct telemetry_zone *zone; /* the most asked first */
	struct telemetry_sessions *version; /* of the newest day, the most first */
	size_t labels, zones, versions;
};

/* Looks at the files of telemetry; trouble with them is a note. REFUSED for options that nobody asked for. */
int today_find(struct command *, struct today *, struct error *);

void today_print(FILE *out, const struct today *);
void today_json(const struct today *, json_t *object);

#endif
