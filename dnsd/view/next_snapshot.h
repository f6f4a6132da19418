/* SPDX-License-Identifier: BSD-2-Clause */
/* A snapshot in the making: zones are built, kept or left out, and then all is published at once. Everything here is
 * the loader thread's, in a frozen picture of the registry. */
#ifndef DNSD_VIEW_NEXT_SNAPSHOT_H
#define DNSD_VIEW_NEXT_SNAPSHOT_H

#include "dnsd/view/loader.h"

struct next_snapshot {
	struct loader *loader;
	struct arena arena, scratch;
	struct zone_view **zones; /* in the order of their names */
	size_t count;
	size_t refused;
	struct error closed; /* why the first secret cannot be opened */
	struct error first; /* what was wrong with the first row refused */
};

/* Starts from the zones of the snapshot that is served, or from none, with room for so many more. */
int next_begin(struct next_snapshot *, struct loader *, size_t more, struct error *);

/* Counts a row that cannot be served, and keeps why if it is the first. Returns DONE. */
int next_refuse(struct next_snapshot *, const struct error *why);

/* The zone's view, or NULL in *zone for a row that cannot be served. */
int next_zone(struct next_snapshot *, const struct zone *row, struct zone_view **zone, struct error *);

/* Replaces, adds or leaves out the zone of this name, as the registry has it. */
int next_rebuild(struct next_snapshot *, const char *name, struct error *);

/* Reads all else that a snapshot has, and swaps it in. What was served goes on when it fails. */
int next_publish(struct next_snapshot *, struct error *);

/* Whatever the outcome. */
void next_end(struct next_snapshot *);

#endif
