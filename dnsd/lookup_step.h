/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the lookup share (dnsd/lookup.c): one name on the way to its answer. */
#ifndef DNSD_LOOKUP_STEP_H
#define DNSD_LOOKUP_STEP_H

#include "dnsd/lookup.h"

enum { CHAIN_MOST = 16 }; /* aliases followed before we give up: a loop, or as good as one */

/* The question's, or what an alias led to. */
struct step {
	struct worker *worker;
	const struct query *query;
	struct reply *reply;
	const struct scan *name;
	size_t name_at; /* where the name stands in the message */
	const struct zone_view *zone;
	uint64_t source; /* hash of the name that is there and answers: this one, the wildcard, the host or pool above */
	unsigned depth;  /* labels of the name below the zone's apex */
	unsigned cut;    /* the label at which step_find_cut found one */
	size_t alias_at; /* with NEXT_FOLLOW: where the target stands, uncompressed */
};

enum next { NEXT_DONE, NEXT_FOLLOW };

/* Where the name's label number LABEL stands in the message. */
static inline size_t label_at(const struct step *s, unsigned label)
{
	return s->name_at + s->name->offset[label];
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

/* Makes of the answer one that is to be asked again over TCP. */
void step_truncate(struct step *);

/* Denials (dnsd/lookup_denial.c). What a proof that something is not there needs to know is said to the worker's
 * signer: only where there will be one. */

/* The SOA with its serial; false when there is no room. */
bool step_put_soa(struct step *, uint32_t ttl);

/* The name has this type, or all of a node's; ADDRESSES: static A and AAAA count. */
void step_add_type(struct step *, uint16_t type);
void step_add_types(struct step *, const struct node *, bool addresses);

/* Neither the name nor the type is there. HOST and NODE are what is known of the name, dynamic and static; either may be
 * NULL. */
enum next step_deny(struct step *, enum rcode, const struct node *host, const struct node *node);

/* Additional data (dnsd/lookup_additional.c) for each RR from FROM to END, of a type that rdata_target knows. GLUE_BELOW: an
 * address of a name below this cut must be there, or the answer is truncated (RFC 9471); NULL otherwise. False when
 * something that was needed did not fit. */
bool step_put_additional(struct step *, uint16_t type, size_t from, size_t end, const struct name *glue_below);

/* Delegations and DNAMEs (dnsd/lookup_cut.c): the uppermost one that the name is at or below; step->cut is where it
 * stands. DS is asked of the parent's side of a cut, and a DNAME does not rename its own owner. */
const struct node *step_find_cut(struct step *);
enum next step_resolve_cut(struct step *, const struct node *cut);

#endif
