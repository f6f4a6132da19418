/* SPDX-License-Identifier: BSD-2-Clause */
/* A verb that changes: one transaction, whose harm to clients is looked at before it is committed. */
#ifndef TOOLS_CHANGE_H
#define TOOLS_CHANGE_H

#include "tools/command.h"

/* Runs c->verb in a write transaction, names the actor, refuses with HARMFUL what would leave an
 * open pool without a compatible relay (--force --reason overrides), commits unless --dry-run, and
 * waits until the name server answers the change. */
int perform_change(struct command *, struct error *);


#endif
