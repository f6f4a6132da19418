/* SPDX-License-Identifier: BSD-2-Clause */
/* What became of hosts and of a zone's records since a revision: from the change log, each one that was touched
 * once, as it was and as it is. */
#ifndef REGISTRY_DIFFERENCE_H
#define REGISTRY_DIFFERENCE_H

#include "registry/registry.h"

/* Is given each row that changed, as it was and as it is; NULL where it was not or is not there. Rows live until the
 * callback returns. */
struct difference_taker {
	int (*host)(void *context, const struct host *was, const struct host *is, struct error *);
	int (*record)(void *context, const struct record *was, const struct record *is, struct error *);
	void *context;
};

/* Reads one side of a record's change, [owner, type, ttl, rdata], as the change log has it (schema/): texts and RDATA are the
 * arena's, ZONE is the caller's. REFUSED for what is none. */
int difference_read_record(const char *json, const char *zone, struct arena *, struct record *, struct error *);

/* Whether anything of other kinds changed since. */
struct difference_else {
	bool fleet; /* relays, observations, releases, pools or rules: what pools' members are made of */
	bool pools; /* pools came or went */
	bool zones; /* zones came, went or changed: which one a name is in may be another */
};

/* Gives TAKER all hosts and then all records of ZONE that changed after a revision. Call it in a frozen picture. Of a
 * host as it was, `name`, `addresses`, `ttl` and `suspended` are known. ABSENT when the change log does not reach back
 * so far; REFUSED when a row of it cannot be read, for SQL by hand may write anything. */
int registry_difference(struct registry *, int64_t after, const char *zone, const struct difference_taker *,
	struct difference_else *, struct error *);

#endif
