/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of the updater that handlers work with, each of which its own header explains. One thread runs it all, so
 * nothing here is locked; a second one only commits (updater/committer.h). */
#ifndef UPDATER_UPDATER_H
#define UPDATER_UPDATER_H

#include "lib/arena.h"
#include "updater/access.h"
#include "updater/admission.h"
#include "updater/bell.h"
#include "updater/certificates.h"
#include "updater/counters.h"
#include "updater/exchange.h"
#include "updater/lease.h"
#include "updater/limit.h"
#include "updater/seen.h"
#include "updater/sessions.h"
#include "settings/updater.h"
#include "updater/tls_uses.h"
#include "updater/transaction.h"

struct updater {
	struct settings settings;
	struct arena arena; /* the settings' */
	struct counters counters;
	struct access access;
	struct transaction transaction;
	struct bell bell;
	struct leases leases;
	struct session_notes sessions;
	struct tls_uses tls_uses;
	struct limits limits;
	struct admission admission;
	struct seen seen;
	struct batch *batch;               /* updater/batch.h */
	struct known_relays *known_relays; /* updater/families.c; NULL */
	struct certificates *certificates; /* updater/http.c; NULL where nothing listens for TLS */
	struct listing *listing;           /* who is in which pool, for relays.txt (updater/status.c); NULL */
};

#endif
