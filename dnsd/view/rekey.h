/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeps signed zones' keys up to date: key files change without the registry, and the dates in them come to pass. The
 * loader's thread. */
#ifndef DNSD_VIEW_REKEY_H
#define DNSD_VIEW_REKEY_H

#include "dnsd/view/loader.h"

/* Gives a zone that was built anew the keys that it had before, or reads its key files if it had none or its settings
 * changed. */
void rekey_zone(struct loader *, struct zone_view *);

/* To be called often: once a second, looks for key files that changed and dates that have come. */
void rekey_all(struct loader *);

/* Fills in the answer about the zone that a ring of the doorbell asks for. */
void rekey_tell(const struct loader *, struct doorbell_zone *);

#endif
