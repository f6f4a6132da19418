/* SPDX-License-Identifier: BSD-2-Clause */
/* The view from the whole registry: at the start, and where the change log does not reach. The loader's thread. */
#ifndef DNSD_VIEW_LOAD_WHOLE_H
#define DNSD_VIEW_LOAD_WHOLE_H

#include "dnsd/view/loader.h"

int load_whole(struct loader *, struct error *);

/* The same in a frozen picture. */
int load_whole_frozen(struct loader *, struct error *);

/* The view is at this revision now. The serial never goes back, though the registry may have been replaced by an older
 * one. */
void load_serve(struct loader *, int64_t revision);

#endif
