/* SPDX-License-Identifier: BSD-2-Clause */
/* What the command says of itself: all verbs, one of them, and what was meant by words that name none. */
#ifndef TOOLS_HELP_H
#define TOOLS_HELP_H

#include "tools/command.h"

/* Print to standard output. */
void help_print(void);                     /* all verbs, and the options that all have */
bool help_print_noun(const char *noun);    /* a noun's verbs with their options; false when there are none */
void help_print_verb(const struct verb *);

/* Fail with REFUSED and say why: words that name no verb, an option that V has not (NULL: no verb is known yet), and too few
 * or too many words. What may have been meant is said. */
int help_explain_words(const char *const *words, int count, struct error *);
int help_explain_option(const struct verb *v, const char *name, struct error *);
int help_explain_count(const struct verb *, const char *const *words, int count, struct error *);

#endif
