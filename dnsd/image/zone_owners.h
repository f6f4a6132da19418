/* SPDX-License-Identifier: BSD-2-Clause */
/* The names of a zone in canonical order, and the RRsets of each with their signatures. */
#ifndef DNSD_IMAGE_ZONE_OWNERS_H
#define DNSD_IMAGE_ZONE_OWNERS_H

#include "dnsd/image/zone_journal.h"

/* An RRset with its signatures. An NSEC is an RRset, too; RRSIGs are not: they are in `signatures`. */
struct zone_set {
	struct zone_set *next; /* of a greater type */
	uint16_t type;
	bool turn;             /* dnsd/image/signed_zone.c's: it was put in the present round of a replacement, in
	                        * which others go */
	uint32_t ttl;
	uint8_t *rdatas, *signatures; /* as struct rdatas has them; signatures: NULL for none */
	size_t size, signatures_size;
	int64_t expires;
};

struct owner_key {
	const uint8_t *octets; /* canonical_key */
	size_t size;
};

struct zone_owner {
	struct owner_key key;
	struct zone_owner *next, *before; /* in canonical order; NULL: none */
	struct zone_set *sets;
	/* the following are dnsd/image/signed_zone.c's */
	struct zone_owner *next_dirty;
	struct rr_list was; /* dirty: what was published of it */
	bool dirty;
	bool covers;  /* it has a delegation or a DNAME, so that what is below is not signed */
	bool below;   /* it is below one that covers */
	bool chained; /* has an NSEC */
	bool turned;  /* dirty: chained has just changed */
	uint8_t octets[];
};

/* All names of a zone: a tree (tsearch) finds them, and they are chained in canonical order. Zero-initialise it. */
struct owners {
	void *tree;
	struct zone_owner *first, *last;
};
void owners_free(struct owners *);

/* NULL when there is none. */
struct zone_owner *owners_find(const struct owners *, const struct owner_key *);

/* One that is not there yet, without sets; the key's octets are copied. NULL when memory is out. */
struct zone_owner *owners_add(struct owners *, const struct owner_key *);

/* Frees it, with its sets. */
void owners_remove(struct owners *, struct zone_owner *);

/* The one before, as the chain of NSECs goes round: of the first, the last. */
struct zone_owner *owner_before(const struct owners *, const struct zone_owner *);

/* NULL when it has none of this type. */
struct zone_set *owner_set(const struct zone_owner *, uint16_t type);

/* The RDATAs, in canonical order, become the set's; of no octets, there is no set of this type from now on. False
 * when memory is out. */
bool owner_put(struct zone_owner *, uint16_t type, uint32_t ttl, uint8_t *rdatas, size_t size);

/* Whether putting these would change nothing. SET may be NULL. */
bool set_same(const struct zone_set *, uint32_t ttl, const uint8_t *rdatas, size_t size);

void set_unsign(struct zone_set *);

/* Appends all RRs of a name to the list: in the order of types, RRSIGs among themselves in that of the types
 * that they cover. False when memory is out. */
bool owner_render(const struct zone_owner *, struct rr_list *);

#endif
