/* SPDX-License-Identifier: BSD-2-Clause */
/* Which versions of TLS clients speak: handshakes and networks by day, kept here and stored beside the registry now and then
 * (registry/telemetry.h). Trouble with it costs no request. */
#ifndef UPDATER_TLS_USES_H
#define UPDATER_TLS_USES_H

#include "lib/address.h"
#include "lib/error.h"
#include "lib/sketch.h"
#include "lib/tls.h"
#include "updater/storing.h"

/* A day's. Zero-initialise it. */
struct tls_uses {
	int64_t day;
	struct tls_use {
		int64_t handshakes; /* that are not stored yet */
		struct sketch networks;
	} version[TLS_VERSIONS];
	bool fresh; /* something is not stored yet */
	struct storing storing;
};

/* Counts a handshake. What was counted of another day and could not be stored is given up. */
void tls_uses_note(struct tls_uses *, unsigned version, const struct address *client, int64_t day);

/* Stores what is kept, now and then, or at once with NOW INT64_MAX. PATH "none": nowhere. */
void tls_uses_store(struct tls_uses *, const char *path, const char *registry, int64_t day, int64_t now);

#endif
