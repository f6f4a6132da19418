/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of `windsock relay` share. */
#ifndef TOOLS_RELAY_H
#define TOOLS_RELAY_H

#include <jansson.h>

#include "tools/command.h"

/* Fills a row with default values, and the command's first word as its name. */
int relay_named(struct command *, struct relay *, struct error *);

/* Sets the fields of a relay that options name; *changed if any does. REFUSED for addresses that nobody can connect to. */
int relay_options(struct command *, struct relay *, bool *changed, struct error *);

/* Hosts that have an address of the relay: they become unreachable when the relay goes. */
enum { HOSTS_SHOWN = 10 };
struct pointing {
	size_t count, shown;
	const char *names[HOSTS_SHOWN]; /* the first SHOWN of them, by name */
};
int relay_pointing(struct command *, const struct relay *, struct pointing *, struct error *);

/* "a.test, b.test and 3 more" in the command's arena. */
const char *pointing_text(struct command *, const struct pointing *);
json_t *pointing_json(const struct pointing *);

/* The verbs with files of their own: relay_list.c, relay_hosts.c, relay_drain.c, relay_preflight.c,
 * relay_token.c. */
int relay_list(struct command *, struct error *);
int relay_hosts(struct command *, struct error *);
int relay_invite(struct command *, struct error *);
int relay_token(struct command *, struct error *);
int relay_preflight(struct command *, struct error *);

/* Reads --wait and --for of `relay drain`. */
int drain_options(struct command *, struct error *);

/* Says when a draining relay can be powered off, unless --wait will say so. Its row is written already. */
int drain_tell(struct command *, const struct relay *, struct error *);

/* REFUSED if the list has an address that nobody can connect to: an unspecified, multicast or reserved one; and for a
 * relay, a link-local one. */
int addresses_usable(const char *list, bool relay, struct error *);

/* Whether two lists of addresses, in normal form, have one in common. */
bool addresses_meet(const char *these, const char *those);

#endif
