/* SPDX-License-Identifier: BSD-2-Clause */
/* What an operator does on a date: a noun and a verb as in the command, and the object's fields. They are read by the
 * tables of model/model.h, so that a field added there can be set here.
 *
 *	relay add|set NAME [os=OS] FIELD=VALUE...    os= (re)installs the machine
 *	relay drain|resume|remove|down|up NAME       remove, down: the machine is off
 *	pool add|set|remove LABEL FIELD=VALUE...
 *	pool freeze|thaw LABEL
 *	pool shrink LABEL to=NUMBER by=DATE [from=NUMBER]
 *	pool include|exclude|unrule LABEL RELAY
 *	release add|set|remove PRODUCT VERSION FIELD=VALUE...
 *	rule add|set|remove LABEL RELAY FIELD=VALUE... */
#ifndef SIMULATOR_ACTION_H
#define SIMULATOR_ACTION_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/error.h"
#include "model/model.h"
#include "simulator/words.h"

struct scenario;
struct stage;
struct action;

struct action_verb {
	const char *noun, *name;
	const struct kind *kind;
	bool fields; /* takes FIELD=VALUE */
	int (*run)(struct stage *, const struct action *, struct error *);
};

struct action {
	int64_t at;
	int line;
	const char *text; /* the line of the scenario, without the date */
	const struct action_verb *verb;
	const char *os; /* what a relay's machine is installed with; else NULL */
	struct words words; /* without noun and verb: the key, and the fields */
};

/* Reads an action from words that begin with noun and verb. Texts are the arena's. REFUSED when it is wrong whatever
 * the fleet is. */
int action_read(const struct words *, struct arena *, struct action *, struct error *);

/* Fills a row of the verb's kind with the action's key and fields, and defaults for the others. */
int action_fill(const struct action *, void *row, struct arena *, struct error *);

/* Does it to the stage. REFUSED when the fleet has no such object, or has it already. */
int action_run(struct stage *, const struct action *, struct error *);

#endif
