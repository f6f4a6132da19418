/* SPDX-License-Identifier: BSD-2-Clause */
/* UPDATEs that name servers forward (link/forward.h): each becomes an exchange in the batch, beside those of HTTP, and
 * its answer goes back. */
#ifndef UPDATER_FORWARDED_H
#define UPDATER_FORWARDED_H

#include "link/sockets.h"
#include "updater/updater.h"

/* Listens beside the registry; goes on with the socket, "forward", and the name servers, "server", of a process that we
 * replace. */
struct forwarders;
int forwarded_open(struct forwarders **, struct updater *, struct sockets *inherited, struct error *);

/* Adds all of these sockets, for a successor: what a name server has sent, and was not read yet, is in them. */
void forwarded_offer(const struct forwarders *, struct sockets *);

/* As forwarded_quiesce, and the name stays for the successor. */
void forwarded_leave(struct forwarders *);

/* Whether UPDATEs wait for their answers. */
bool forwarded_busy(const struct forwarders *);

/* A descriptor that is readable when forwarded_run has something to do. */
int forwarded_descriptor(const struct forwarders *);

void forwarded_run(struct forwarders *);

/* Nothing more is taken; what was taken is still answered. */
void forwarded_quiesce(struct forwarders *);
void forwarded_close(struct forwarders *);

#endif
