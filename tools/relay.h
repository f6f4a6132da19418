/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of windsock relay share. */
#ifndef TOOLS_RELAY_H
#define TOOLS_RELAY_H

#include <jansson.h>

#include "tools/command.h"

/* NAME, the first word, as a key; the row is standard otherwise. */
int relay_named(struct command *, struct relay *, struct error *);

/* Hosts of which an address is one of the relay's: what is at them goes when it goes. */
enum { HOSTS_SHOWN = 10 };
struct pointing {
	size_t count, shown;
	const char *names[HOSTS_SHOWN]; /* the first, by name */
};
int relay_pointing(struct command *, const struct relay *, struct pointing *, struct error *);

/* "a.test, b.test and 3 more" in the command's arena. */
const char *pointing_text(struct command *, const struct pointing *);
json_t *pointing_json(const struct pointing *);

/* The verbs with files of their own: relay_hosts.c, drain.c, preflight.c. */
int relay_hosts(struct command *, struct error *);
int relay_preflight(struct command *, struct error *);

/* --wait and --for of `relay drain`. */
int drain_options(struct command *, struct error *);

/* Says when a relay that drains can be powered off, unless --wait is going to. Its row is written already. */
int drain_tell(struct command *, const struct relay *, struct error *);

/* REFUSED for an address that nobody can connect to: unspecified, multicast, reserved; of a relay, of a link, too. */
int addresses_usable(const char *list, bool relay, struct error *);

/* Whether two lists of addresses, in normal form, have one in common. */
bool addresses_meet(const char *these, const char *those);

#endif
