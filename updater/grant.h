/* SPDX-License-Identifier: BSD-2-Clause */
/* Who may do what: the rules that all entrances ask (dyndns2, PageKite's updates, RFC 2136, acme-dns, httpreq, and
 * /metrics). Who is asking says updater/auth.h; which records a key may change by RFC 2136, updater/update_policy.h.
 *
 * A host is its account's. One that has a secret and no account is whoever's who has the secret, and no account's.
 * One with neither is nobody's: an account whose patterns cover it takes it by changing it, as it may make one that
 * is not there, but below another's host it makes none. Names below a host that begin with an underscore are the
 * host's; beside them an account has the one name that acme-dns's /register gave it. */
#ifndef UPDATER_GRANT_H
#define UPDATER_GRANT_H

#include "updater/access.h"
#include "updater/request.h"
#include "settings/updater.h"

/* Whether one of PATTERNS (names, or *.NAME for all below, in normal form) covers the name. Pure. */
bool grant_covers(const char *patterns, const char *name);

/* Whether a name in a zone must not become a host: the apex; what is or lies below a label that
 * clients look up as a pool, or below `auth`; `_` labels anywhere; and www, mail, ns, ns1..., dnsup
 * directly below the apex. Both in normal form, NAME is ZONE or below it. Pure. */
bool grant_reserves(const char *zone, const char *name);

/* Whether it is or lies below a label that clients look up as a pool, or below `auth`. Pure. */
bool grant_computed(const char *zone, const char *name);

/* NAME of _acme-challenge.NAME, NULL of any other name. Pure. */
const char *grant_challenged(const char *name);

enum grant { GRANT_OWN, GRANT_FREE /* nobody's: taken once it is written */, GRANT_NEW /* to be made */ };

/* The host that the account may update, as it will be written: the account is its owner. ABSENT: another's, or not
 * covered by the account's patterns, or not there and in no place for a host: reserved, a pool's, beside static
 * data, below another's host, a delegation or a DNAME. Texts are the arena's. */
int grant_host(struct registry *, struct arena *, const struct account *, const char *name,
	struct host *, enum grant *, struct error *);

/* Whether the account may make so many MORE hosts: REFUSED says how many it may have, those that it took or was given
 * among them. Operators may have any number. */
int grant_quota(struct registry *, const struct settings *, const struct account *, size_t more, struct error *);

/* Whether the name, where no host is, is the account's by acme-dns's /register; ABSENT. */
int grant_registered(struct registry *, struct arena *, const struct account *, const char *zone,
	const char *name, struct error *);

/* The longest zone that the name lies in; ABSENT when we serve none. */
int grant_zone(struct registry *, struct arena *, const char *name, struct zone *, struct error *);

/* Whether the name, which is below the zone's apex, is or lies below the label of a pool that there is. */
int grant_pool(struct registry *, struct arena *, const char *zone, const char *name, bool *pool,
	struct error *);

/* An operator's account. */
static inline bool grant_is_operator(const struct account *account)
{
	return account->role == 1;
}

/* An operator, or who was given the pattern *: all of the static data. Pure. */
bool grant_is_master(const struct account *);

/* Whether the network, in the form that account.network has, may register one more name for ACME: REFUSED says why
 * not. */
int grant_names(struct registry *, const struct settings *, const char *network, struct error *);

/* Whether a host may be updated by who has its secret: *why says why not, NULL if it may; and whether the addresses may
 * be published there. It is its account's word that counts, and ours where it has none. */
int grant_signed(struct access *, const struct settings *, const struct host *, const char *addresses,
	const char **why, bool *published, struct error *);

/* Whether the caller may read /metrics: from loopback, or from the monitors' networks. A proxy's own address among
 * these is taken at its word where no header speaks of a proxy. Pure. */
bool grant_monitor(const struct settings *, const struct request *);

/* Why the account's updates are refused, NULL when they are not. */
static inline const char *grant_blocked(const struct account *account)
{
	return account->blocked != 0 ? "the account is blocked"
		: account->suspended != 0 ? "the account is suspended" : NULL;
}

/* Whether each address of the normal list can be published: public, or with PRIVATE any unicast. */
bool grant_addresses(const char *addresses, bool private);
bool grant_address(const struct address *, bool private);

#endif
