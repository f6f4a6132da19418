/* SPDX-License-Identifier: BSD-2-Clause */
/* The dynamic hosts: millions, patched in place while they are read. */
#ifndef DNSD_VIEW_HOSTS_H
#define DNSD_VIEW_HOSTS_H

#include "dnsd/store/nodes.h"
#include "dnsd/store/scan.h"
#include "dnsd/store/name_table.h"
#include "lib/error.h"
#include "model/model.h"
#include "lib/secret.h"

/* Octets of a kite's quotas, which stand before the host's secret: kilobytes in 4 octets, days and connections in 2 each,
 * in network order. In these two, all ones mean no limit. */
enum { HOSTS_QUOTA = 8 };

/* A piece that was taken out, and that readers may still see until a grace period has passed. */
struct retired {
	struct retired *next;
	void *piece;
	size_t size; /* octets of a node; 0: the piece is a table's slots */
};

struct hosts {
	struct name_table names;
	struct slab slab;
	struct retired *retired; /* writer only */
	size_t retired_count, count, refused; /* count: hosts, without empty non-terminals */
	size_t closed; /* of these, NODE_CLOSED */
	const struct keys *keys; /* to open secrets; NULL: none are known */
};

/* Makes room for EXPECTED hosts; more may come. Borrows the keys. FAILED when memory is out. */
int hosts_init(struct hosts *, size_t expected, const struct keys *, struct error *);

/* Adds or replaces a host. UNCHANGED: the host is served, but its secret cannot be opened, so that its relays are not
 * authenticated. REFUSED: the row cannot be served, and the host is taken out. FAILED when memory is out. The loader's
 * thread, as for all that follows. */
int hosts_put(struct hosts *, const struct host *, struct error *);

/* Takes a host out, if it is there. */
int hosts_remove(struct hosts *, const char *name, struct error *);

/* Frees what was retired, once a grace period has passed since the last change. */
void hosts_reclaim(struct hosts *);

/* Frees all; no reader may be left. */
void hosts_free(struct hosts *);

#endif
