/* SPDX-License-Identifier: BSD-2-Clause */
/* What windsock-prober may do once it asks relays. */
#ifndef PROBER_WALLS_H
#define PROBER_WALLS_H

#include <stdbool.h>

#include "lib/error.h"

/* Enters the sandbox, before threads start, or what of it cannot be switched off. CONFIG: the file of settings. Outcomes: those of lib/sandbox.h. */
int prober_walls_enter(const char *registry, const char *config, bool wanted, struct error *);

#endif
