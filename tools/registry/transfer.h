/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of the registry's objects, as export prints and import reads them. */
#ifndef TOOLS_TRANSFER_H
#define TOOLS_TRANSFER_H

#include "tools/command.h"

/* Adds or changes the objects of a file ("-" for standard input), all or none, and only of these kinds (NULL-terminated).
 * What a line does not say, is as line_keep says.
 * Makes missing pools that releases look up. REFUSED cites FILE:LINE. */
int import_file(struct command *, const char *path, const struct kind *const *kinds, struct error *);

/* Makes the missing pools that a release looks up. */
int add_pools(struct command *, const struct release *, struct error *);

/* Shows the progress of something long: a line on standard error, if that is a terminal, now and then. DONE erases it. */
void progress(const char *what, size_t count, bool done);

#endif
