/* SPDX-License-Identifier: BSD-2-Clause */
/* A snapshot in the making: zones are built, kept or left out, and then all is published at once. Everything here is
 * the loader thread's, in a frozen picture of the registry. */
#ifndef DNSD_VIEW_DRAFT_H
#define DNSD_VIEW_DRAFT_H

#include "dnsd/view/load.h"

struct draft {
	struct loader *loader;
	struct arena arena, scratch;
	struct zone_view **zones; /* in the order of their names */
	size_t count;
	size_t refused;
	struct error closed; /* why the first secret cannot be opened */
	struct error first; /* what was wrong with the first row refused */
};

/* Starts from the zones of the snapshot that is served, or from none, with room for so many more. */
int draft_begin(struct draft *, struct loader *, size_t more, struct error *);

/* Counts a row that cannot be served, and keeps why if it is the first. Returns DONE. */
int draft_refuse(struct draft *, const struct error *why);

/* The zone's view, or NULL in *zone for a row that cannot be served. */
int draft_zone(struct draft *, const struct zone *row, struct zone_view **zone, struct error *);

/* Replaces, adds or leaves out the zone of this name, as the registry has it. */
int draft_rebuild(struct draft *, const char *name, struct error *);

/* Reads all else that a snapshot has, and swaps it in. What was served goes on when it fails. */
int draft_publish(struct draft *, struct error *);

/* Whatever the outcome. */
void draft_end(struct draft *);

#endif
