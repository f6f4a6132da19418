/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/lookup_step.h"

/* The DS, or what proves that there is none (RFC 4035 section 3.1.4). */
static bool prove_delegation(struct step *s, const struct node *cut, unsigned label)
{
	struct rrset set;
	struct denial *d = &s->worker->seal->denial;
	if (node_find(cut, TYPE_DS, &set)) {
		s->reply->authorities = (uint16_t)(s->reply->authorities + set.count);
		return reply_rrset(s->reply, &set, label_at(s, label));
	}
	d->zone = s->zone;
	d->name_at = label_at(s, label);
	step_add_types(s, cut, false);
	return true;
}

static enum next refer(struct step *s, const struct node *cut, unsigned label)
{
	struct reply *r = s->reply;
	struct rrset set;
	size_t from = r->at;
	reply_count_as(r, scan_hash(s->name, label), TYPE_NS);
	if (r->answers == 0)
		r->flags &= (uint8_t)~REPLY_AUTHORITATIVE;
	if (!node_find(cut, TYPE_NS, &set) || !reply_rrset(r, &set, label_at(s, label))) {
		step_truncate(s);
		return NEXT_DONE;
	}
	r->authorities = (uint16_t)(r->authorities + set.count);
	size_t end = r->at;
	if (will_seal(s) && !prove_delegation(s, cut, label)) {
		step_truncate(s);
		return NEXT_DONE;
	}
	struct name below = { .size = cut->name_size };
	memcpy(below.wire, cut->bytes, cut->name_size);
	if (!step_put_additional(s, TYPE_NS, from, end, &below))
		step_truncate(s);
	return NEXT_DONE;
}

/* RFC 6672 section 3.1: the DNAME, and the CNAME made of it. */
static enum next rename_below(struct step *s, const struct node *node, unsigned label)
{
	struct reply *r = s->reply;
	struct rrset set;
	uint16_t length;
	if (r->answers >= 2 * CHAIN_MOST || !node_find(node, TYPE_DNAME, &set))
		return NEXT_DONE;
	reply_count_as(r, scan_hash(s->name, label), TYPE_DNAME);
	const uint8_t *target = rr_rdata(set.rrs, &length);
	size_t kept = s->name->offset[label];
	set.count = 1; /* a second DNAME is an error that the import refuses */
	set.size = (uint16_t)(RR_FIXED + length);
	if (!reply_rrset(r, &set, label_at(s, label))) {
		step_truncate(s);
		return NEXT_DONE;
	}
	r->answers = (uint16_t)(r->answers + 1);
	if (kept + length > NAME_WIRE) {
		r->rcode = RCODE_YXDOMAIN;
		return NEXT_DONE;
	}
	uint8_t name[NAME_WIRE];
	memcpy(name, r->packet + s->name_at, kept); /* in the question's own case */
	memcpy(name + kept, target, length);
	s->alias_at =
		reply_rr(r, s->name_at, TYPE_CNAME, rr_ttl(set.rrs), name, (uint16_t)(kept + length));
	if (s->alias_at == 0) {
		step_truncate(s);
		return NEXT_DONE;
	}
	r->answers = (uint16_t)(r->answers + 1);
	return s->query->type == TYPE_CNAME ? NEXT_DONE : NEXT_FOLLOW;
}

const struct node *step_find_cut(struct step *s)
{
	if ((s->zone->apex->flags & NODE_DNAME) != 0) { /* RFC 6672 section 2.3: it may stand there */
		s->cut = s->depth;
		return s->zone->apex;
	}
	for (unsigned i = s->depth; i-- > 0;) {
		size_t size;
		const uint8_t *suffix = scan_suffix(s->name, i, &size);
		const struct node *node =
			table_find(&s->zone->names, scan_hash(s->name, i), suffix, size);
		if (node == NULL)
			return NULL; /* what does not exist has nothing below it */
		bool cut = (node->flags & NODE_CUT) != 0 && (i > 0 || s->query->type != TYPE_DS);
		bool renamed = (node->flags & NODE_DNAME) != 0 && i > 0;
		if (cut || renamed) {
			s->cut = i;
			return node;
		}
	}
	return NULL;
}

enum next step_resolve_cut(struct step *s, const struct node *cut)
{
	return (cut->flags & NODE_CUT) != 0 ? refer(s, cut, s->cut) : rename_below(s, cut, s->cut);
}
