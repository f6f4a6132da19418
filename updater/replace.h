/* SPDX-License-Identifier: BSD-2-Clause */
/* An updater that takes the place of another one, and that gives up its own (link/takeover.h). */
#ifndef UPDATER_REPLACE_H
#define UPDATER_REPLACE_H

#include "link/takeover.h"
#include "updater/forwarded.h"
#include "updater/http.h"

struct replace {
	struct sockets inherited; /* of the process that we replace, or of the service manager, until they are taken */
	struct takeover takeover;
	int predecessor; /* the connection to it; -1: none */
	size_t listening; /* how many listening sockets were inherited */
};

/* Takes what the service manager gives, and with WANTED asks the updater of this registry for its sockets. DONE, too, when
 * there is none. */
int replace_begin(struct replace *, const char *registry, bool wanted, struct error *);

/* When all sockets are open: lets others take our place. REFUSED when the predecessor listens elsewhere. */
int replace_listen(struct replace *, const char *registry, struct error *);

/* We serve: tells the service manager, and the predecessor, which takes nothing more then. */
void replace_serve(struct replace *, const struct http *);

/* Each turn. True when a successor serves: nothing new is taken here any more. */
bool replace_heed(struct replace *, struct http *, struct forwarders *);

/* At the end. */
void replace_end(struct replace *);

#endif
