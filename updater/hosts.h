/* SPDX-License-Identifier: BSD-2-Clause */
/* Hosts' addresses and how they change, alike for dyndns2, PageKite's signed updates and UPDATE (RFC 2136). */
#ifndef UPDATER_HOSTS_H
#define UPDATER_HOSTS_H

#include "updater/grant.h"
#include "updater/updater.h"

/* Whether two lists in normal form hold the same addresses: clients change their order at will. Pure. */
bool hosts_same(const char *, const char *);

/* What a host that had one list of addresses has once another is given: the families that are given
 * are replaced or taken away, one that is not stays as it was, for clients of two families that send one
 * address a request would otherwise undo themselves. NULL when memory is out. Pure. */
const char *hosts_merge(const char *had, const char *given, bool without_v4, bool without_v6, struct arena *);

/* Counts one change of the host; true if there were too many of late: sixty an hour, and ten at once. */
bool hosts_too_often(struct limits *, const char *name);

/* Whether the account may give the host of that name these addresses (NULL: they were malformed): *code becomes
 * CODE_NOHOST, CODE_BADIP or CODE_NUMHOST when it may not. The host is as it will be written, its texts the arena's. */
int hosts_may(struct updater *, struct arena *, const struct account *, const char *name, const char *addresses,
	struct host *, enum grant *, enum code *, struct error *);

/* Sets a host's addresses, or writes nothing if it has them: *code becomes CODE_GOOD or CODE_NOCHG, or CODE_ABUSE when
 * it changes too often. SIGN is the signature in force from now on, or empty. */
int hosts_apply(struct updater *, const struct exchange *, const char *actor, struct host *, enum grant,
	const char *addresses, struct blob sign, enum code *code, struct error *);

/* Writes the row, of a FRESH host or one that there is, once the actor was named; dnsd is told of it if it CHANGED. */
int hosts_write(struct transaction *, const struct host *, bool fresh, bool changed, struct error *);

#endif
