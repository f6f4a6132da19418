/* SPDX-License-Identifier: BSD-2-Clause */
/* What a verb would do to clients, found inside its own transaction: for `windsock plan`, for --plan, and to refuse
 * harmful changes. Whatever the verb is, the answers to all names that clients may ask for are compared before and after:
 * pools' labels in every zone (steering/effect.h), and hosts (names_lost). */
#ifndef TOOLS_PLAN_H
#define TOOLS_PLAN_H

#include "model/fleet.h"
#include "steering/effect.h"
#include "tools/command.h"
#include "tools/plan/names.h"
#include "tools/telemetry.h"

enum { PLAN_HASH = 40, PLAN_SHOWN = 5 };

/* Some names, and how many there are. */
struct name_sample {
	size_t count;
	const char *shown[PLAN_SHOWN];
};

/* A zone that goes, with all pools in it, or that stays and answers some pools' names no more. */
struct lost_zone {
	const char *name;
	bool stays;
};

/* Names that are answered before, and not after: of zones that go, names in zones that stay of pools and of labels that a pool
 * stands in for, hosts, and static data that a pool, a zone or a delegation hides. */
struct names_lost {
	struct name_sample zones, pools, hosts, statics;
	struct lost_zone *all; /* of zones, each that loses any */
	size_t all_count;
	const char *secondary; /* where zones are lost: one that answers for them, too; NULL */
};

/* What clients asked for, of what the change takes away. */
struct asked {
	const char *name;  /* a pool's label, or a zone's name */
	const char *fate;  /* what would become of a pool, though no release that is known be hurt; or NULL */
	const struct effect_pool *pool;
	const struct lost_zone *zone; /* one of both is NULL */
	double networks;   /* about, in the last ASKED_DAYS */
};

/* A pool that goes on to need what nothing says any more. */
struct kept {
	struct pool *pool; /* after the change */
	double networks;   /* that asked for it, about, in the last ASKED_DAYS; 0 when it is not known how many */
};

/* Why it is not known who asked. */
enum plan_doubt { DOUBT_NOBODY_COUNTS = 1, DOUBT_UNREADABLE = 2, DOUBT_DAYS = 4, DOUBT_SECONDARY = 8 };

struct plan {
	struct arena arena;
	struct fleet before, after;
	struct effect_wish wish;
	struct host_rules names_before, names_after; /* of a verb that changes zones */
	struct names_lost lost;
	struct effect effect;
	struct telemetry_files files;
	const char *unreadable; /* why there are none of them; NULL */
	struct asked *asked;    /* pools, then zones */
	size_t asked_count;
	struct kept *kept;      /* needs that pools go on to have, as their own */
	size_t kept_count;
	bool keeps_none;        /* for it would hurt */
	double untold;          /* networks that asked in zones that were not told apart, where zones go; 0 */
	unsigned doubts;        /* enum plan_doubt: where a verdict rests on who asked */
	const char *doubt;      /* the same in words; NULL */
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

/* Another clause of a sentence, which WORDS begin. */
void plan_begin(struct text *, const char *words);

/* plan_asked.c. Before the transaction: opens telemetry; labels that clients asked for of late and that nobody defined go to the
 * wish. ABSENT for a file that was named and is not there; what cannot be read otherwise is not known. */
int plan_look(struct command *, struct plan *, struct error *);

/* Who asked for what the change takes away, when the effect is known; and the harm of it in words. */
int plan_ask(struct plan *, struct error *);
void plan_describe_asked(const struct plan *, struct text *);

/* Finds the pools that go on to need what nothing says any more, as their own, for clients ask for them: the fleet after the
 * change is then another one, and is to be weighed anew. plan_forget takes that back: the needs are forgotten, which is a harm. */
int plan_find_kept(struct plan *, struct error *);
void plan_forget(struct plan *);

/* Writes it. Before the commit. */
int plan_keep(struct command *, const struct plan *, struct error *);

/* plan_hash.c. The verb and its words as they are typed, quoted where a shell wants it. */
int plan_words(struct command *, struct error *);

/* Digests what the verb changed, but for dates: they differ whenever it is done again. In its transaction. */
int plan_content(struct command *, struct plan *, struct error *);

/* Digests words, content and effect, and of who asked for what, though not how many: that moves by the minute. */
int plan_seal(struct command *, struct plan *, struct error *);

/* HARMFUL when --plan was given and is of another registry, change or effect. In the transaction, before the
 * verb runs and after plan_weigh. */
int plan_fresh(struct command *, const struct plan *, struct error *);
int plan_same(struct command *, const struct plan *, struct error *);

/* plan_names.c. Names that are answered no more; in the transaction, when both pictures are there. plan_shadows looks at
 * hosts and static addresses in whose place a new pool stands, of a verb that changes no zones; plan_hosts at hosts that were written: what
 * is left of them is nothing to answer. */
int plan_names(struct command *, struct plan *, struct error *);
int plan_shadows(struct command *, struct plan *, struct error *);
int plan_hosts(struct command *, struct plan *, struct error *);

/* One more name of a sample, which the arena keeps. */
int plan_sample(struct arena *, struct name_sample *, const char *name, struct error *);

/* plan_static.c. Static data that is hidden: wherever, by both pictures of names; or addresses at a new pool's name. */
int plan_static(struct command *, struct plan *, struct error *);
int plan_static_at(struct command *, struct plan *, const char *zone, const char *name, struct error *);

void plan_print(struct command *, const struct plan *);
void plan_free(struct plan *);

#endif
