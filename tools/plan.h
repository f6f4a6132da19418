/* SPDX-License-Identifier: BSD-2-Clause */
/* What a verb would do to clients, found inside its own transaction: for `windsock plan`, for --plan, and
 * for the refusal of what would hurt. */
#ifndef TOOLS_PLAN_H
#define TOOLS_PLAN_H

#include "lib/fleet.h"
#include "steering/effect.h"
#include "tools/command.h"

enum { PLAN_HASH = 40 };

struct plan {
	struct arena arena;
	struct fleet before, after;
	struct effect effect;
	int64_t revision;     /* before the change */
	char hash[PLAN_HASH]; /* REVISION-DIGITS */
};

/* In the verb's transaction, before and after it ran. */
int plan_before(struct command *, struct plan *, struct error *);
int plan_after(struct command *, struct plan *, struct error *);

/* The effect and the hash; the transaction may be over. */
int plan_weigh(struct command *, struct plan *, struct error *);

/* HARMFUL when --plan was given and is of another registry, change or effect. In the transaction, before the
 * verb runs and after plan_weigh. */
int plan_fresh(struct command *, const struct plan *, struct error *);
int plan_same(struct command *, const struct plan *, struct error *);

/* HARMFUL when it empties a pool or strands a release, but for --force and in a plan. */
int plan_judge(struct command *, const struct plan *, struct error *);

void plan_print(struct command *, const struct plan *);
void plan_free(struct plan *);

#endif
