/* SPDX-License-Identifier: BSD-2-Clause */
/* The updater's one connection to the registry, which may come and go while the updater runs. */
#ifndef UPDATER_DOOR_H
#define UPDATER_DOOR_H

#include "updater/updater.h"

/* Milliseconds to wait for another writer: so that whoever comes while one waits is still answered
 * within two seconds. */
enum { DOOR_PATIENCE = 800 };

/* Waits for a commit under way. Opens registry and key if they are shut, not more often than a few times a second; shuts them first if
 * the file was replaced. Drops what is cached when somebody else wrote. True if it stands open. */
bool door_open(struct updater *);

/* Drops what is cached if somebody else wrote; FAILED if the registry was replaced. */
int door_look(struct updater *, struct error *);

/* Closes it after a failure, which is logged once: the next door_open starts anew. */
void door_shut(struct updater *, const struct error *why);

void door_close(struct updater *);

/* Names who does what follows in the open transaction, unless the last act was the same; from then
 * on the transaction counts as writing, and the request as a part of it that can be taken back. VERB is a literal. */
int door_act(struct updater *, const struct exchange *, const char *actor, const char *verb,
	struct error *);

/* An account by name, cached; NULL in *account when there is none. It lives until the next door_
 * call. */
int door_account(struct updater *, const char *name, const struct account **account, struct error *);

#endif
