/* SPDX-License-Identifier: BSD-2-Clause */
/* What `windsock simulate` prints. */
#ifndef TOOLS_SIMULATE_H
#define TOOLS_SIMULATE_H

#include "simulator/replay.h"
#include "tools/command.h"

struct simulation {
	const char *path;
	uint64_t seed;
	bool all_days;
	const struct replay *replay;
};

void simulation_text(struct command *, const struct simulation *);
void simulation_json(struct command *, const struct simulation *);

#endif
