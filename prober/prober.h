/* SPDX-License-Identifier: BSD-2-Clause */
/* The prober as a whole: visits that come due, what they find, and the registry. One thread. */
#ifndef PROBER_PROBER_H
#define PROBER_PROBER_H

#include "lib/arena.h"
#include "lib/error.h"
#include "settings/prober.h"

/* Until SIGTERM or SIGINT; or, with `once`, until each relay was visited. SIGHUP reads the settings anew, by the command line that
 * they were read by; their texts go to the arena. */
int prober_run(struct settings *, int argc, char **argv, struct arena *, struct error *);

/* Visits the address `ask` once, and prints what it offers. REFUSED when that is no address. */
int prober_ask(const struct settings *, struct error *);

#endif
