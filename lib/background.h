/* SPDX-License-Identifier: BSD-2-Clause */
/* Going to the background: whoever starts a daemon there waits until it serves, and is told if it does not. */
#ifndef LIB_BACKGROUND_H
#define LIB_BACKGROUND_H

#include "lib/error.h"

/* Splits the process, before there are threads. The one that was started waits until the other is ready or has ended, and
 * ends with 0 or that one's status; the other returns DONE, with the end of a pipe in *READY. */
int background_enter(int *ready, struct error *);

/* Tells the one that waits; READY is closed. */
void background_ready(int ready);

#endif
