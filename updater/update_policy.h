/* SPDX-License-Identifier: BSD-2-Clause */
/* Which records a key may change by a dynamic update (RFC 2136), by name and type. Which account a name belongs to, is
 * decided in updater/grant.h. */
#ifndef UPDATER_UPDATE_POLICY_H
#define UPDATER_UPDATE_POLICY_H

#include "updater/draft.h"
#include "wire/type.h"

struct update_policy {
	const struct account *account;
	const char *types, *names; /* what the account may change is narrowed to these by its key; "" for all */
	bool challenge; /* it may change the TXT of _acme-challenge.HOST, and nothing else */
};

/* Whether one of PATTERNS covers the name: a name, *.NAME for all below it, or NAME.* for names that begin so.
 * Pure. */
bool update_policy_covers(const char *patterns, const char *name);

/* Whether a list of types holds the type; ANY stands for all, which only the empty list holds. Pure. */
bool update_policy_types(const char *types, uint16_t type);

/* The host to which a name's leading labels with an underscore belong: _443._tcp.HOST is HOST's. Pure. */
const char *update_policy_host(const char *name);

/* Whether the account may change the name's records of a type, ANY standing for all: REFUSED says why not, in the
 * draft's error. Where that makes a host that is not there yet, the draft's name becomes that host. */
int update_policy_check(struct draft *, const struct update_policy *, struct draft_name *, uint16_t type, bool adds);

/* Judges what would be there once all is changed: not too many records below one host, none below a host that is not
 * there, only addresses that may be published, nothing below a delegation. REFUSED says in the draft's error what is
 * wrong. */
int update_policy_settle(struct draft *, const struct update_policy *);

/* Whether the name's addresses are a host's, and so not static data. */
static inline bool update_policy_address(const struct draft_name *n, uint16_t type)
{
	return n->is_host && (type == TYPE_A || type == TYPE_AAAA);
}

#endif
