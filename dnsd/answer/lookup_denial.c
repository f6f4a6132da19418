/* SPDX-License-Identifier: BSD-2-Clause */
/* Denials: the SOA, and in signed zones, which types the name has. */
#include "dnsd/answer/lookup_hop.h"

#include <endian.h>

static inline void put_pointer(uint8_t *rr, const struct short_soa_pointer *p, size_t owner, size_t from)
{
	octets_put_16(rr + p->at, pointer_to(p->to + (p->within ? from : owner)));
}

/* Copies the SOA that was rendered ahead. Its compression holds only if the question is the only name before it. */
static bool put_short_soa(struct hop *s, uint16_t *count, size_t owner, uint32_t ttl)
{
	const struct short_soa *soa = &s->zone->short_soa;
	struct reply *r = s->reply;
	size_t from = r->at;
	uint8_t *rr = r->packet + from;
	if (soa->size > r->limit - from)
		return false;
	reply_copy(rr, soa->rr, soa->size);
	octets_put_16(rr, pointer_to(owner));
	ttl = htobe32(ttl);
	memcpy(rr + 6, &ttl, sizeof ttl);
	put_pointer(rr, &soa->pointer[0], owner, from);
	put_pointer(rr, &soa->pointer[1], owner, from);
	r->at = from + soa->size;
	++*count;
	return true;
}

/* TTL is the SOA's own, or in a denial, the negative TTL (RFC 2308 section 3). */
bool hop_put_soa(struct hop *s, uint16_t *count, uint32_t ttl)
{
	const struct zone_view *zone = s->zone;
	struct reply *r = s->reply;
	size_t owner = label_at(s, s->depth);
	bool alone = r->compression != NULL && !r->compresses;
	bool put = alone ? put_short_soa(s, count, owner, ttl)
		: reply_named_rr(r, count, owner, TYPE_SOA, ttl, zone->soa, zone->soa_size) != 0;
	uint32_t serial = htobe32(atomic_load_explicit(&s->worker->view->serial, memory_order_relaxed));
	if (put)
		memcpy(r->packet + r->at - SOA_NUMBERS, &serial, sizeof serial);
	return put;
}

void hop_add_type(struct hop *s, uint16_t type)
{
	struct denial *d = &s->worker->signer->denial;
	if (d->count < SIGNER_TYPES - 8)
		d->types[d->count++] = type;
}

/* At a cut, only NS is listed, for nothing else there is the parent's (RFC 4035 section 2.3) but a DS; and with a DS,
 * nothing at the cut is denied. */
void hop_add_types(struct hop *s, const struct node *node, bool beside)
{
	bool cut = (node->flags & NODE_CUT) != 0;
	const uint8_t *at = node_first(node);
	for (unsigned i = 0; i < node->rrsets; i++) {
		struct rrset set = rrset_at(at);
		bool hidden = beside && (set.type == TYPE_A || set.type == TYPE_AAAA || set.type == TYPE_CNAME);
		bool counts = cut ? set.type == TYPE_NS : set.type != TYPE_SECRET && !hidden;
		if (counts)
			hop_add_type(s, set.type);
		at = rrset_next(&set);
	}
}

static void add_apex_types(struct hop *s)
{
	const struct signing_keys *keys = zone_keys(s->zone);
	hop_add_type(s, TYPE_SOA);
	hop_add_type(s, TYPE_DNSKEY);
	if (keys->cds.count > 0) {
		hop_add_type(s, TYPE_CDS);
		hop_add_type(s, TYPE_CDNSKEY);
	}
}

ASIDE static void note_denial(struct hop *s, enum rcode rcode, const struct node *host, const struct node *node)
{
	struct denial *d = &s->worker->signer->denial;
	bool cut = node != NULL && (node->flags & NODE_CUT) != 0;
	bool dynamic = host != NULL && (host->flags & NODE_HOST) != 0;
	d->zone = s->zone;
	d->name_at = s->name_at;
	if (dynamic)
		hop_add_types(s, host, false);
	if (cut)
		d->count = 0; /* a pool's addresses are below the cut, as a host's are */
	if (node != NULL)
		hop_add_types(s, node, dynamic || d->owns_addresses);
	if (s->depth == 0)
		add_apex_types(s);
	d->missing = rcode == RCODE_NXDOMAIN;
}

enum next hop_deny(struct hop *s, enum rcode rcode, const struct node *host, const struct node *node)
{
	if (rcode == RCODE_NXDOMAIN && snapshot_has_below(s->worker->snapshot, s->name->hash))
		rcode = RCODE_NOERROR; /* RFC 8020 */
	if (will_sign(s))
		note_denial(s, rcode, host, node);
	s->reply->rcode = (uint8_t)rcode;
	if (rcode == RCODE_NXDOMAIN)
		reply_count_as(s->reply, s->zone->hash, REPLY_MISSING);
	else
		reply_count_as(s->reply, s->source, REPLY_NO_DATA);
	if (!hop_put_soa(s, &s->reply->authorities, s->zone->negative_ttl))
		hop_truncate(s);
	return NEXT_DONE;
}
