/* SPDX-License-Identifier: BSD-2-Clause */
/* The operator's command: finds the verb that the words name, and lets it work on the registry. */
#ifndef TOOLS_COMMAND_H
#define TOOLS_COMMAND_H

#include <stdbool.h>
#include <stdio.h>

#include "lib/arena.h"
#include "lib/error.h"
#include "model/model.h"
#include "registry/registry.h"

enum status { STATUS_DONE = 0, STATUS_FAILED = 1, STATUS_USAGE = 2, STATUS_HARMFUL = 3 };

enum { OPTIONS_MOST = 64, WORDS_MOST = 64 };

struct given_option {
	const char *name, *value; /* without dashes; value "" for flags */
	bool flag;                /* it takes no value */
	bool used;                /* the verb has read it; options that it does not read are refused */
};

struct command;

enum verb_flag {
	VERB_READS = 1,   /* reads a frozen picture of the registry */
	VERB_CHANGES = 2, /* runs in one write transaction; takes --dry-run and --reason */
	VERB_STEERS = 4,  /* may change pools: refused when that would hurt clients (steering/effect.h) */
	VERB_PREPARES = 16, /* runs also before the transaction, to do what takes long while others can write */
	VERB_ZONES = 32,    /* may change which names are answered: refused when clients would lose names */
	VERB_HOSTS = 64,    /* may take addresses from hosts that its words do not name: refused likewise */
	VERB_ALONE = 128,   /* knows no registry: windsock.conf is not read for where it is, and may be broken */
	VERB_BULK = 8,    /* may change a million rows, so the name server is given longer to follow */
};

/* A verb: `windsock NOUN VERB WORDS OPTIONS`. The help is made from these. */
struct verb {
	const char *noun, *name; /* name is "" for a noun that is a verb by itself, as `status` */
	int flags;
	int words_least, words_most;
	const char *usage, *help, *example;
	int (*run)(struct command *, struct error *);
};

struct command {
	const struct verb *verb;
	const char *words[WORDS_MOST];
	int word_count;
	struct given_option options[OPTIONS_MOST];
	int option_count;
	const char *registry_path, *reason, *typed; /* typed: the words for the audit, without secrets */
	const char *plan;    /* --plan: the hash of the plan that this must match */
	const char *planned; /* while planning: the verb and its words, as they must be typed to apply the plan */
	const char *planned_how; /* and the options that say where and why, as " --registry FILE" */
	bool json, dry_run, force, planning, help;
	FILE *out;           /* where the verb prints: standard output, or a buffer that is shown after the commit */
	struct text remarks; /* while planning: lines of what else the operator should know */
	struct text harms;   /* while planning: why the verb would be refused without --force */
	int (*settle)(struct command *, struct error *); /* writes what is beside the registry, when nothing is refused */
	int (*then)(struct command *, struct error *); /* does what is left when the change is committed */
	uint64_t besides;          /* a digest of what the verb depends on outside of the registry: key files */
	bool preparing;            /* a VERB_PREPARES runs before its transaction */
	bool judged;               /* the verb has judged what it wrote by itself (zone/judge.h) */
	void *prepared;            /* what the verb has prepared */
	void (*discard)(struct command *); /* frees that; NULL if there is nothing to free */
	struct registry *registry; /* open while the verb runs, unless it has no flags */
	struct arena arena;        /* for what lives as long as the command */
	int status;                /* the exit status of a verb that has its own, like check */
	bool reading;              /* a file is being read: REFUSED now does not mean the words that were typed */
};

/* The value of an option, the last one if it was given several times; NULL when it was not given. */
const char *option(struct command *, const char *name);
bool option_flag(struct command *, const char *name);

/* All values of an option that may be given several times, separated by spaces; NULL when there are none. */
const char *option_all(struct command *, const char *name);

/* Sets each field of the row for which --FIELD was given. CHANGED may be NULL. */
int options_to_row(struct command *, const struct kind *, void *row, bool *changed, struct error *);

/* Sets one field from text, for options that are not named as their field, and for words. */
int set_field(struct command *, const struct kind *, void *row, const char *field, const char *text,
	struct error *);

/* REFUSED when options were given that the verb has not read. Call it when the verb has read its options. */
int options_done(struct command *, struct error *);

/* Reads one line from standard input without its newline, for secrets. REFUSED when it is empty. */
int read_secret(struct command *, const char *what, const char **secret, struct error *);

/* Tells the operator something on standard error: "note: ...". */
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same for what the verb does or would do; a plan shows it with the rest. */
void remark(struct command *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Notes who does it, by which words and why, for all that the transaction changes. */
int name_actor(const struct command *, struct registry *, struct error *);

/* Raises the revision of a registry that went back, as from a backup, past all serials that were served, and notes that.
 * Call it in the verb's transaction. */
int mend_serials(struct command *, struct error *);

/* Prints what was done, unless --json: "relay r1 added". */
void say(const struct command *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Says that the change would hurt clients, in these words: HARMFUL; with --force a note, and DONE; in a plan the words are
 * kept for plan_print, and DONE. */
int harm(struct command *, struct error *, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* registry_get; if ABSENT, the error names the next step. */
int fetch(struct command *, const struct kind *, const void *key, void *row, struct error *);

/* registry_add, registry_set and registry_remove, and a one-line report. */
int add_row(struct command *, const struct kind *, const void *row, struct error *);
int set_row(struct command *, const struct kind *, const void *row, const char *done, struct error *);
int remove_row(struct command *, const struct kind *, const void *key, struct error *);

/* Opens what the verb needs, runs it, and commits, or rolls back for --dry-run. */
int perform(struct command *, struct error *);

/* The tables of verbs, each ended by one without a noun; tools/verbs.h goes through all. */
extern const struct verb zone_verbs[], relay_verbs[], release_verbs[], pool_verbs[], account_verbs[],
	host_verbs[], record_verbs[], dnssec_verbs[], tsig_verbs[], secondary_verbs[], registry_verbs[],
	config_verbs[];

#endif
