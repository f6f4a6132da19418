/* SPDX-License-Identifier: BSD-2-Clause */
/* Judges by zone/form.h whether what was written may stand in a zone: in the transaction that wrote it, before the
 * commit. */
#ifndef ZONE_JUDGE_H
#define ZONE_JUDGE_H

#include "lib/name.h"
#include "registry/registry.h"

/* Set the registry; the rest is zero. Nothing is to be given back. */
struct zone_judge {
	struct registry *registry;
	/* zone/judge.c's: the names it looked at last, for the next one is often beside them */
	char owner[NAME_TEXT], zone[NAME_TEXT];
	char parent[NAME_TEXT], parents_zone[NAME_TEXT];
	const char *parents_fault;
	char host_parent[NAME_TEXT], host_zone[NAME_TEXT];
	const char *host_fault;
};

/* Judge a name with static records, a host, and a pool, which is in all zones. REFUSED says which name, and what is
 * wrong with it. */
int zone_judge_name(struct zone_judge *, const char *zone, const char *owner, struct error *);
int zone_judge_host(struct zone_judge *, const char *host, struct error *);
int zone_judge_pool(struct zone_judge *, const char *label, struct error *);

/* Judges all that was written since a revision and is there still: names with static records, new hosts, new pools. */
int zone_judge_changes(struct zone_judge *, int64_t since, struct error *);

/* REFUSED, citing the first name that has something below OWNER, which has a DNAME. Names of which SKIP says true are
 * passed over; SKIP may be NULL. */
typedef bool zone_judge_skip(void *context, const char *name);
int zone_judge_below(struct registry *, const char *zone, const char *owner, zone_judge_skip *skip, void *context,
	struct error *);

#endif
