/* SPDX-License-Identifier: BSD-2-Clause */
/* libpagekite's `&ipv=4|6|46`: the client knows one address of its relay, and the service adds those of the other
 * family. */
#ifndef UPDATER_FAMILIES_H
#define UPDATER_FAMILIES_H

#include "updater/updater.h"

/* *all becomes GIVEN, a list in normal form, and behind it, for each family that IPV names, the addresses of that
 * family of the relays of which an address was given. Of what is not public nothing is added to what is. Relays
 * are remembered for five seconds. The text is the exchange's arena's, or GIVEN. */
int families_add(struct updater *, struct exchange *, const char *given, struct piece ipv, const char **all,
	struct error *);

/* Whether a list in normal form holds the address. Pure. */
bool families_hold(const char *list, const struct address *);

/* Gives back what is remembered. */
void families_forget(struct updater *);

#endif
