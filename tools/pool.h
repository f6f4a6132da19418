/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TOOLS_POOL_H
#define TOOLS_POOL_H

#include "lib/fleet.h"
#include "steering/steering.h"
#include "tools/command.h"

/* A row of standard values with the first word as its label. */
int pool_named(struct command *, struct pool *, struct error *);

/* The fleet and its offers, in the command's arena. */
int pool_load(struct command *, struct fleet *, struct offer **, struct error *);

/* The verb with a file of its own: pool_explain.c. */
int pool_explain(struct command *, struct error *);

#endif
