/* SPDX-License-Identifier: BSD-2-Clause */
/* Answers for names at and below delegations and DNAMEs. */
#include "dnsd/answer/lookup_hop.h"

#include "dnsd/answer/lookup.h"
#include "wire/rdata.h"

/* Adds the DS to a referral, or tells the signer to prove that there is none (RFC 4035 section 3.1.4). */
static bool prove_delegation(struct hop *s, const struct node *cut, unsigned label)
{
	struct rrset set;
	struct denial *d = &s->worker->signer->denial;
	if (node_find(cut, TYPE_DS, &set))
		return reply_rrset(s->reply, &s->reply->authorities, &set, label_at(s, label));
	d->zone = s->zone;
	d->name_at = label_at(s, label);
	hop_add_types(s, cut, true);
	return true;
}

static enum next refer(struct hop *s, const struct node *cut, unsigned label)
{
	struct reply *r = s->reply;
	struct rrset set;
	size_t from = r->at;
	reply_count_as(r, scan_hash(s->name, label), TYPE_NS);
	if (r->answers == 0)
		r->flags &= (uint8_t)~FLAG_AA;
	if (!node_find(cut, TYPE_NS, &set) || !reply_named_rrset(r, &r->authorities, &set, label_at(s, label))
		|| (will_sign(s) && !prove_delegation(s, cut, label))) {
		hop_truncate(s);
		return NEXT_DONE;
	}
	struct name below = { .size = cut->name_size };
	memcpy(below.wire, cut->bytes, cut->name_size);
	if (!hop_put_additional(s, &set, from, &below))
		hop_truncate(s);
	return NEXT_DONE;
}

static bool has_dname(const struct hop *s, const struct node *node)
{
	for (unsigned i = 0; i < s->links; i++)
		if (s->link[i].dname == node)
			return true;
	return false;
}

static bool put_dname(struct hop *s, const struct rrset *set, unsigned label)
{
	return reply_named_rrset(s->reply, &s->reply->answers, set, label_at(s, label));
}

/* Writes the DNAME, unless the answer has it already, and the CNAME made from it (RFC 6672 section 3.1). */
static enum next rename_below(struct hop *s, const struct node *node, unsigned label)
{
	struct reply *r = s->reply;
	struct rrset set;
	uint16_t length;
	uint8_t name[NAME_WIRE];
	bool known = has_dname(s, node);
	if (!node_find(node, TYPE_DNAME, &set) || !hop_link(s, node))
		return NEXT_DONE;
	reply_count_as(r, scan_hash(s->name, label), TYPE_DNAME);
	const uint8_t *target = rr_rdata(set.rrs, &length);
	if (!rdata_whole(TYPE_DNAME, (struct blob){ target, length }))
		return NEXT_DONE;
	size_t kept = s->name->offset[label];
	set.count = 1; /* a second DNAME is an error that the import refuses */
	set.size = (uint16_t)(RR_FIXED + length);
	if (!known && !put_dname(s, &set, label)) {
		hop_truncate(s);
		return NEXT_DONE;
	}
	if (kept + length > NAME_WIRE) {
		r->rcode = RCODE_YXDOMAIN;
		return NEXT_DONE;
	}
	compress_read(r->packet, s->name_at, name); /* in the question's own case */
	memcpy(name + kept, target, length);
	s->alias_at = reply_named_rr(r, &r->answers, s->name_at, TYPE_CNAME, rr_ttl(set.rrs), name,
		(uint16_t)(kept + length));
	if (s->alias_at == 0) {
		hop_truncate(s);
		return NEXT_DONE;
	}
	return s->query->type == TYPE_CNAME ? NEXT_DONE : NEXT_FOLLOW;
}

static inline __attribute__((always_inline)) const struct node *find_cut(const struct zone_view *zone,
	const struct scan *name, unsigned depth, bool at, unsigned *label)
{
	if (depth > 0 && (zone->apex->flags & NODE_DNAME) != 0) { /* RFC 6672 section 2.3: it may stand there */
		*label = depth;
		return zone->apex;
	}
	for (unsigned i = depth; i-- > 0;) {
		size_t size;
		const uint8_t *suffix = scan_suffix(name, i, &size);
		const struct node *node = name_table_find(&zone->names, scan_hash(name, i), suffix, size);
		if (node == NULL)
			return NULL; /* what does not exist has nothing below it */
		bool cut = (node->flags & NODE_CUT) != 0 && (i > 0 || at);
		bool renamed = (node->flags & NODE_DNAME) != 0 && i > 0;
		if (cut || renamed) {
			*label = i;
			return node;
		}
	}
	return NULL;
}

const struct node *lookup_find_cut(const struct zone_view *zone, const struct scan *name, bool at, unsigned *label)
{
	return find_cut(zone, name, (unsigned)(name->labels - zone->labels), at, label);
}

const struct node *hop_find_cut(struct hop *s)
{
	return find_cut(s->zone, s->name, s->depth, s->query->type != TYPE_DS, &s->cut);
}

enum next hop_resolve_cut(struct hop *s, const struct node *cut)
{
	return (cut->flags & NODE_CUT) != 0 ? refer(s, cut, s->cut) : rename_below(s, cut, s->cut);
}
