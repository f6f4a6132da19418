/* SPDX-License-Identifier: BSD-2-Clause */
/* What windsock-prober may do once it asks relays. */
#ifndef PROBER_WALLS_H
#define PROBER_WALLS_H

#include <stdbool.h>

#include "lib/error.h"

/* Enters the sandbox, before threads start, or what of it cannot be switched off. Outcomes: those of lib/sandbox.h. */
int prober_walls_enter(const char *registry, bool wanted, struct error *);

#endif
