/* SPDX-License-Identifier: BSD-2-Clause */
/* The updater's one connection to the registry and its key file, which may come and go while the updater runs, and the
 * accounts that were read from it. */
#ifndef UPDATER_ACCESS_H
#define UPDATER_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/arena.h"
#include "lib/error.h"
#include "lib/secret.h"
#include "model/model.h"
#include "registry/registry.h"

enum {
	ACCESS_PATIENCE = 800, /* milliseconds to wait for another writer: whoever comes while one waits is still
	                        * answered within two seconds */
	ACCESS_ACCOUNTS = 256,
};

/* An account that was read. All are dropped when somebody else has written to the registry. */
struct access_account {
	struct arena arena;
	struct account account;
	bool there;
};

/* Zero-initialise it. One thread, but see .lent. */
struct access {
	struct registry *registry; /* NULL while it cannot be opened */
	bool lent;            /* a commit is under way in another thread, whose the registry is until then */
	struct keys keys;
	struct blob dummy;    /* a sealed secret of nobody's, so that hosts without one cost the same work */
	struct arena arena;   /* the dummy's */
	int64_t retry;        /* ticks: not before that it is tried again */
	bool trouble_said;    /* once, until it goes well again */
	int64_t closed_said;  /* ticks, when last the log said that a secret cannot be opened */
	struct access_account accounts[ACCESS_ACCOUNTS];
	/* For those who keep something of the registry, who set them to false: */
	bool opened;   /* it was opened, be it another one (updater/batch.c) */
	bool news;     /* somebody else has written (updater/batch.c) */
	bool unmended; /* it was opened: does it lead on from what was served (updater/housekeeping.c)? */
};

/* Opens registry and key if they are shut, not more often than a few times a second; shuts them first if
 * the file was replaced. Drops what is cached when somebody else wrote. True if it stands open. Not while it is lent:
 * batch_open (updater/batch.h) sees to that. */
bool access_open(struct access *, const char *registry, const char *key);

/* Drops what is cached if somebody else wrote; FAILED if the registry was replaced. */
int access_look(struct access *, struct error *);

/* Closes it after a failure, which is logged once: the next access_open starts anew. */
void access_shut(struct access *, const struct error *why);

void access_close(struct access *);

/* Closes it for good and forgets the key. */
void access_free(struct access *);

/* An account by name, cached; NULL in *account when there is none. It lives until the next access_
 * call. */
int access_account(struct access *, const char *name, const struct account **account, struct error *);

#endif
