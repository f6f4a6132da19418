/* SPDX-License-Identifier: BSD-2-Clause */
/* A snapshot in the making: zones are built, kept or left out, and then all is published at once. The loader's thread,
 * in a frozen picture of the registry. */
#ifndef DNSD_VIEW_NEXT_SNAPSHOT_H
#define DNSD_VIEW_NEXT_SNAPSHOT_H

#include "dnsd/view/loader.h"

struct next_snapshot {
	struct loader *loader;
	struct arena arena, scratch;
	struct zone_view **zones; /* in the order of their names */
	size_t count;
	size_t refused;
	struct error closed; /* why the first host's secret cannot be opened */
	struct error first; /* what is wrong with the first row that cannot be served */
};

/* Starts with the zones of the snapshot that is served, if there is one, and room for MORE. */
int next_begin(struct next_snapshot *, struct loader *, size_t more, struct error *);

/* Counts a row that cannot be served, and keeps why if it is the first. Returns DONE. */
int next_refuse(struct next_snapshot *, const struct error *why);

/* Builds the zone of a row; *ZONE is NULL if the row cannot be served. */
int next_zone(struct next_snapshot *, const struct zone *row, struct zone_view **zone, struct error *);

/* Builds the zone of this name anew, or leaves it out if the registry no longer has it. */
int next_rebuild(struct next_snapshot *, const char *name, struct error *);

/* Reads pools, keys and secondaries, and swaps the snapshot in. After anything but DONE, the old one is served on. */
int next_publish(struct next_snapshot *, struct error *);

/* Frees what was not published. To be called after begin, whatever the outcomes. */
void next_end(struct next_snapshot *);

#endif
