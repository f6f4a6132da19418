/* SPDX-License-Identifier: BSD-2-Clause */
/* What `status` and `check` look at: the registry, the name server, the pools. */
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
	struct membership *memberships; /* by the fleet's pools; only those that give out a last resort have seats */
	size_t refused;                 /* rows that cannot be used */
	struct error first_refused;     /* why the first of these cannot */
	bool answers;                   /* the name server answered the doorbell */
	struct doorbell bell;           /* its answer */
	struct error silence;           /* why it did not */
};

/* Opens the registry and looks at everything. Lists and texts are the command's arena's. */
int survey_take(struct command *, struct survey *, struct error *);

#endif
