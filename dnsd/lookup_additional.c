/* SPDX-License-Identifier: BSD-2-Clause */
#include "dnsd/lookup_step.h"

static const struct node *find_data(const struct step *s, const struct scan *name,
	const struct node **host)
{
	const struct zone_view *zone = snapshot_zone(s->worker->snapshot, name, name->labels);
	*host = zone == NULL ? NULL
		: table_find(s->worker->hosts, name->hash, name->lower, name->size);
	return zone == NULL ? NULL : table_find(&zone->names, name->hash, name->lower, name->size);
}

/* False when something that was there did not fit. */
static bool put_addresses(struct step *s, const struct scan *name, size_t name_at)
{
	static const uint16_t types[] = { TYPE_A, TYPE_AAAA };
	const struct node *host, *node = find_data(s, name, &host);
	bool whole = true;
	if (host != NULL && (host->flags & NODE_HOST) != 0)
		node = host;
	for (size_t i = 0; i < 2 && node != NULL; i++) {
		struct rrset set;
		if (!node_find(node, types[i], &set))
			continue;
		if (reply_rrset(s->reply, &set, name_at))
			s->reply->additional = (uint16_t)(s->reply->additional + set.count);
		else
			whole = false;
	}
	return whole;
}

bool step_put_additional(struct step *s, uint16_t type, size_t from, size_t end,
	const struct name *glue_below)
{
	size_t target = (size_t)rdata_target(type);
	struct scan name;
	bool whole = true;
	while (from < end) {
		uint16_t length;
		const uint8_t *rdata = rr_rdata(s->reply->packet + from, &length);
		size_t name_at = from + RR_FIXED + target;
		from += RR_FIXED + (size_t)length;
		if (!scan_name(rdata + target, length - target, &name))
			continue;
		struct name plain = { .size = name.size };
		memcpy(plain.wire, name.lower, name.size);
		bool needed = glue_below != NULL && name_within(&plain, glue_below);
		whole &= put_addresses(s, &name, name_at) || !needed;
	}
	return whole;
}
