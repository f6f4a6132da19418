/* SPDX-License-Identifier: BSD-2-Clause */
/* What was answered of a relay lately, by the change log: until when a resolver may have it. */
#ifndef TOOLS_SERVED_H
#define TOOLS_SERVED_H

#include "model/fleet.h"
#include "tools/command.h"

enum {
	SERVED_TTL_MOST = 86400, /* of pools and hosts, as model/model.c has it */
	SERVED_SLACK = 600,    /* resolvers that keep answers for longer than their TTL */
	SERVED_MEMORY = 14400, /* PageKite keeps addresses that DNS answers no more in mind for four hours */
};

/* Zero-initialise it. */
struct served {
	int64_t pool_until, ttl; /* the date until which an answer of a pool with it lasts, and that answer's TTL; 0 */
	int64_t host_until, host_ttl; /* the same of hosts that pointed at it and do not any more; 0 */
	int64_t gone;            /* the revision since which neither a pool's answer nor a host's has held it */
	int64_t revision;        /* up to which the log was looked at: asked again, it goes on from there */
};

/* Each state that the log tells of counts, but for those within one act, from the newest back to where all was forgotten
 * when the relay came into the state that it is in: not what became of health, but who could be given; and a day, the longest TTL, of what it does not tell: before
 * it begins, or before a registry that went back or came from elsewhere. FLEET is the present one, of registry_fleet; in a
 * freeze or a transaction. NOW is the date. The memory that it takes is as the fleet's. */
int served_find(struct command *, const struct fleet *, const struct relay *, int64_t now, struct served *,
	struct error *);

#endif
