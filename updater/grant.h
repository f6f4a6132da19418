/* SPDX-License-Identifier: BSD-2-Clause */
/* Which hosts an account may update, and which names nobody may take. */
#ifndef UPDATER_GRANT_H
#define UPDATER_GRANT_H

#include "updater/updater.h"

/* Whether one of PATTERNS (names, or *.NAME for all below, in normal form) covers the name. Pure. */
bool grant_covers(const char *patterns, const char *name);

/* Whether a name in a zone must not become a host: the apex; what is or lies below a label that
 * clients look up as a pool, or below `auth`; `_` labels anywhere; and www, mail, ns, ns1..., dnsup
 * directly below the apex. Both in normal form, NAME is ZONE or below it. Pure. */
bool grant_reserves(const char *zone, const char *name);

/* The host that the account may update, from the registry. ABSENT: it is not there, or another's, or
 * reserved. One that is not there, but covered by the account's patterns and in a zone of ours, is
 * given as it will be made: then *fresh. Texts are the exchange's arena's. */
int grant_host(struct updater *, struct exchange *, const struct account *, const char *name,
	struct host *, bool *fresh, struct error *);

/* The longest zone that the name lies in; ABSENT when we serve none. */
int grant_zone(struct updater *, struct exchange *, const char *name, struct zone *, struct error *);

/* Whether the name, which is below the zone's apex, is or lies below the label of a pool that there is. */
int grant_pool(struct updater *, struct exchange *, const char *zone, const char *name, bool *pool,
	struct error *);

/* Whether each address of the normal list can be published: public, or with PRIVATE any unicast. */
bool grant_addresses(const char *addresses, bool private);

#endif
