/* SPDX-License-Identifier: BSD-2-Clause */
/* Giving up what a daemon does not need before the first byte from outside. */
#ifndef LIB_SANDBOX_H
#define LIB_SANDBOX_H

#include "lib/error.h"

/* Call once sockets are bound and before threads start: no new privileges, no capability but to
 * open what the user may open, no core dumps of secrets. Files stay reachable: the registry may be
 * replaced under us. */
int sandbox_enter(struct error *);

#endif
