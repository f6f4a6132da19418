/* SPDX-License-Identifier: BSD-2-Clause */
/* What windsock-dnsd may do once it serves. */
#ifndef DNSD_WALLS_H
#define DNSD_WALLS_H

#include "settings/dnsd.h"

/* Enters the sandbox, before threads start; what lib/sandbox.h says of the outcome. KEYS: the folder of zones' keys. */
int dnsd_walls_enter(const struct settings *, const char *keys, const char *config, struct error *);

#endif
