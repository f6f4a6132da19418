/* SPDX-License-Identifier: BSD-2-Clause */
/* Additional data: addresses of the names in NS, MX, SRV and the like. */
#include "dnsd/answer/lookup_hop.h"

#include "dnsd/answer/lookup.h"
#include "wire/rdata.h"

enum { NAMES_MOST = 64 }; /* names whose addresses are added although they are not necessary: as many as UDP can carry */

/* The nodes whose addresses were added. */
struct added {
	unsigned count;
	const struct node *node[NAMES_MOST];
};

/* Whether a DNAME above the name hides what the zone has at it. A delegation above it does not: that is glue. */
static bool is_renamed(const struct zone_view *zone, const struct scan *name)
{
	unsigned label;
	const struct node *cut = zone->has_cuts ? lookup_find_cut(zone, name, false, &label) : NULL;
	return cut != NULL && (cut->flags & NODE_CUT) == 0;
}

/* The node that holds the name's addresses; NULL. A pool's are not added, for each client network is given its own. */
static const struct node *find_addresses(const struct hop *s, const struct scan *name)
{
	const struct snapshot *snapshot = s->worker->snapshot;
	const struct zone_view *zone = snapshot_zone(snapshot, name, name->labels);
	if (zone == NULL || is_renamed(zone, name)
		|| (name->labels == zone->labels + 1 && find_pool(snapshot, name, 0) != NULL))
		return NULL;
	const struct node *host = name_table_find(s->worker->hosts, name->hash, name->lower, name->size);
	return host != NULL && (host->flags & NODE_HOST) != 0 ? host
		: name_table_find(&zone->names, name->hash, name->lower, name->size);
}

static bool is_added(const struct added *added, const struct node *node)
{
	for (unsigned i = 0; i < added->count; i++)
		if (added->node[i] == node)
			return true;
	return false;
}

/* Adds a node's addresses. False when they did not all fit. */
static bool put_addresses(struct hop *s, const struct node *node, size_t name_at)
{
	static const uint16_t types[] = { TYPE_A, TYPE_AAAA };
	bool whole = true;
	struct rrset set;
	for (size_t i = 0; i < 2; i++)
		if (node_find(node, types[i], &set))
			whole &= reply_rrset(s->reply, &s->reply->additional, &set, name_at);
	return whole;
}

bool hop_put_additional(struct hop *s, const struct rrset *set, size_t from, const struct name *glue_below)
{
	size_t target = (size_t)rdata_target(set->type);
	const uint8_t *packet = s->reply->packet, *rr = set->rrs;
	struct added added;
	struct scan name;
	bool whole = true;
	added.count = 0;
	for (unsigned i = 0; i < set->count; i++) {
		uint16_t length, written;
		const uint8_t *rdata = rr_rdata(rr, &length);
		size_t name_at = from + RR_FIXED + target;
		rr = rdata + length;
		rr_rdata(packet + from, &written);
		from += RR_FIXED + (size_t)written;
		if (!rdata_whole(set->type, (struct blob){ rdata, length }))
			continue;
		scan_name(rdata + target, length - target, &name);
		const struct node *node = find_addresses(s, &name);
		if (node == NULL || is_added(&added, node))
			continue;
		struct name plain = { .size = name.size };
		memcpy(plain.wire, name.lower, name.size);
		bool needed = glue_below != NULL && name_within(&plain, glue_below);
		if (added.count < NAMES_MOST)
			added.node[added.count++] = node;
		else if (!needed)
			continue;
		whole &= put_addresses(s, node, compress_label_at(packet, name_at, 0)) || !needed;
	}
	return whole;
}
