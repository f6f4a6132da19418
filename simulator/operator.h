/* SPDX-License-Identifier: BSD-2-Clause */
/* The operator, who does a scenario's actions to the stage. */
#ifndef SIMULATOR_OPERATOR_H
#define SIMULATOR_OPERATOR_H

#include "simulator/action.h"
#include "simulator/stage.h"

/* Does an action. REFUSED when the fleet has no such object, or has it already, or the object's state forbids it. */
int operator_do(struct stage *, const struct action *, struct error *);

#endif
