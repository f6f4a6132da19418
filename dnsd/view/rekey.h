/* SPDX-License-Identifier: BSD-2-Clause */
/* Signed zones' keys: files that are followed beside the registry, and what their dates say by the clock. The
 * loader's thread. */
#ifndef DNSD_VIEW_REKEY_H
#define DNSD_VIEW_REKEY_H

#include "dnsd/view/loader.h"

/* A zone that was built anew gets the keys that it had, until its files say otherwise. */
void rekey_zone(struct loader *, struct zone_view *);

/* Follows the files, and the dates; looks now and then. */
void rekey_all(struct loader *);

/* Answers what was asked of a zone on the doorbell. */
void rekey_tell(const struct loader *, struct doorbell_zone *);

#endif
