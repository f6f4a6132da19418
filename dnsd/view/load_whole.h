/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the whole registry into the view: at the start, and where the change log does not reach. The loader's thread. */
#ifndef DNSD_VIEW_LOAD_WHOLE_H
#define DNSD_VIEW_LOAD_WHOLE_H

#include "dnsd/view/loader.h"

/* After anything but DONE, what was served is served on. */
int load_whole(struct loader *, struct error *);

/* The same, called in a frozen picture of the registry. */
int load_whole_frozen(struct loader *, struct error *);

/* Notes that the view is at this revision, and serves it. The serial never goes back, even if the registry was replaced
 * by an older one (loader.offset). */
void load_serve(struct loader *, int64_t revision);

#endif
