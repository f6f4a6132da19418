/* SPDX-License-Identifier: BSD-2-Clause */
/* What was answered of a relay lately, by the change log: until when a resolver may have it. */
#ifndef TOOLS_SERVED_H
#define TOOLS_SERVED_H

#include "model/fleet.h"
#include "tools/command.h"

struct served {
	int64_t pool_until, ttl;   /* the date until which an answer of a pool with it lasts, and that answer's TTL; 0 */
	int64_t host_until;        /* the same of hosts that pointed at it and do not any more; 0 */
	bool whole;                /* the log reaches back as far as answers may have lasted */
};

/* FLEET is the present one, of registry_fleet; in a freeze or a transaction. NOW is the date. */
int served_find(struct command *, const struct fleet *, const struct relay *, int64_t now, struct served *,
	struct error *);

#endif
