/* SPDX-License-Identifier: BSD-2-Clause */
/* From the registry to the view: whole at first, then what the change log says. A load that fails
 * keeps what is served. Everything here is the loader thread's. */
#ifndef DNSD_VIEW_LOAD_H
#define DNSD_VIEW_LOAD_H

#include "dnsd/view/view.h"
#include "link/doorbell.h"
#include "lib/secret.h"
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

/* Opens the registry and fills the view. Anything but DONE: there is no view. */
int loader_start(struct loader *, struct error *);

/* Brings the view up to date, if the registry moved. Trouble is logged once, kept in `trouble`, and
 * tried again; the view stays as it was. True if something changed. */
bool loader_follow(struct loader *);

/* The same when somebody said that there is a revision: SIZE octets of hosts (link/moved.h) lead to it from the
 * revision FROM, if SIZE is not 0. What is said counts only if it begins where the view stands. */
void loader_hear(struct loader *, int64_t from, int64_t revision, const uint8_t *moved, size_t size);

/* Reads everything anew, as after SIGHUP. */
void loader_reload(struct loader *);

/* Now and then, gives the mark a newer anchor. */
void loader_anchor(struct loader *);

/* Waits for readers and frees what they can no longer see. */
void loader_reclaim(struct loader *);

/* Frees the view and closes the registry; no reader may be left. */
void loader_stop(struct loader *);

#endif
