/* SPDX-License-Identifier: BSD-2-Clause */
/* Brings the view up to date, by the change log or by hosts that a writer sent with its ring. The loader's thread. */
#ifndef DNSD_VIEW_LOAD_CHANGES_H
#define DNSD_VIEW_LOAD_CHANGES_H

#include "dnsd/view/loader.h"

/* Takes in all that changed since the view's revision; reads the whole registry where the log does not reach so far back.
 * After anything but DONE, the view's revision has not moved. */
int load_changes(struct loader *, struct error *);

/* Hosts that are said to lead from one revision to another (link/host_changes.h). False where the registry is to be asked: it
 * has the rest, or the truth. */
bool load_host_changes(struct loader *, int64_t from, int64_t revision, const uint8_t *changes, size_t size);

#endif
