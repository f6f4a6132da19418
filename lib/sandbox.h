/* SPDX-License-Identifier: BSD-2-Clause */
/* Giving up what a daemon does not need before the first byte from outside. */
#ifndef LIB_SANDBOX_H
#define LIB_SANDBOX_H

#include "lib/sandbox_files.h"

/* What a daemon may do once it serves; its own table stands in the walls.c of its room. */
struct sandbox {
	const char *const *calls; /* the names of system calls, beside those that all make (lib/sandbox_calls.c); then NULL */
	const struct sandbox_path *paths; /* beside those that all read (lib/sandbox_files.c) */
	size_t path_count;
};

/* Call once sockets are bound and before threads start: no new privileges, no capability but to open what the user
 * may open, no core dumps of secrets; and no files and no system calls but those of the table, for ever, if it is not
 * NULL. A kernel without landlock or seccomp is warned of, and gone on with. */
int sandbox_enter(const struct sandbox *, struct error *);

#endif
