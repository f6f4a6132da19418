/* SPDX-License-Identifier: BSD-2-Clause */
/* What windsock-updater may do once it serves. */
#ifndef UPDATER_WALLS_H
#define UPDATER_WALLS_H

#include "settings/updater.h"

/* Enters the sandbox, before threads start; what lib/sandbox.h says of the outcome. CONFIG: the file of settings. */
int updater_walls_enter(const struct settings *, const char *config, struct error *);

#endif
