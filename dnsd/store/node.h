/* SPDX-License-Identifier: BSD-2-Clause */
/* A name and its RRsets, rendered so that answering is copying.
 *
 * A node never changes once readers can see it, but for `children`, which readers don't look at. A
 * change makes a new node and retires the old one (dnsd/view/hosts.h). */
#ifndef DNSD_STORE_NODE_H
#define DNSD_STORE_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "wire/record.h"

/* Not a type of DNS: the host's PageKite secret, never answered. */
enum { TYPE_SECRET = 0 };

enum node_flag {
	NODE_HOST = 1,  /* a dynamic host: answers for all names below it, too */
	NODE_CUT = 2,   /* a delegation: NS, not at the apex */
	NODE_DNAME = 4,
	NODE_CNAME = 8,
	NODE_CLOSED = 16, /* a host whose secret could not be opened: its relays are not authenticated */
};

/* Bytes behind the struct: the name in lower-case wire form, then the RRsets one behind the other,
 * each a struct rrset's head and its RRs. A node without RRsets is an empty non-terminal. */
struct node {
	uint32_t children; /* names directly or further below, in the table of hosts; writer only */
	uint8_t name_size, flags;
	uint16_t rrsets;
	uint8_t bytes[];
};

/* An RRset as it lies in a node: host byte order, no alignment. */
struct rrset {
	uint16_t type, count, size;
	const uint8_t *rrs; /* SIZE octets: RRs whose owners are RR_OWNER */
};

enum { RRSET_HEAD = 6 };

static inline struct rrset rrset_at(const uint8_t *at)
{
	struct rrset set;
	memcpy(&set.type, at, 2);
	memcpy(&set.count, at + 2, 2);
	memcpy(&set.size, at + 4, 2);
	set.rrs = at + RRSET_HEAD;
	return set;
}

/* Walks a node's RRsets: `const uint8_t *at = node_first(node); for i < node->rrsets`. */
static inline const uint8_t *node_first(const struct node *node)
{
	return node->bytes + node->name_size;
}

static inline const uint8_t *rrset_next(const struct rrset *set)
{
	return set->rrs + set->size;
}

static inline bool node_find(const struct node *node, uint16_t type, struct rrset *set)
{
	const uint8_t *at = node_first(node);
	for (unsigned left = node->rrsets; left > 0; left--) {
		*set = rrset_at(at);
		if (set->type == type)
			return true;
		at = rrset_next(set);
	}
	return false;
}

static inline void rrset_head(uint8_t *at, uint16_t type, uint16_t count, uint16_t size)
{
	memcpy(at, &type, 2);
	memcpy(at + 2, &count, 2);
	memcpy(at + 4, &size, 2);
}

#endif
