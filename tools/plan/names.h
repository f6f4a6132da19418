/* SPDX-License-Identifier: BSD-2-Clause */
/* Which names a host may have. */
#ifndef TOOLS_NAMES_H
#define TOOLS_NAMES_H

#include "tools/command.h"

/* What the rules look at, read once a command: sorted names. */
struct name_list {
	const char **name;
	size_t count, room;
};
struct host_rules {
	struct name_list zones, pools, cuts; /* cuts: owners of delegations */
	struct name_list renamed, targets;   /* zones with a DNAME at the apex, and what each is renamed to */
};

/* Everything goes to the command's arena. */
int host_rules_load(struct command *, struct host_rules *, struct error *);

/* The longest zone of ours that NAME, in normal form, is at or below; NULL. */
const char *host_zone(const struct host_rules *, const char *name);

/* Whether a host, or a pool, of this name is answered: it is in a zone of ours, below its apex, and neither at nor
 * below a delegation; or what a DNAME at the apex makes of the name is. */
bool name_answered(const struct host_rules *, const char *name);

/* The same of a host: where its label is a pool's, the pool is answered in its place. */
bool host_answered(const struct host_rules *, const char *name);

/* Whether a static record is answered: its zone is the nearest above, there is no delegation in between, and neither a
 * DNAME at the apex nor a pool's own addresses stand in its place. What a delegation has itself is a referral. */
bool record_answered(const struct host_rules *, const struct record *);

/* DONE if a host may have this name: it is in a zone of ours, but not its apex, not a pool's label or one that a client
 * could look up, not at or below auth.ZONE or a delegation, and not a wildcard; and none of its labels in the zone begins
 * with '_'. REFUSED says which of these it is. */
int host_name_free(const struct host_rules *, const char *name, struct error *);

#endif
