/* SPDX-License-Identifier: BSD-2-Clause */
/* What an account may change by a dynamic update, by name and type. Whose a name is says updater/grant.h. */
#ifndef UPDATER_RIGHT_H
#define UPDATER_RIGHT_H

#include "updater/draft.h"

struct right {
	const struct account *account;
	const char *types, *names; /* to which its key is bound, beside; "" for all */
	bool challenge; /* it may change the TXT of _acme-challenge.HOST, and nothing else */
};

/* Whether one of PATTERNS covers the name: a name, *.NAME for all below it, or NAME.* for names that begin so.
 * Pure. */
bool right_covers(const char *patterns, const char *name);

/* Whether a list of types holds the type; ANY stands for all, which only the empty list holds. Pure. */
bool right_types(const char *types, uint16_t type);

/* The host to which a name's leading labels with an underscore belong: _443._tcp.HOST is HOST's. Pure. */
const char *right_host(const char *name);

/* Whether the account may change the name's records of a type, ANY standing for all: REFUSED says why not. A host
 * that is to be made is put into the draft's name. */
int right_check(struct draft *, const struct right *, struct draft_name *, uint16_t type, bool adds);

/* Whether it may have what is drafted once all is changed: how much there is, and whether it stands below a host. */
int right_settle(struct draft *, const struct right *);

/* An operator, or who was given the pattern *: all of the static data. Pure. */
bool right_is_master(const struct account *);

/* Whether the name's addresses are a host's, and so not static data. */
static inline bool right_address(const struct draft_name *n, uint16_t type)
{
	return n->is_host && (type == 1 || type == 28);
}

#endif
