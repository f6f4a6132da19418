/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading: for operators as JSON, for relays and clients as PageKite's text, for monitors. */
#ifndef UPDATER_STATUS_H
#define UPDATER_STATUS_H

#include "updater/updater.h"

/* Each answers one route (updater/route.c), and only reads. */
handler status_relays, status_relay, status_pools, status_pool, status_zones, status_releases,
	status_status, status_relays_txt, status_healthz, status_readyz;

/* Frees the listing of pools' members that is kept for relays.txt; the next request makes it anew. */
void status_forget(struct updater *);

#endif
