/* SPDX-License-Identifier: BSD-2-Clause */
/* The prober as a whole: visits that come due, what they find, and the registry. One thread. */
#ifndef PROBER_PROBER_H
#define PROBER_PROBER_H

#include <stdint.h>

#include "lib/error.h"

struct settings {
	const char *registry, *name, *connect, *sni, *ask;
	int64_t interval, look, timeout, sockets, rise, fall, stale, once, port, sandbox, log_level;
};

/* Until SIGTERM or SIGINT; or, with `once`, until each relay was visited. */
int prober_run(const struct settings *, struct error *);

/* Visits the address `ask` once, and prints what it offers. REFUSED when that is no address. */
int prober_ask(const struct settings *, struct error *);

#endif
