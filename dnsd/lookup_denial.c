/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/lookup_step.h"

/* A denial's lives as long as RFC 2308 section 3 says. */
bool step_put_soa(struct step *s, uint32_t ttl)
{
	const struct zone_view *zone = s->zone;
	size_t rdata = reply_rr(s->reply, label_at(s, s->depth), TYPE_SOA, ttl, zone->soa, zone->soa_size);
	if (rdata == 0)
		return false;
	uint32_t serial = atomic_load_explicit(&s->worker->view->serial, memory_order_relaxed);
	uint8_t *at = s->reply->packet + rdata + zone->soa_size - 20;
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(serial >> (24 - 8 * i));
	return true;
}

void step_add_type(struct step *s, uint16_t type)
{
	struct denial *d = &s->worker->seal->denial;
	if (d->count < SIGNER_TYPES - 8)
		d->types[d->count++] = type;
}

/* The types that are there. At a cut, NS alone is the parent's (RFC 4035 section 2.3), and a DS if there is one:
 * nothing is denied there then. */
void step_add_types(struct step *s, const struct node *node, bool addresses)
{
	bool cut = (node->flags & NODE_CUT) != 0;
	const uint8_t *at = node_first(node);
	for (unsigned i = 0; i < node->rrsets; i++) {
		struct rrset set = rrset_at(at);
		bool is_address = set.type == TYPE_A || set.type == TYPE_AAAA;
		bool counts = cut ? set.type == TYPE_NS : set.type != TYPE_SECRET && (addresses || !is_address);
		if (counts)
			step_add_type(s, set.type);
		at = rrset_next(&set);
	}
}

static void add_apex_types(struct step *s)
{
	const struct signing_keys *keys = zone_keys(s->zone);
	step_add_type(s, TYPE_SOA);
	step_add_type(s, TYPE_DNSKEY);
	if (keys->cds.count > 0) {
		step_add_type(s, TYPE_CDS);
		step_add_type(s, TYPE_CDNSKEY);
	}
}

/* A zone of ours below this one that nobody delegated to: its DS is asked of us nevertheless. */
static bool is_child(const struct step *s)
{
	const struct zone_view *zone = snapshot_zone(s->worker->snapshot, s->name, s->name->labels);
	return s->query->type == TYPE_DS && zone != s->zone; /* DS is looked up above the name */
}

ASIDE static void note_denial(struct step *s, enum rcode *rcode, const struct node *host, const struct node *node)
{
	struct denial *d = &s->worker->seal->denial;
	bool dynamic = host != NULL && (host->flags & NODE_HOST) != 0;
	d->zone = s->zone;
	d->name_at = s->name_at;
	if (dynamic)
		step_add_types(s, host, true);
	if (node != NULL)
		step_add_types(s, node, !dynamic && !d->owns_addresses);
	if (s->depth == 0)
		add_apex_types(s);
	if (*rcode == RCODE_NXDOMAIN && is_child(s)) {
		*rcode = RCODE_NOERROR;
		step_add_type(s, TYPE_NS);
	}
	d->missing = *rcode == RCODE_NXDOMAIN;
}

enum next step_deny(struct step *s, enum rcode rcode, const struct node *host, const struct node *node)
{
	if (will_seal(s))
		note_denial(s, &rcode, host, node);
	s->reply->rcode = (uint8_t)rcode;
	if (rcode == RCODE_NXDOMAIN)
		reply_count_as(s->reply, s->zone->hash, REPLY_MISSING);
	else
		reply_count_as(s->reply, s->source, REPLY_NO_DATA);
	if (step_put_soa(s, s->zone->negative_ttl))
		s->reply->authorities++;
	else
		step_truncate(s);
	return NEXT_DONE;
}
