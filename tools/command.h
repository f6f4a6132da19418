/* SPDX-License-Identifier: BSD-2-Clause */
/* The operator's command: words to a verb, a verb to the registry. */
#ifndef TOOLS_COMMAND_H
#define TOOLS_COMMAND_H

#include <stdbool.h>
#include <stdio.h>

#include "lib/arena.h"
#include "lib/error.h"
#include "model/model.h"
#include "registry/registry.h"

enum status { STATUS_DONE = 0, STATUS_FAILED = 1, STATUS_USAGE = 2, STATUS_HARMFUL = 3 };

enum { OPTIONS_MOST = 64, WORDS_MOST = 8 };

struct given_option {
	const char *name, *value; /* without dashes; value "" for flags */
	bool flag;                /* it takes no value */
	bool used;                /* by the verb: what nobody used is refused */
};

struct command;

enum verb_flag {
	VERB_READS = 1,   /* opens the registry and reads a picture that does not move */
	VERB_CHANGES = 2, /* in one write transaction; --dry-run and --reason are understood */
	VERB_STEERS = 4,  /* may change pools: refused when it would leave an open pool empty */
	VERB_PREPARES = 16, /* runs before the transaction, too, for what takes long: others can write meanwhile */
	VERB_ZONES = 32,    /* may change which names are served: refused when clients would lose some */
	VERB_HOSTS = 64,    /* may take the addresses of hosts that its words do not name: refused likewise */
	VERB_BULK = 8,    /* perhaps a million rows: the name server is given longer to follow */
};

/* A verb: `windsock NOUN VERB WORDS OPTIONS`. The help of all is made from these. */
struct verb {
	const char *noun, *name; /* name "" for a noun that is a verb itself: status */
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
	const char *plan;    /* --plan: the hash of the plan that this is to be */
	const char *planned; /* of a plan: the verb and its words, as they are to be typed to apply it */
	const char *planned_how; /* and options that say where, and why: " --registry FILE" */
	bool json, dry_run, force, planning;
	FILE *out;           /* where the verb prints: standard output, or what is shown once it is true */
	struct text remarks; /* of a plan: lines of what else is to be known */
	struct text harms;   /* why it would be refused, but for --force */
	int (*settle)(struct command *, struct error *); /* what is written beside the registry, when nothing refuses it */
	int (*then)(struct command *, struct error *); /* what is left to do when the change is committed */
	uint64_t besides;          /* a digest of what the verb rests on and that is not in the registry: key files */
	bool preparing;            /* VERB_PREPARES */
	bool judged;               /* the verb looked at the form of what it wrote by itself (zone/judge.h) */
	void *prepared;            /* by the verb */
	void (*discard)(struct command *); /* it, in the end; NULL for nothing */
	struct registry *registry; /* open while the verb runs, unless it has no flags */
	struct arena arena;        /* for what lives as long as the command */
	int status;                /* of a verb that has one of its own, like check */
	bool reading;              /* a file: what is REFUSED now is not the words that were typed */
};

/* The value of an option; NULL when it was not given, or nothing of it is left. */
const char *option(struct command *, const char *name);
bool option_flag(struct command *, const char *name);

/* All values of an option that may be given again, separated by a space; NULL when there is none. */
const char *option_all(struct command *, const char *name);

/* Sets each field of the row for which --FIELD was given. CHANGED may be NULL. */
int options_to_row(struct command *, const struct kind *, void *row, bool *changed, struct error *);

/* Sets one field from text, for aliases and words. */
int set_field(struct command *, const struct kind *, void *row, const char *field, const char *text,
	struct error *);

/* Refuses options that nobody asked for. Call it when all were read. */
int options_done(struct command *, struct error *);

/* One line from standard input without its newline; for secrets. REFUSED when it is empty. */
int read_secret(struct command *, const char *what, const char **secret, struct error *);

/* A word to the operator on standard error, not on standard output: "note: ...". */
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same of what a verb would do or does: a plan shows it among the rest. */
void remark(struct command *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* In the verb's transaction: a registry that went back, from a backup say, goes on past what was served, and that is
 * noted. */
int mend_serials(struct command *, struct error *);

/* Prints what was done, unless --json: "relay r1 added". */
void say(const struct command *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What would hurt clients: HARMFUL, in these words; with --force a note, and DONE. In a plan it is kept for
 * plan_print, and DONE. */
int harm(struct command *, struct error *, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* get, whose ABSENT names the next step. */
int fetch(struct command *, const struct kind *, const void *key, void *row, struct error *);

/* add, set and remove with one-line reports. */
int add_row(struct command *, const struct kind *, const void *row, struct error *);
int set_row(struct command *, const struct kind *, const void *row, const char *done, struct error *);
int remove_row(struct command *, const struct kind *, const void *key, struct error *);

/* Opens what the verb needs, runs it, and commits, or rolls back for --dry-run. */
int perform(struct command *, struct error *);

extern const struct verb *const all_verbs[]; /* tables, each ended by a verb without a noun; NULL ends */
extern const struct verb zone_verbs[], relay_verbs[], release_verbs[], pool_verbs[], account_verbs[],
	host_verbs[], dnssec_verbs[], tsig_verbs[], secondary_verbs[], registry_verbs[];

#endif
