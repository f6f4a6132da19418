/* SPDX-License-Identifier: BSD-2-Clause */
/* The view brought up to date by what the change log says, or somebody else. The loader's thread. */
#ifndef DNSD_VIEW_LOAD_CHANGES_H
#define DNSD_VIEW_LOAD_CHANGES_H

#include "dnsd/view/loader.h"

/* All that changed since the view's revision; the whole registry where the log does not tell. */
int load_changes(struct loader *, struct error *);

/* Hosts that are said to lead from one revision to another (link/moved.h). False where the registry is to be asked: it
 * has the rest, or the truth. */
bool load_moved(struct loader *, int64_t from, int64_t revision, const uint8_t *moved, size_t size);

#endif
