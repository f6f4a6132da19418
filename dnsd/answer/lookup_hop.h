/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of a lookup (dnsd/answer/lookup.c) share: one name on the way to its answer. */
#ifndef DNSD_ANSWER_LOOKUP_HOP_H
#define DNSD_ANSWER_LOOKUP_HOP_H

#include "dnsd/answer/query.h"
#include "dnsd/answer/reply.h"
#include "dnsd/answer/worker.h"

enum { CHAIN_MOST = 16 }; /* aliases followed before we give up: a loop, or as good as one */

/* An alias in the answer: the hash of its owner's name, and the node of the DNAME that it was made from; NULL for a CNAME
 * of the zone. */
struct link {
	uint64_t name;
	const struct node *dname;
};

/* The lookup of one name: the question's, or one that an alias led to. */
struct hop {
	struct worker *worker;
	const struct query *query;
	struct reply *reply;
	const struct scan *name;
	size_t name_at; /* where the name begins in the message; it may be compressed */
	const struct zone_view *zone;
	uint64_t source; /* hash of the existing name that the answer comes from: this one, a wildcard, or a host or pool above */
	unsigned depth;  /* how many labels the name has below the zone's apex */
	unsigned cut;    /* set by hop_find_cut: the number of the label at which the cut stands */
	size_t alias_at; /* with NEXT_FOLLOW: where the alias' target stands in the message */
	unsigned links;  /* aliases in the answer */
	struct link link[CHAIN_MOST];
};

enum next { NEXT_DONE, NEXT_FOLLOW };

/* Where the name's label number LABEL stands in the message. */
static inline size_t label_at(const struct hop *s, unsigned label)
{
	if (s->name_at == QUESTION_NAME)
		return QUESTION_NAME + s->name->offset[label];
	return compress_label_at(s->reply->packet, s->name_at, label);
}

/* Whether the answer will be signed. */
static inline bool will_sign(const struct hop *s)
{
	return query_dnssec_ok(s->query) && s->worker->signer != NULL && zone_keys(s->zone) != NULL;
}

/* The static data of the name. */
static inline const struct node *find_node(const struct hop *s)
{
	const struct scan *name = s->name;
	return name_table_find(&s->zone->names, name->hash, name->lower, name->size);
}

/* Notes that the answer comes from another name than the one looked up; SOURCE is that name's hash. */
static inline void hop_come_from(struct hop *s, uint64_t source)
{
	s->source = source;
	reply_count_as(s->reply, source, s->query->type);
}

/* The pool of this label of a name; NULL. */
static inline __attribute__((always_inline)) const struct pool_view *find_pool(const struct snapshot *snapshot,
	const struct scan *name, unsigned label)
{
	const struct pools *pools = &snapshot->pools;
	const uint8_t *at = name->lower + name->offset[label];
	return pools_may_hold(pools, at) ? pools_find(pools, at) : NULL;
}

/* Sets TC, so that the client asks again over TCP. What is written stays, but nothing more may be written. */
void hop_truncate(struct hop *);

/* Notes that an alias of the name will be written. False when the answer has it already, for no RR stands in an answer
 * twice (RFC 2181 section 5) and the aliases form a loop; or when there are too many. Two names with the same hash end
 * the answer early, too; a resolver then asks for the rest. */
bool hop_link(struct hop *, const struct node *dname);

/* Denials (dnsd/answer/lookup_denial.c). Where the answer will be signed, they tell the worker's signer what the proof of
 * nonexistence needs. */

/* Writes the SOA with the current serial; false when it does not fit. */
bool hop_put_soa(struct hop *, uint16_t *count, uint32_t ttl);

/* Tells the signer that the name has this type, or all types of a node. BESIDE: the name has addresses from elsewhere, so
 * that the node's own addresses and CNAME do not count. Only where the answer will be signed. */
void hop_add_type(struct hop *, uint16_t type);
void hop_add_types(struct hop *, const struct node *, bool beside);

/* Answers that the name (RCODE_NXDOMAIN) or the type (RCODE_NOERROR) does not exist. HOST and NODE are the name's dynamic
 * and static data; either may be NULL. */
enum next hop_deny(struct hop *, enum rcode, const struct node *host, const struct node *node);

/* Adds addresses for the names in the RDATA of a set (dnsd/answer/lookup_additional.c), whose type rdata_target knows and
 * which stands at FROM in the message; none twice. GLUE_BELOW: addresses of names below this cut are necessary (RFC
 * 9471); NULL when none are. False when a necessary one did not fit. */
bool hop_put_additional(struct hop *, const struct rrset *, size_t from, const struct name *glue_below);

/* Delegations and DNAMEs (dnsd/answer/lookup_cut.c). hop_find_cut is lookup_find_cut, and sets hop->cut; a delegation at
 * the name itself does not count for DS, which the parent answers. hop_resolve_cut answers by what was found. */
const struct node *hop_find_cut(struct hop *);
enum next hop_resolve_cut(struct hop *, const struct node *cut);

#endif
