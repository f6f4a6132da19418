/* SPDX-License-Identifier: BSD-2-Clause */
/* One round: every target is asked once, some at a time. */
#ifndef PROBER_ROUND_H
#define PROBER_ROUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/address.h"
#include "lib/error.h"
#include "prober/ping.h"

enum { TARGET_REASON = 120 };

/* What to ask, and what came of it. */
struct target {
	size_t relay; /* the caller's index */
	struct address address;
	uint16_t port;

	bool well;
	struct ping_reply reply;
	char reason[TARGET_REASON]; /* why it is not well */
};

struct round_limits {
	int timeout;  /* milliseconds for one target */
	size_t width; /* sockets open at once */
	int stop;     /* a descriptor: readable when all is to end */
};

/* Asks all targets. UNCHANGED when it was stopped on the way; FAILED is trouble of ours. */
int round_run(struct target *, size_t count, const struct round_limits *, struct error *);

#endif
