/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line: words, options, and the verb that they are for. */
#ifndef TOOLS_ARGUMENTS_H
#define TOOLS_ARGUMENTS_H

#include "tools/command.h"

/* Takes the arguments apart. The command's words are those behind its verb; where they name no verb, `verb` is NULL and they
 * are all that were typed. Options of a verb stand behind it, those that all have stand anywhere; behind "--" there are only
 * words. REFUSED for an option that is none, or lacks its value. */
int arguments_take(struct command *, int argc, char **argv, struct error *);

#endif
