/* SPDX-License-Identifier: BSD-2-Clause */
/* What a verb would do to clients, found inside its own transaction: for `windsock plan`, for --plan, and to refuse
 * harmful changes. Whatever the verb is, the answers to all names that clients may ask for are compared before and after:
 * pools' labels in every zone (steering/effect.h), and hosts (names_lost). */
#ifndef TOOLS_PLAN_H
#define TOOLS_PLAN_H

#include "model/fleet.h"
#include "steering/effect.h"
#include "tools/command.h"
#include "tools/names.h"
#include "tools/telemetry.h"

enum { PLAN_HASH = 40, PLAN_SHOWN = 5, PLAN_ASKED_DAYS = 30 };

/* Some names, and how many there are. */
struct name_sample {
	size_t count;
	const char *shown[PLAN_SHOWN];
};

/* Names that are answered before, and not after: of zones that go, pools' names in zones that stay, hosts. */
struct names_lost {
	struct name_sample zones, pools, hosts;
};

struct plan {
	struct arena arena;
	struct fleet before, after;
	struct host_rules names_before, names_after; /* of a verb that changes zones */
	struct names_lost lost;
	struct effect effect;
	int64_t revision;     /* before the change */
	int64_t begun;        /* before the verb wrote: serials may have been mended in between */
	uint64_t content;     /* a digest of the changes themselves */
	char hash[PLAN_HASH]; /* REVISION-DIGITS */
};

/* In the verb's transaction, before and after it ran. */
int plan_before(struct command *, struct plan *, struct error *);
int plan_after(struct command *, struct plan *, struct error *);

/* The effect and the hash; the transaction may be over. */
int plan_weigh(struct command *, struct plan *, struct error *);

/* HARMFUL when it takes answers away from clients, but for --force and in a plan. */
int plan_judge(struct command *, const struct plan *, struct error *);

/* Whether a need that is gone can be the pool's own; and does so where clients ask for it. Before the commit. */
bool plan_keeps(const struct effect_pool *);
int plan_keep(struct command *, const struct plan *, struct error *);

/* plan_hash.c. The verb and its words as they are typed, quoted where a shell wants it. */
int plan_words(struct command *, struct error *);

/* Digests what the verb changed, but for dates: they differ whenever it is done again. In its transaction. */
int plan_content(struct command *, struct plan *, struct error *);

/* Digests words, content and effect. */
int plan_seal(struct command *, struct plan *, struct error *);

/* HARMFUL when --plan was given and is of another registry, change or effect. In the transaction, before the
 * verb runs and after plan_weigh. */
int plan_fresh(struct command *, const struct plan *, struct error *);
int plan_same(struct command *, const struct plan *, struct error *);

/* plan_names.c. Names that are answered no more; in the transaction, when both pictures are there. plan_shadows looks at
 * hosts in whose place a new pool stands, of a verb that changes no zones; plan_hosts at hosts that were written: what
 * is left of them is nothing to answer. */
int plan_names(struct command *, struct plan *, struct error *);
int plan_shadows(struct command *, struct plan *, struct error *);
int plan_hosts(struct command *, struct plan *, struct error *);

void plan_print(struct command *, const struct plan *);
void plan_free(struct plan *);

#endif
