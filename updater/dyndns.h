/* SPDX-License-Identifier: BSD-2-Clause */
/* dyndns2: GET /nic/update?hostname=H[,H...]&myip=IP[,IP...] with Basic authentication.
 *
 * Replies are 200 with one bare line a host in the order asked, 401 with badauth, or 503 with 911,
 * for stock clients understand nothing else: not even other words in the body, since inadyn takes
 * any text with "ok", "good" or "true" in it for success.
 *
 *   good LIST     changed          nohost   not this account's, or not there and not to be made
 *   nochg LIST    it was so        notfqdn  missing, or not a host name of two labels or more
 *   badauth       once             numhost  more than 20, once; or the account has as many hosts as it may have
 *   abuse         blocked, or changed too often
 *   badip         an address that is malformed, or may not be published by this account
 *   badagent      not GET or POST, once
 *
 * Each host of a list is done by itself, all of them in one transaction: one that is gone or another's does not keep
 * the others of a client that asks for all at once. Addresses are taken away by offline=YES, those of one family by -
 * in the place of an address (myip=- or myipv4=-, myipv6=-); the reply has those that were given. */
#ifndef UPDATER_DYNDNS_H
#define UPDATER_DYNDNS_H

#include "updater/updater.h"

handler dyndns_update, dyndns_badagent;

/* 503 with 911: what routes that speak dyndns2 say to trouble and to who asks too often. */
void dyndns_trouble(struct exchange *);

enum { DYNDNS_HOSTS = 20 };

/* What an update asks for. Pure: no registry, no clock. */
struct dyndns {
	struct dyndns_host {
		const char *name; /* in normal form, the arena's; NULL: not a host name */
		enum code code;   /* what was found so far; CODE_GOOD if nothing wrong */
	} hosts[DYNDNS_HOSTS];
	size_t count;
	const char *addresses; /* in normal form, the arena's; NULL: malformed */
	bool without_v4, without_v6; /* of that family none is to stay */
};

/* Reads hostname and addresses. Returns CODE_GOOD, or the one code for the whole request. An empty
 * or absent list of addresses is the caller's own. *outcome is FAILED when memory is out. */
enum code dyndns_read(const struct request *, struct arena *, struct dyndns *, int *outcome);

#endif
