/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the lookup share (dnsd/answer/lookup.c): one name on the way to its answer. */
#ifndef DNSD_ANSWER_LOOKUP_STEP_H
#define DNSD_ANSWER_LOOKUP_STEP_H

#include "dnsd/answer/lookup.h"

enum { CHAIN_MOST = 16 }; /* aliases followed before we give up: a loop, or as good as one */

/* An alias that stands in the answer: by the hash of the name that it is of, and the node of the DNAME that it was
 * made of, or NULL. */
struct link {
	uint64_t name;
	const struct node *dname;
};

/* The question's, or what an alias led to. */
struct step {
	struct worker *worker;
	const struct query *query;
	struct reply *reply;
	const struct scan *name;
	size_t name_at; /* where the name stands in the message; what follows its first label may stand elsewhere */
	const struct zone_view *zone;
	uint64_t source; /* hash of the name that is there and answers: this one, the wildcard, the host or pool above */
	unsigned depth;  /* labels of the name below the zone's apex */
	unsigned cut;    /* the label at which step_find_cut found one */
	size_t alias_at; /* with NEXT_FOLLOW: where the target stands */
	unsigned links;  /* aliases in the answer */
	struct link link[CHAIN_MOST];
};

enum next { NEXT_DONE, NEXT_FOLLOW };

/* Where the name's label number LABEL stands in the message. */
static inline size_t label_at(const struct step *s, unsigned label)
{
	if (s->name_at == QUESTION_NAME)
		return QUESTION_NAME + s->name->offset[label];
	return compress_label_at(s->reply->packet, s->name_at, label);
}

/* Whether the answer will be signed. */
static inline bool will_seal(const struct step *s)
{
	return query_dnssec_ok(s->query) && s->worker->seal != NULL && zone_keys(s->zone) != NULL;
}

/* The static data of the name. */
static inline const struct node *find_node(const struct step *s)
{
	const struct scan *name = s->name;
	return table_find(&s->zone->names, name->hash, name->lower, name->size);
}

/* The answer comes from another name than is asked for, whose hash is SOURCE, and is of the type that is asked for. */
static inline void step_come_from(struct step *s, uint64_t source)
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

/* Makes of the answer one that is to be asked again over TCP. What it holds stays, but nothing more may be written. */
void step_truncate(struct step *);

/* Notes that the name's alias will be put: no RR stands in an answer twice (RFC 2181 section 5), so false where it is
 * there. The aliases lead back then; or there are too many. Where two names have one hash, the answer ends early, and
 * who wants the rest asks for it. */
bool step_link(struct step *, const struct node *dname);

/* Denials (dnsd/answer/lookup_denial.c). What a proof that something is not there needs to know is said to the worker's
 * signer: only where there will be one. */

/* The SOA with its serial; false when there is no room. */
bool step_put_soa(struct step *, uint16_t *count, uint32_t ttl);

/* The name has this type, or all of a node's. BESIDE: the name has addresses that are not the node's, so that the
 * node's own, and a CNAME, are of no account. */
void step_add_type(struct step *, uint16_t type);
void step_add_types(struct step *, const struct node *, bool beside);

/* Neither the name nor the type is there. HOST and NODE are what is known of the name, dynamic and static; either may be
 * NULL. */
enum next step_deny(struct step *, enum rcode, const struct node *host, const struct node *node);

/* Additional data (dnsd/answer/lookup_additional.c) for each RR of the set, which stands at FROM in the message, of a type that
 * rdata_target knows: no name's twice. GLUE_BELOW: an address of a name below this cut must be there, or the answer is
 * truncated (RFC 9471); NULL otherwise. False when something that was needed did not fit. */
bool step_put_additional(struct step *, const struct rrset *, size_t from, const struct name *glue_below);

/* Delegations and DNAMEs (dnsd/answer/lookup_cut.c): step->cut is where it stands that lookup_find_cut finds. DS is asked of
 * the parent's side of a cut. */
const struct node *step_find_cut(struct step *);
enum next step_resolve_cut(struct step *, const struct node *cut);

#endif
