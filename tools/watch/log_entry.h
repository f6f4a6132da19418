/* SPDX-License-Identifier: BSD-2-Clause */
/* One change of the log, for people and for scripts. */
#ifndef TOOLS_LOG_ENTRY_H
#define TOOLS_LOG_ENTRY_H

#include <jansson.h>

#include "registry/terms.h"

/* Appends the change as one line with its newline: revision, date, object, what became of it in words, and who did it, from
 * where, by which words and why. What the log holds and no words can be made of stands as it is. */
void log_entry_line(const struct change *, struct text *);

/* The change as JSON, what was and what is as the log holds it. */
json_t *log_entry_json(const struct change *);

/* Whether the change is of an object of that name, which is in normal form: its key, one of the names that are its key (a rule's
 * relay, a record's owner), or what the key was before. */
bool log_entry_names(const struct change *, const char *name);

#endif
