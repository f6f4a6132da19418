/* SPDX-License-Identifier: BSD-2-Clause */
/* The fleet as the registry has it, for steering. */
#ifndef REGISTRY_FLEET_H
#define REGISTRY_FLEET_H

#include "lib/address.h"
#include "model/fleet.h"
#include "registry/registry.h"

/* Reads the fleet into the arena. Rows that fail their check are left out and counted in *refused;
 * the first one's fault is in E, while the outcome stays DONE. Call it inside freeze or begin. */
int registry_fleet(struct registry *, struct arena *, struct fleet *, size_t *refused, struct error *e);

/* Dates observations that seem to come from the future, for a clock was ahead, to NOW: else all later ones would look
 * older than they. registry_fleet has done it. */
void registry_date(struct observation *, size_t count, int64_t now);

/* The relay, other than EXCEPT (NULL: of all), that has one of the addresses, a list in normal form; *at is that
 * address. ABSENT when there is none. Its texts are the arena's. */
int registry_relay_at(struct registry *, const char *addresses, const char *except, struct arena *,
	struct relay *, struct address *at, struct error *);

#endif
