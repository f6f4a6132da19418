/* SPDX-License-Identifier: BSD-2-Clause */
/* What the loader knows (dnsd/view/load.h): its thread's alone. */
#ifndef DNSD_VIEW_LOADER_H
#define DNSD_VIEW_LOADER_H

#include "dnsd/view/view.h"
#include "lib/secret.h"
#include "link/doorbell.h"
#include "registry/registry.h"
#include "registry/serial.h"

struct loader {
	const char *path;
	const char *catalog; /* its name in normal form; "": there is none */
	struct view *view;
	const struct keys *keys;   /* NULL: hosts' secrets stay closed */
	struct registry *registry; /* NULL while it cannot be opened */
	int64_t revision;          /* that the view shows */
	int64_t offset;            /* serial = revision + offset: it never goes back (registry/serial.h) */
	struct serial_mark mark;   /* of what is served, */
	int mark_file;             /* which is written to it; -1 */
	int64_t anchor_due;        /* ticks */
	int64_t loaded_at, retry_at;
	const char *key_directory; /* of signed zones' keys */
	int64_t keys_seen, keys_due; /* when the directory last changed; ticks when it is to be looked at */
	bool rekey;                /* key files are to be read though nothing says that they changed */
	size_t bare, stuck;        /* zones that are to be signed and are not; whose keys cannot be read */
	char keys_trouble[DOORBELL_TEXT]; /* why, of the first of them */
	size_t refused;            /* rows that could not be served */
	char trouble[DOORBELL_TEXT]; /* why the view is stale; "" if it is not */
};

#endif
