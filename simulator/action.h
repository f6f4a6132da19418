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

/* What is done to the object (simulator/operator.c). */
enum deed {
	DEED_ADD, DEED_SET, DEED_REMOVE,
	DEED_DRAIN, DEED_RESUME, DEED_DOWN, DEED_UP,
	DEED_FREEZE, DEED_THAW, DEED_SHRINK, DEED_INCLUDE, DEED_EXCLUDE,
};

struct action_verb {
	const char *noun, *name;
	const struct kind *kind;
	bool fields; /* takes FIELD=VALUE */
	enum deed deed;
};

/* A row of any kind that actions are about. */
union action_row {
	struct relay relay;
	struct pool pool;
	struct release release;
	struct rule rule;
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

/* The two parts of it: the key, and defaults for all others; and the fields alone. */
int action_set_key(const struct action *, void *row, struct arena *, struct error *);
int action_set_fields(const struct action *, void *row, struct arena *, struct error *);

#endif
