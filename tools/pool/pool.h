/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of `windsock pool` share. */
#ifndef TOOLS_POOL_H
#define TOOLS_POOL_H

#include "model/fleet.h"
#include "steering/steering.h"
#include "tools/command.h"

/* Fills a row with default values, and the command's first word as its label. */
int pool_named(struct command *, struct pool *, struct error *);

/* Reads the fleet and computes its offers, in the command's arena. */
int pool_load(struct command *, struct fleet *, struct offer **, struct error *);

/* A pool's membership without its seats, for a big fleet has many; the other lists are the arena's. */
int pool_seated(const struct fleet *, const struct offer *, const struct pool *, struct arena *,
	struct membership *, struct error *);

/* The verbs with files of their own: pool_explain.c, pool_life.c, pool_holdouts.c. */
int pool_explain(struct command *, struct error *);
int pool_freeze(struct command *, struct error *);
int pool_thaw(struct command *, struct error *);
int pool_shrink(struct command *, struct error *);
int pool_retire(struct command *, struct error *);
int pool_revive(struct command *, struct error *);
int pool_brownout(struct command *, struct error *);

int pool_holdouts(struct command *, struct error *);

/* Prints what was counted of a pool's last brownout. NOW in seconds since 1970. */
int pool_brownout_report(struct command *, const struct pool *, int64_t now, struct error *);

#endif
