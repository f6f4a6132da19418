/* SPDX-License-Identifier: BSD-2-Clause */
/* Making nodes, and the memory that they come from. */
#ifndef DNSD_STORE_NODES_H
#define DNSD_STORE_NODES_H

#include "dnsd/store/node.h"
#include "lib/name.h"

/* Pieces in classes of 16 octets, cut from large pages; given back pieces are used again, memory is
 * not given back. Writer only. Zero-initialise it. */
enum { SLAB_CLASSES = 33, SLAB_CLASS = 16 };
struct slab {
	void *free[SLAB_CLASSES];
	uint8_t *chunk, *chunk_end;
	void *chunks; /* a list, to be freed with it */
	size_t bytes, live;
};

/* At least SIZE octets, aligned to 16; NULL when memory is out. */
void *slab_take(struct slab *, size_t size);
void slab_give(struct slab *, void *, size_t size);
void slab_free(struct slab *);

/* What a node takes, the readable octets behind it included. */
size_t node_size(const struct node *);

/* What will be one node: RRsets that were rendered, in wire order. The caller owns the room. */
struct node_draft {
	const uint8_t *name;
	uint8_t name_size, flags;
	uint16_t rrsets;
	const uint8_t *bytes; /* of the RRsets */
	size_t size;
};

size_t node_draft_size(const struct node_draft *);

/* Writes the node into ROOM, which has node_draft_size octets. */
struct node *node_write(const struct node_draft *, void *room);

#endif
