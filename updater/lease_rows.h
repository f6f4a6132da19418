/* SPDX-License-Identifier: BSD-2-Clause */
/* What the registry knows of leases: an observation of each relay, by the observer "lease". */
#ifndef UPDATER_LEASE_ROWS_H
#define UPDATER_LEASE_ROWS_H

#include "updater/updater.h"

/* Starts a lease for each relay that the registry says is up by its own word, and that has none yet. */
int lease_rows_load(struct updater *, struct error *);

/* Writes that relays are down whose leases ran out: in a transaction. */
int lease_rows_expire(struct updater *, struct error *);

#endif
