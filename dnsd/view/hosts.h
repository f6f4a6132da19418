/* SPDX-License-Identifier: BSD-2-Clause */
/* The dynamic hosts: millions, patched in place while they are read. */
#ifndef DNSD_VIEW_HOSTS_H
#define DNSD_VIEW_HOSTS_H

#include "dnsd/store/nodes.h"
#include "dnsd/store/scan.h"
#include "dnsd/store/table.h"
#include "lib/error.h"
#include "model/model.h"
#include "lib/secret.h"

/* Before a host's secret stand its kite's quotas, in network order: kilobytes in 4 octets, days and connections in 2
 * each, of which all ones are no limit. */
enum { HOSTS_QUOTA = 8 };

/* What was taken out and must outlive its readers. */
struct retired {
	struct retired *next;
	void *piece;
	size_t size; /* a node's; 0 for slots */
};

struct hosts {
	struct table names;
	struct slab slab;
	struct retired *retired; /* writer only */
	size_t retired_count, count, refused; /* count: hosts, without empty non-terminals */
	size_t closed; /* of these, NODE_CLOSED */
	const struct keys *keys; /* to open secrets; NULL: none are known */
};

/* Room for EXPECTED hosts at once; more may come. FAILED when memory is out. */
int hosts_init(struct hosts *, size_t expected, const struct keys *, struct error *);

/* Adds or replaces a host. UNCHANGED says that its secret cannot be opened: its addresses are served, and its
 * relays are not authenticated. REFUSED for a row that cannot be served: it is then taken out, if it was
 * there, and explained. FAILED when memory is out. */
int hosts_put(struct hosts *, const struct host *, struct error *);

/* Takes a host out, if it is there. */
int hosts_remove(struct hosts *, const char *name, struct error *);

/* Frees what was retired, once a grace period has passed since the last change. */
void hosts_reclaim(struct hosts *);

/* Frees all; no reader may be left. */
void hosts_free(struct hosts *);

#endif
