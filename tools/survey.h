/* SPDX-License-Identifier: BSD-2-Clause */
/* What status and check look at: the registry, the name server, the pools. */
#ifndef TOOLS_SURVEY_H
#define TOOLS_SURVEY_H

#include "link/doorbell.h"
#include "model/fleet.h"
#include "steering/steering.h"
#include "tools/command.h"

struct survey {
	int64_t revision, zones, relays, releases, pools, accounts, hosts;
	struct fleet fleet;
	struct offer *offers;
	struct membership *memberships; /* of the fleet's pools; with seats only where all are given out */
	size_t refused;                 /* rows that cannot be used */
	struct error first_refused;
	bool answers;                   /* a name server listens and answered */
	struct doorbell bell;           /* its answer */
	struct error silence;           /* why not */
};

/* Opens the registry and looks at all. What it allocates is the command's. */
int survey_take(struct command *, struct survey *, struct error *);

#endif
