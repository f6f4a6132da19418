/* SPDX-License-Identifier: BSD-2-Clause */
/* What the DNS says of a zone: its parent's name servers are found by the machine's resolver, and then asked themselves, for a
 * resolver would answer from its cache, or from the zone's own servers. */
#ifndef TOOLS_OUTSIDE_H
#define TOOLS_OUTSIDE_H

#include <ldns/ldns.h>

#include "lib/address.h"
#include "tools/command.h"

enum { OUTSIDE_MOST = 64 /* of servers, names and addresses, each */ };

/* A name of a name server, and an address that somebody has for it. */
struct outside_server {
	const char *name; /* in normal form; the command's, as all texts here */
	struct address address;
	bool has_address;
};

/* One of the parent's servers, and what it says. */
struct outside_parent {
	struct outside_server server;
	bool answered;
	const char *names[OUTSIDE_MOST]; /* NS for the zone; none: it does not delegate it */
	size_t name_count;
	struct outside_server glue[OUTSIDE_MOST];
	size_t glue_count;
};

struct outside {
	struct command *command;
	ldns_resolver *resolver;
};

/* Opens the machine's resolver (resolv.conf). FAILED when there is none. */
int outside_open(struct outside *, struct command *, struct error *);
void outside_close(struct outside *);

/* The answer to a question, to be freed, whatever it says of the name. NULL when the resolver can't say: it is silent, or failed. */
ldns_pkt *outside_ask(const struct outside *, const char *name, ldns_rr_type);

/* Adds the addresses of a name, up to OUTSIDE_MOST in all. False when the resolver can't say which it has. */
bool outside_addresses(const struct outside *, const char *name, struct outside_server *list, size_t *count);

/* Asks the parent of ZONE, whose name is put into *ABOVE; NULL when it is not found. PARENTS has room for OUTSIDE_MOST. */
int outside_parents(const struct outside *, const char *zone, const char **above, struct outside_parent *parents, size_t *count,
	struct error *);

#endif
