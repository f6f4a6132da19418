/* SPDX-License-Identifier: BSD-2-Clause */
/* A row of the change log taken apart: the object as it was, and as it became. */
#ifndef REGISTRY_CHANGE_ROW_H
#define REGISTRY_CHANGE_ROW_H

#include "registry/registry.h"

/* One side of a change. Fields that the log does not tell have a new object's values. Bit N of the sets is the kind's Nth
 * field. */
struct change_side {
	union any_row row;
	bool there;       /* there was or is such an object */
	uint64_t told;    /* fields whose values the log tells, keys among them */
	uint64_t secrets; /* hidden fields that are others than before, whose values it does not tell */
	uint64_t held;    /* of a row that was removed: hidden fields that went with it */
	uint64_t untold;  /* and those of which the log does not say whether they did, as before schema version 17 */
};

/* Reads the side before, or AFTER, the change; its texts are the arena's. REFUSED for a change that is of no row
 * (registry_note), and for what cannot be read, for SQL by hand may write anything. */
int change_read(const struct change *, bool after, struct arena *, struct change_side *, struct error *);

#endif
