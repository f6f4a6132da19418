/* SPDX-License-Identifier: BSD-2-Clause */
/* `windsock import --replace`: the registry becomes what a file declares, with what is removed for it. */
#ifndef TOOLS_DECLARED_H
#define TOOLS_DECLARED_H

#include "tools/command.h"

struct declaring;

/* Whether a file stands for all objects of the kind, if no line of it says so: for what operators decide, not for what clients
 * and observers do (hosts, observations, signatures that were used). */
bool declared_kind(const struct kind *);

/* Whether a client made the account for itself, which is then declared with hosts. */
bool declared_by_client(const struct kind *, const void *row);

/* To be ended in any case. Call all in the verb's transaction. */
int declared_begin(struct command *, struct declaring **, struct error *);

/* Takes a line `declares WORD...`, behind its first word: more kinds, or "secrets". REFUSED for others, and below objects. */
int declared_words(struct declaring *, const char *words, struct error *);

/* Remarks what was changed since the revision at which the file was exported: what it does not know, it takes back. */
int declared_since(struct declaring *, int64_t revision, struct error *);

/* Adds an object of the file, or sets it, if its kind is declared. GIVEN has bit N for the kind's Nth field if the line has it: of the
 * others, secrets and dates stay as they are. Secrets of objects that are there stay in any case, unless the file declares
 * them: then also that a line has none. */
int declared_take(struct declaring *, const struct kind *, union any_row *, uint64_t given, struct error *);

/* Removes what the file does not have, and shows all differences. REFUSED when the file has an object twice. */
int declared_finish(struct declaring *, struct error *);
void declared_end(struct declaring *);

#endif
