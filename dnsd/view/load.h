/* SPDX-License-Identifier: BSD-2-Clause */
/* From the registry to the view: whole at first, then what the change log says. A load that fails
 * keeps what is served. Everything here is the loader thread's. */
#ifndef DNSD_VIEW_LOAD_H
#define DNSD_VIEW_LOAD_H

#include "dnsd/view/loader.h"

/* Opens the registry and fills the view. After anything but DONE there is no view. */
int loader_start(struct loader *, struct error *);

/* Brings the view up to date, if the registry or time has moved on. On trouble the view stays as it was: it is logged
 * once, kept in `trouble`, and tried again by the next call. True if the view's revision changed. */
bool loader_follow(struct loader *);

/* The same when somebody said that there is a revision: SIZE octets of hosts (link/host_changes.h) lead to it from the
 * revision FROM, if SIZE is not 0. What is said counts only if it begins where the view stands. */
void loader_hear(struct loader *, int64_t from, int64_t revision, const uint8_t *changes, size_t size);

/* Reads everything anew, as after SIGHUP. */
void loader_reload(struct loader *);

/* To be called often: once a second, gives the mark of what is served (registry/serial.h) a newer anchor. */
void loader_anchor(struct loader *);

/* Waits for readers and frees what they can no longer see. */
void loader_reclaim(struct loader *);

/* Frees the view and closes the registry; no reader may be left. */
void loader_stop(struct loader *);

#endif
