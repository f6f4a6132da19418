/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls beyond which a process does not come, by seccomp(2). */
#ifndef LIB_SANDBOX_CALLS_H
#define LIB_SANDBOX_CALLS_H

#include "lib/error.h"

/* Only what every daemon calls, and what is named here up to a NULL, can be called from now on, by all threads of the
 * process. Any other call fails, as on a kernel that has not got it; one that only an intruder makes ends the process.
 * ABSENT when the kernel has no filters. */
int sandbox_calls_limit(const char *const *more, struct error *);

#endif
