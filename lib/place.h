/* SPDX-License-Identifier: BSD-2-Clause */
/* A registry's place: what daemons and operators keep beside it, and under which names. Where the registry itself is
 * (its address: the path of a file, today) is registry/'s business; all else asks here. */
#ifndef LIB_PLACE_H
#define LIB_PLACE_H

#include <limits.h>

#include "lib/arena.h"

enum place_thing {
	PLACE_KEYS,        /* REGISTRY.key: what secrets are sealed with (lib/secret.h) */
	PLACE_ZONE_KEYS,   /* REGISTRY.dnssec: a folder of the keys of signed zones (dnssec/zone_key.h) */
	PLACE_TELEMETRY,   /* REGISTRY.telemetry: queries and sessions by day (registry/telemetry.h) */
	PLACE_SERIAL,      /* REGISTRY.serial: what was served (registry/serial.h) */
	PLACE_NAME_SERVER, /* REGISTRY.dnsd: the name server's socket (link/doorbell.h) */
	PLACE_UPDATER,     /* REGISTRY.updater: the updater's socket (link/forward.h) */
	PLACE_LAST_COPY,   /* REGISTRY.last: a name server's copy of it, for when it is missing or damaged (dnsd/last_copy.h) */
	PLACE_NAME_SERVER_SUCCESSOR, /* REGISTRY.dnsd-successor: where a name server is replaced (link/takeover.h), */
	PLACE_UPDATER_SUCCESSOR,     /* REGISTRY.updater-successor: and an updater */
	PLACE_SEEN,                  /* REGISTRY.seen: the signed UPDATEs that were done (updater/seen.h) */
};

/* What stands behind the registry's name. */
const char *place_suffix(enum place_thing);

/* Its path, beside the registry as it is named: a link to one has keys of its own. The arena's; NULL when memory is out. */
char *place_path(struct arena *, const char *registry, enum place_thing);

/* Its path, beside the registry itself, to which a link may lead: so that all who use one registry meet. PATH has room for
 * PLACE_MOST octets; what is longer is cut. */
enum { PLACE_MOST = PATH_MAX + 16 };
void place_real(const char *registry, const char *suffix, char *path);

#endif
