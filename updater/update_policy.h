/* SPDX-License-Identifier: BSD-2-Clause */
/* Which records a key may change by a dynamic update (RFC 2136), by name and type. Whose a name is says
 * updater/grant.h. */
#ifndef UPDATER_UPDATE_POLICY_H
#define UPDATER_UPDATE_POLICY_H

#include "updater/draft.h"
#include "wire/type.h"

struct update_policy {
	const struct account *account;
	const char *types, *names; /* to which its key is bound, beside; "" for all */
	bool challenge; /* it may change the TXT of _acme-challenge.HOST, and nothing else */
};

/* Whether one of PATTERNS covers the name: a name, *.NAME for all below it, or NAME.* for names that begin so.
 * Pure. */
bool update_policy_covers(const char *patterns, const char *name);

/* Whether a list of types holds the type; ANY stands for all, which only the empty list holds. Pure. */
bool update_policy_types(const char *types, uint16_t type);

/* The host to which a name's leading labels with an underscore belong: _443._tcp.HOST is HOST's. Pure. */
const char *update_policy_host(const char *name);

/* Whether the account may change the name's records of a type, ANY standing for all: REFUSED says why not. A host
 * that is to be made is put into the draft's name. */
int update_policy_check(struct draft *, const struct update_policy *, struct draft_name *, uint16_t type, bool adds);

/* Whether it may have what is drafted once all is changed: how much there is, and whether it stands below a host. */
int update_policy_settle(struct draft *, const struct update_policy *);

/* Whether the name's addresses are a host's, and so not static data. */
static inline bool update_policy_address(const struct draft_name *n, uint16_t type)
{
	return n->is_host && (type == TYPE_A || type == TYPE_AAAA);
}

#endif
