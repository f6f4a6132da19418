/* SPDX-License-Identifier: BSD-2-Clause */
/* What relays say of their clients: sessions by version, kept here between heartbeats and stored beside
 * the registry (registry/telemetry.h), outside its transactions. Trouble with it costs no heartbeat. */
#ifndef UPDATER_SESSIONS_H
#define UPDATER_SESSIONS_H

#include <jansson.h>

#include "lib/arena.h"
#include "lib/error.h"
#include "registry/telemetry.h"
#include "updater/lease.h"
#include "updater/storing.h"

/* A relay's last word of a day. */
struct session_note {
	char relay[LEASE_NAME];
	int64_t day;
	struct arena arena; /* of the list */
	struct telemetry_sessions *list;
	size_t count;
};

/* Zero-initialise it. */
struct session_notes {
	struct session_note *note;
	size_t count, room;
	struct storing storing;
};

/* Reads {"VERSION": N, ...}, at most TELEMETRY_VERSIONS of them, each of letters, digits and ._+-~, at most
 * 64 octets. The list is the arena's. REFUSED cites what is wrong. */
int sessions_read(const json_t *, struct arena *, struct telemetry_sessions **, size_t *count,
	struct error *);

/* Keeps what a heartbeat's "sessions" says, if it has that; REFUSED as above. */
int sessions_take(struct session_notes *, const char *relay, const json_t *facts, int64_t day,
	struct error *);

/* Stores what is kept, now and then, or at once with NOW INT64_MAX. PATH "none": nowhere. */
void sessions_store(struct session_notes *, const char *path, const char *registry, int64_t day,
	int64_t now);

void sessions_free(struct session_notes *);

#endif
