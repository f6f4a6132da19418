/* SPDX-License-Identifier: BSD-2-Clause */
/* UPDATEs that name servers forward (link/forward.h): each becomes an exchange in the batch, beside those of HTTP, and
 * its answer goes back. */
#ifndef UPDATER_FORWARDED_H
#define UPDATER_FORWARDED_H

#include "updater/updater.h"

/* Listens beside the registry. */
struct forwarders;
int forwarded_open(struct forwarders **, struct updater *, struct error *);

/* A descriptor that is readable when forwarded_run has something to do. */
int forwarded_descriptor(const struct forwarders *);

void forwarded_run(struct forwarders *);

/* Nothing more is taken; what was taken is still answered. */
void forwarded_quiesce(struct forwarders *);
void forwarded_close(struct forwarders *);

#endif
