/* SPDX-License-Identifier: BSD-2-Clause */
/* All verbs, gone through as one table. */
#ifndef TOOLS_VERBS_H
#define TOOLS_VERBS_H

#include "tools/command.h"
#include "tools/usage.h"

/* The options that every verb has, as a usage. */
extern const char verbs_common[];

/* The verb of that number, counted from 0; NULL when there are no more. */
const struct verb *verbs_at(size_t number);

/* NAME is "" for a noun that is a verb by itself; NULL when there is no such verb. */
const struct verb *verbs_find(const char *noun, const char *name);

bool verbs_have_noun(const char *noun);

/* Whether the verb has the option, or every verb has it; V may be NULL. */
bool verbs_option(const struct verb *v, const char *name, struct usage_part *);

enum {
	VERB_TEXT = 40,
	SUMMARY_TEXT = 120,
	SUMMARY_MOST = 60, /* octets of a summary, as long as the help has a comma before */
};

/* "relay drain". TEXT has room for VERB_TEXT octets; returns it. */
const char *verb_text(const struct verb *, char *text);

/* The beginning of the verb's help, which says in one line what it does. TEXT has room for SUMMARY_TEXT octets; returns it. */
const char *verb_summary(const struct verb *, char *text);

#endif
