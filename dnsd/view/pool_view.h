/* SPDX-License-Identifier: BSD-2-Clause */
/* The pools as they are answered: for each label and family the RRsets that client networks are
 * given, rendered ahead. Immutable once built. */
#ifndef DNSD_VIEW_POOL_VIEW_H
#define DNSD_VIEW_POOL_VIEW_H

#include "dnsd/store/name_table.h"
#include "lib/arena.h"
#include "lib/error.h"
#include "model/fleet.h"
#include "registry/telemetry.h"
#include "steering/bulk.h"
#include "steering/hands.h"
#include "steering/label.h"
#include "steering/steering.h"

/* One RRset for everybody; or an RR for each address, of which buckets of client networks are dealt hands
 * (steering/hands.h). */
struct variants {
	enum { VARIANTS_NONE, VARIANTS_ONE, VARIANTS_HANDS } kind; /* NONE: no data */
	uint32_t turn;      /* its place in a worker's turns */
	struct rrset set;   /* with ONE: all its RRs have one size; behind them they stand once more */
	uint32_t each;      /* with HANDS: octets of one of RRS */
	const uint8_t *rrs; /* of each address */
	struct hands hands;
};

enum { HAND_MOST = ADDRESS_LIST_MOST * (RR_FIXED + 16) };

/* The hand of a bucket, its RR number TURN first, as an RRset whose RRs are written to ROOM, HAND_MOST octets. */
struct rrset variants_hand(const struct variants *, unsigned bucket, uint32_t turn, uint8_t *room);

/* Where in usage banks the networks of a brownout, and all others, are counted by themselves: by their lots. */
struct pool_brownout {
	const struct pool *pool;
	size_t given[TELEMETRY_LOTS], others[TELEMETRY_LOTS];
};

/* The lot of a bucket of networks, as telemetry has them: a part of both, whatever part is in the brownout. */
static inline unsigned pool_lot(unsigned bucket)
{
	return bucket % TELEMETRY_LOTS;
}

struct pool_view {
	uint8_t label[72]; /* length octet and text, and 8 octets that can be read */
	uint64_t hash;     /* hash_name of it */
	struct variants a, aaaa;
	bool retired;
	bool remarkable; /* retired, or counted as browned out */
	size_t usage; /* where it is counted in usage banks */
	const struct pool *browned; /* while some are given what its successor has: which buckets; NULL */
	const struct pool_brownout *counted; /* while they are counted apart, which is longer; NULL */
	struct variants given_a, given_aaaa;
	size_t members;
};

struct pools {
	const struct pool_view *pool; /* in the fleet's order */
	size_t count;
	const struct pool_view **slots; /* by hash; NULL where empty */
	uint64_t mask;
	uint64_t starts[64];  /* [n], bit c: there is a label of n octets whose first octet is c modulo 64 */
	struct lattice lattice;
	struct fleet fleet;   /* kept for _status and _why */
	struct offer *offers;
	int64_t date;         /* for which the choices were made */
	int64_t next;         /* the date at which they are to be made anew at the latest */
};

/* Computes all pools of the fleet, which lives in the same arena. EARLIER, or NULL, are the pools as they
 * were, of whose work some is still good. FAILED when memory is out. */
int pools_build(const struct fleet *, int64_t date, const struct pools *earlier, struct arena *,
	struct pools *, struct error *);

/* Whether time alone has made other answers right. */
static inline bool pools_due(const struct pools *pools, int64_t now)
{
	return steering_turns(pools->date) != steering_turns(now) || now >= pools->next;
}

/* Whether there may be a pool of this label, in lower-case wire form: mostly not, and then its hash is
 * not worth making. */
static inline bool pools_may_hold(const struct pools *pools, const uint8_t *label)
{
	return (pools->starts[label[0]] >> (label[1] & 63) & 1) != 0;
}

/* By a label in lower-case wire form, its length octet first; NULL. */
static inline const struct pool_view *pools_find(const struct pools *pools, const uint8_t *label)
{
	uint64_t hash = hash_name(label, label[0] + 1u);
	for (uint64_t i = hash;; i++) {
		const struct pool_view *pool = pools->slots[i & pools->mask];
		if (pool == NULL)
			return NULL;
		if (pool->hash == hash && name_table_same_name(pool->label, label, label[0] + 1u))
			return pool;
	}
}

#endif
