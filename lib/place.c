/* SPDX-License-Identifier: BSD-2-Clause */
/* The names of what stands beside a registry. */
#include "lib/place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const suffixes[] = {
	[PLACE_KEYS] = ".key",
	[PLACE_ZONE_KEYS] = ".dnssec",
	[PLACE_TELEMETRY] = ".telemetry",
	[PLACE_SERIAL] = ".serial",
	[PLACE_NAME_SERVER] = ".dnsd",
	[PLACE_UPDATER] = ".updater",
	[PLACE_LAST_COPY] = ".last",
	[PLACE_NAME_SERVER_SUCCESSOR] = ".dnsd-successor",
	[PLACE_UPDATER_SUCCESSOR] = ".updater-successor",
	[PLACE_SEEN] = ".seen",
};

const char *place_suffix(enum place_thing thing)
{
	return suffixes[thing];
}

char *place_path(struct arena *arena, const char *registry, enum place_thing thing)
{
	return arena_format(arena, "%s%s", registry, suffixes[thing]);
}

void place_real(const char *registry, const char *suffix, char *path)
{
	if (realpath(registry, path) == NULL) /* there is none yet */
		snprintf(path, PATH_MAX, "%s", registry);
	size_t length = strlen(path);
	snprintf(path + length, PLACE_MOST - length, "%s", suffix);
}
