/* SPDX-License-Identifier: BSD-2-Clause */
/* The loader's state (dnsd/view/load.h). Its thread alone uses it. */
#ifndef DNSD_VIEW_LOADER_H
#define DNSD_VIEW_LOADER_H

#include "dnsd/view/view.h"
#include "lib/secret.h"
#include "link/doorbell.h"
#include "registry/registry.h"
#include "registry/serial.h"

struct loader {
	const char *path;
	const char *catalog; /* the catalog zone's name in normal form; "" for none */
	struct view *view;
	const struct keys *keys;   /* NULL: hosts' secrets stay closed */
	struct registry *registry; /* NULL while it cannot be opened */
	int64_t revision;          /* the registry's revision that the view shows */
	int64_t offset;            /* serial = revision + offset: serials never go back (registry/serial.h) */
	struct serial_mark mark;   /* says what was served, for the time after a restart */
	int mark_file;             /* descriptor of the file that holds the mark; -1 */
	int64_t anchor_due;        /* ticks: when the mark gets its next anchor */
	int64_t loaded_at, retry_at;
	const char *key_directory; /* of signed zones' keys */
	int64_t keys_seen, keys_due; /* when that directory last changed; ticks: when to look at it next */
	bool rekey;                /* read all key files, even if nothing says that they changed */
	size_t bare, stuck;        /* zones that should be signed and are not; zones whose keys cannot be read */
	char keys_trouble[DOORBELL_TEXT]; /* why the first zone's keys cannot be read */
	size_t refused;            /* rows that could not be served */
	char trouble[DOORBELL_TEXT]; /* why the view is stale; "" if it is not */
};

#endif
