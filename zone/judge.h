/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether names of the registry's zones are of a form that can be (zone/form.h): asked in the transaction that wrote
 * something, before it is committed. */
#ifndef ZONE_JUDGE_H
#define ZONE_JUDGE_H

#include "lib/name.h"
#include "registry/registry.h"

/* Set the registry; the rest is zero. Nothing is to be given back. */
struct zone_judge {
	struct registry *registry;
	/* the following are zone/judge.c's: what was found last, for the next name is often beside it */
	char owner[NAME_TEXT], zone[NAME_TEXT];
	char parent[NAME_TEXT], parents_zone[NAME_TEXT];
	const char *parents_fault;
	char host_parent[NAME_TEXT], host_zone[NAME_TEXT];
	const char *host_fault;
};

/* REFUSED, with the name and what is wrong: a name with static records; a host; a pool, in all zones. */
int zone_judge_name(struct zone_judge *, const char *zone, const char *owner, struct error *);
int zone_judge_host(struct zone_judge *, const char *host, struct error *);
int zone_judge_pool(struct zone_judge *, const char *label, struct error *);

/* All that came since a revision. */
int zone_judge_changes(struct zone_judge *, int64_t since, struct error *);

/* What there is below a name that has a DNAME, but for what SKIP says is of no account (it may be NULL): REFUSED names
 * it. */
typedef bool zone_judge_skip(void *context, const char *name);
int zone_judge_below(struct registry *, const char *zone, const char *owner, zone_judge_skip *skip, void *context,
	struct error *);

#endif
