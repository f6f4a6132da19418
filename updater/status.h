/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading: for operators as JSON, for relays and clients as PageKite's text, for monitors. */
#ifndef UPDATER_STATUS_H
#define UPDATER_STATUS_H

#include "updater/updater.h"

handler status_relays, status_relay, status_pools, status_pool, status_zones, status_releases,
	status_status, status_relays_txt, status_healthz, status_readyz;

/* Gives back what is kept of who is in which pool. */
void status_forget(struct updater *);

#endif
